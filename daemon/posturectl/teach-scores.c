/* SPDX-License-Identifier: Apache-2.0 */
/* teach-scores.c - see teach.h. */
#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "daemon/posturectl/report.h"
#include "daemon/posturectl/teach.h"

/* What better means, in shares. */
static const double gain_min = 0.005, loss_max = 0.05, kept_min = 0.9;
/* What is so often a known posture is that posture by another name, or can't be told from it without takes of both. */
static const double taken_max = 0.95;

static struct teach_class *class_of(struct teach_scores *scores, const char *name)
{
	char text[sizeof(scores->classes[0].name)];

	report_text(name, strlen(name), sizeof(text), text);
	for (unsigned i = 0; i < scores->n; i++)
		if (strcmp(scores->classes[i].name, text) == 0)
			return &scores->classes[i];
	if (scores->n == TEACH_CLASSES)
		return NULL;
	memcpy(scores->classes[scores->n].name, text, sizeof(text));
	return &scores->classes[scores->n++];
}

/* A count and a share of it; NULL counts as nothing. */
static int take_tally(const cJSON *entry, const char *share, unsigned *ret_n, unsigned *ret_right)
{
	const cJSON *n = cJSON_GetObjectItemCaseSensitive(entry, "frames");
	const cJSON *part = cJSON_GetObjectItemCaseSensitive(entry, share);

	if (!cJSON_IsNumber(n) || !(n->valuedouble >= 0 && n->valuedouble <= 1e9))
		return -EBADMSG;
	if (!cJSON_IsNull(part) && !(cJSON_IsNumber(part) && part->valuedouble >= 0 && part->valuedouble <= 1))
		return -EBADMSG;
	*ret_n = (unsigned)n->valuedouble;
	*ret_right = cJSON_IsNull(part) ? 0 : (unsigned)lround(n->valuedouble * part->valuedouble);
	return 0;
}

static int add_after(struct teach_scores *scores, const cJSON *classes)
{
	const cJSON *entry;

	cJSON_ArrayForEach(entry, classes)
	{
		struct teach_class *class;
		unsigned n, right;
		int r = take_tally(entry, "recall", &n, &right);

		if (r < 0)
			return r;
		class = n > 0 ? class_of(scores, entry->string) : NULL;
		if (class) {
			class->frames += n;
			class->after += right;
		}
	}
	return 0;
}

static int add_before(struct teach_scores *scores, const cJSON *classes)
{
	const cJSON *entry;

	cJSON_ArrayForEach(entry, classes)
	{
		struct teach_class *class;
		unsigned n, right;
		int r = take_tally(entry, "recall", &n, &right);

		if (r < 0)
			return r;
		class = n > 0 ? class_of(scores, entry->string) : NULL;
		if (class) {
			class->known = true;
			class->before += right;
		}
	}
	return 0;
}

int teach_scores_add(struct teach_scores *scores, const char *before, const char *after)
{
	cJSON *old = cJSON_Parse(before), *new = cJSON_Parse(after);
	const cJSON *old_classes = cJSON_GetObjectItemCaseSensitive(old, "classes");
	const cJSON *new_classes = cJSON_GetObjectItemCaseSensitive(new, "classes");
	int r = cJSON_IsObject(old_classes) && cJSON_IsObject(new_classes) ? 0 : -EBADMSG;

	r = r < 0 ? r : add_after(scores, new_classes);
	r = r < 0 ? r : add_before(scores, old_classes);
	cJSON_Delete(old);
	cJSON_Delete(new);
	return r;
}

static int read_kept(struct teach_scores *scores, const cJSON *against)
{
	const cJSON *classes = cJSON_GetObjectItemCaseSensitive(against, "classes"), *entry;
	unsigned n, right;
	int r = take_tally(cJSON_GetObjectItemCaseSensitive(against, "all"), "same", &n, &right);

	if (r < 0)
		return r;
	scores->kept = n > 0 ? (double)right / n : 1;
	scores->least_kept = 1;
	scores->least[0] = '\0';
	cJSON_ArrayForEach(entry, classes)
	{
		r = take_tally(entry, "same", &n, &right);
		if (r < 0)
			return r;
		if (n > 0 && (double)right / n < scores->least_kept) {
			scores->least_kept = (double)right / n;
			report_text(entry->string, strlen(entry->string), sizeof(scores->least), scores->least);
		}
	}
	return 0;
}

