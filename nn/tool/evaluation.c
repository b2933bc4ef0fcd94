/* SPDX-License-Identifier: Apache-2.0 */
/* evaluation.c - see evaluation.h. */
#include "nn/tool/evaluation.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sensor/recording.h"

double evaluation_share(struct tally tally)
{
	return tally.n ? (double)tally.right / tally.n : 0;
}

struct tally evaluation_class(const struct evaluation *evaluation, unsigned label)
{
	struct tally tally = {.right = evaluation->confusion[label][label]};

	for (unsigned i = 0; i < evaluation->description.classes; i++)
		tally.n += evaluation->confusion[label][i];
	return tally;
}

double evaluation_balanced(const struct evaluation *evaluation)
{
	double sum = 0;
	unsigned classes = 0;

	for (unsigned i = 0; i < evaluation->description.classes; i++) {
		struct tally tally = evaluation_class(evaluation, i);

		sum += evaluation_share(tally);
		classes += tally.n > 0;
	}
	return classes ? sum / classes : 0;
}

static int find_label(const struct evaluation *evaluation, const struct recording *recording, const struct frame *frame)
{
	const char *name = recording_class_of(recording, frame);

	for (unsigned i = 0; name && i < evaluation->description.classes; i++)
		if (!strcmp(name, evaluation->description.labels[i]))
			return (int)i;
	return -1;
}

/* NULL when there are too many, or for a recording without a user. */
static struct tally *find_user(struct evaluation *evaluation, const char *name)
{
	unsigned i = 0;

	while (i < evaluation->user_count && strcmp(evaluation->users[i].name, name) != 0)
		i++;
	if (!*name || i == EVALUATION_USERS_MAX)
		return NULL;
	if (i == evaluation->user_count) {
		snprintf(evaluation->users[i].name, sizeof(evaluation->users[i].name), "%s", name);
		evaluation->user_count++;
	}
	return &evaluation->users[i].tally;
}

static void count(struct tally *tally, bool right)
{
	tally->n++;
	tally->right += right;
}

static int add_frame(struct evaluation *evaluation, struct classifier *classifier, const struct recording *recording,
		     const struct frame *frame, struct tally *user)
{
	struct nn_result result;
	int label = find_label(evaluation, recording, frame), r;
	bool right;

	evaluation->frames++;
	if (label < 0) {
		evaluation->no_label++;
		return 0;
	}
	r = classifier->ops->submit(classifier, frame);
	if (r == -EINVAL) {
		evaluation->not_supported++;
		return 0;
	}
	r = r < 0 ? r : classifier->ops->result(classifier, &result);
	if (r < 0)
		return r;
	if (!result.hand.present) {
		evaluation->no_hand++;
		return 0;
	}
	right = result.best == label;
	count(&evaluation->all, right);
	if (user)
		count(user, right);
	if (result.probability[result.best] > EVALUATION_CONFIDENT)
		count(&evaluation->confident, right);
	evaluation->confusion[label][result.best]++;
	return 0;
}

int evaluation_run(struct classifier *classifier, const char *path, struct evaluation *evaluation, char *ret_reason)
{
	struct recording_list list;
	int r = recording_list_open(path, &list, ret_reason);

	if (r < 0)
		return r;
	memset(evaluation, 0, sizeof(*evaluation));
	classifier->ops->describe(classifier, &evaluation->description);
	for (size_t i = 0; i < list.n && r == 0; i++) {
		struct recording recording;
		struct tally *user;

		r = recording_read(list.paths[i], &recording, ret_reason);
		if (r < 0)
			break;
		user = find_user(evaluation, recording.user);
		for (size_t f = 0; f < recording.n && r == 0; f++)
			r = add_frame(evaluation, classifier, &recording, &recording.frames[f], user);
		if (r < 0)
			snprintf(ret_reason, EVALUATION_REASON, "%.160s: %s", list.paths[i], strerror(-r));
		recording_clear(&recording);
		evaluation->files++;
	}
	recording_list_clear(&list);
	return r;
}
