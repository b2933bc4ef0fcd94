/* SPDX-License-Identifier: Apache-2.0 */
/* dataset.c - see dataset.h. */
#include "nn/train/dataset.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int dataset_find_group(struct dataset *dataset, const char *user, const char *log)
{
	struct group *groups;

	for (size_t i = 0; i < dataset->group_count; i++)
		if (!strcmp(dataset->groups[i].log, log))
			return (int)i;
	groups = reallocarray(dataset->groups, dataset->group_count + 1, sizeof(*groups));
	if (!groups)
		return -ENOMEM;
	dataset->groups = groups;
	memset(&groups[dataset->group_count], 0, sizeof(*groups));
	snprintf(groups[dataset->group_count].user, sizeof(groups->user), "%s", user);
	snprintf(groups[dataset->group_count].log, sizeof(groups->log), "%s", log);
	return (int)dataset->group_count++;
}

int dataset_reserve(struct dataset *dataset, size_t n)
{
	size_t room = 2 * dataset->room + n;
	struct sample *samples;

	if (dataset->room - dataset->n >= n)
		return 0;
	samples = reallocarray(dataset->samples, room, sizeof(*samples));
	if (!samples)
		return -ENOMEM;
	dataset->samples = samples;
	dataset->room = room;
	return 0;
}

int dataset_append(struct dataset *dataset, const struct dataset *other)
{
	size_t first = dataset->group_count, both = first + other->group_count;
	struct group *groups = reallocarray(dataset->groups, both, sizeof(*groups));
	char hashes[2 * NN_SHA256_TEXT];
	uint8_t digest[NN_SHA256_BYTES];

	if (!groups)
		return -ENOMEM;
	dataset->groups = groups;
	if (dataset_reserve(dataset, other->n) < 0)
		return -ENOMEM;
	memcpy(groups + first, other->groups, other->group_count * sizeof(*groups));
	dataset->group_count = both;
	for (size_t i = 0; i < other->n; i++) {
		dataset->samples[dataset->n] = other->samples[i];
		dataset->samples[dataset->n++].group = (uint16_t)(other->samples[i].group + first);
	}
	dataset->skipped += other->skipped;
	snprintf(hashes, sizeof(hashes), "%s%s", dataset->sha256, other->sha256);
	nn_sha256_of(hashes, strlen(hashes), digest);
	nn_sha256_text(digest, dataset->sha256);
	return 0;
}

void dataset_clear(struct dataset *dataset)
{
	free(dataset->samples);
	free(dataset->groups);
	*dataset = (struct dataset){0};
}