static int read_taken(struct teach_scores *scores, const cJSON *against)
{
	const cJSON *unknown = cJSON_GetObjectItemCaseSensitive(against, "unknown"), *entry;

	scores->taken = 0;
	cJSON_ArrayForEach(entry, unknown)
	{
		const char *as = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, "for"));
		unsigned n, taken;
		int r = as ? take_tally(entry, "taken", &n, &taken) : -EBADMSG;

		if (r < 0)
			return r;
		if (n == 0 || (double)taken / n <= scores->taken)
			continue;
		scores->taken = (double)taken / n;
		report_text(entry->string, strlen(entry->string), sizeof(scores->strange), scores->strange);
		report_text(as, strlen(as), sizeof(scores->taken_for), scores->taken_for);
	}
	return 0;
}

int teach_scores_compare(struct teach_scores *scores, const char *against)
{
	cJSON *root = cJSON_Parse(against);
	const cJSON *object = cJSON_GetObjectItemCaseSensitive(root, "against");
	int r = read_kept(scores, object);

	r = r < 0 ? r : read_taken(scores, object);
	cJSON_Delete(root);
	return r;
}

static double share(unsigned part, unsigned whole)
{
	return whole > 0 ? (double)part / whole : 0;
}

double teach_scores_mean(const struct teach_scores *scores, bool after)
{
	double sum = 0;
	unsigned n = 0;

	for (unsigned i = 0; i < scores->n; i++) {
		const struct teach_class *class = &scores->classes[i];

		sum += share(after ? class->after : class->before, class->frames);
		n += class->frames > 0;
	}
	return n > 0 ? sum / n : 0;
}

/* Takes of the known one show whether the two can be told apart; without any nobody knows. */
static bool is_disguised(const struct teach_scores *scores)
{
	for (unsigned i = 0; i < scores->n; i++)
		if (scores->classes[i].frames > 0 && strcmp(scores->classes[i].name, scores->taken_for) == 0)
			return false;
	return scores->taken >= taken_max;
}

bool teach_scores_better(const struct teach_scores *scores, char ret_reason[TEACH_REASON])
{
	double before = teach_scores_mean(scores, false), after = teach_scores_mean(scores, true);

	for (unsigned i = 0; i < scores->n; i++) {
		const struct teach_class *class = &scores->classes[i];
		double was = share(class->before, class->frames), is = share(class->after, class->frames);

		if (class->known && was - is > loss_max) {
			snprintf(
				ret_reason, TEACH_REASON,
				"%s was %.1f %% right and would be %.1f %%: record more takes of it, and of what it is "
				"taken for",
				class->name, 100 * was, 100 * is);
			return false;
		}
	}
	if (is_disguised(scores)) {
		snprintf(
			ret_reason, TEACH_REASON,
			"%s is surely %s to the model in use in %.1f %% of the frames: record %s along with it, so that "
			"it is seen whether they can be told apart",
			scores->strange, scores->taken_for, 100 * scores->taken, scores->taken_for);
		return false;
	}
	if (scores->kept < kept_min) {
		snprintf(ret_reason, TEACH_REASON,
			 "it keeps only %.1f %% of what the model in use is sure of, %.0f %% are wanted: record the "
			 "postures that it knew along with the new one, above all %s",
			 100 * scores->kept, 100 * kept_min, scores->least);
		return false;
	}
	if (after - before < gain_min) {
		snprintf(ret_reason, TEACH_REASON,
			 "%.1f %% right on takes that it has not seen, and the model in use %.1f %%: %s", 100 * after,
			 100 * before,
			 before > 1 - gain_min ? "there is nothing to gain" : "record more takes, each held otherwise");
		return false;
	}
	ret_reason[0] = '\0';
	return true;
}
