/* SPDX-License-Identifier: Apache-2.0 */
/* teach-print.c - see teach.h. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/posturectl/teach.h"

static double percent(unsigned part, unsigned whole)
{
	return whole > 0 ? 100.0 * part / whole : 0;
}

static void print_end(const struct teach *teach)
{
	if (teach->installed)
		printf("%snstalled and in use (sha256 %.12s); `posturectl teach --rollback` goes back\n",
		       teach->better ? "better: i" : "not better, but i", teach->new_model);
	if (!teach->better)
		printf("not %s: %s\n", teach->installed ? "better" : "installed", teach->verdict);
}

static void print_text(const struct teach *teach)
{
	const struct teach_scores *scores = &teach->scores;

	printf("Right on takes that the model has not learnt from:\n");
	printf("  %-16s %6s %7s %9s %9s\n", "posture", "takes", "frames", "before", "after");
	for (unsigned i = 0; i < scores->n; i++) {
		const struct teach_class *class = &scores->classes[i];
		char before[16] = "unknown";

		if (class->known)
			snprintf(before, sizeof(before), "%.1f %%", percent(class->before, class->frames));
		printf("  %-16s %6u %7u %9s %7.1f %%\n", class->name,
		       lesson_takes_count(&teach->takes, class->name, true), class->frames, before,
		       percent(class->after, class->frames));
	}
	printf("  %-16s %6s %7s %7.1f %% %7.1f %%\n", "mean", "", "", 100 * teach_scores_mean(scores, false),
	       100 * teach_scores_mean(scores, true));
	printf("Of what the model in use is sure of the new one says the same in %.1f %%", 100 * scores->kept);
	if (scores->least[0])
		printf(" (least: %s, %.1f %%)", scores->least, 100 * scores->least_kept);
	printf(".\n");
	print_end(teach);
}

static void print_json(const struct teach *teach)
{
	const struct teach_scores *scores = &teach->scores;
	cJSON *root = cJSON_CreateObject(), *classes = cJSON_AddArrayToObject(root, "postures");
	char *text;

	for (unsigned i = 0; i < scores->n; i++) {
		const struct teach_class *class = &scores->classes[i];
		cJSON *entry = cJSON_CreateObject();

		cJSON_AddStringToObject(entry, "posture", class->name);
		cJSON_AddNumberToObject(entry, "takes", lesson_takes_count(&teach->takes, class->name, true));
		cJSON_AddNumberToObject(entry, "frames", class->frames);
		cJSON_AddBoolToObject(entry, "known", class->known);
		cJSON_AddNumberToObject(entry, "before", percent(class->before, class->frames) / 100);
		cJSON_AddNumberToObject(entry, "after", percent(class->after, class->frames) / 100);
		cJSON_AddItemToArray(classes, entry);
	}
	cJSON_AddNumberToObject(root, "before", teach_scores_mean(scores, false));
	cJSON_AddNumberToObject(root, "after", teach_scores_mean(scores, true));
	cJSON_AddNumberToObject(root, "kept", scores->kept);
	cJSON_AddStringToObject(root, "model_before", teach->in_use);
	cJSON_AddBoolToObject(root, "better", teach->better);
	cJSON_AddBoolToObject(root, "installed", teach->installed);
	cJSON_AddStringToObject(root, "model", teach->new_model);
	cJSON_AddStringToObject(root, "reason", teach->verdict);
	text = cJSON_PrintUnformatted(root);
	cJSON_Delete(root);
	if (text)
		puts(text);
	free(text);
}

void teach_print(const struct teach *teach)
{
	if (teach->options->json)
		print_json(teach);
	else
		print_text(teach);
}
