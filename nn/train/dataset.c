/* SPDX-License-Identifier: Apache-2.0 */
/* dataset.c - see dataset.h. */
#include "nn/train/dataset.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/recording.h"

static int hash_file(const char *path, struct nn_sha256 *all)
{
	uint8_t bytes[65536], digest[NN_SHA256_BYTES];
	struct nn_sha256 one;
	FILE *file = fopen(path, "rbe");
	size_t n;
	int r;

	if (!file)
		return -errno;
	nn_sha256_start(&one);
	while ((n = fread(bytes, 1, sizeof(bytes), file)) > 0)
		nn_sha256_add(&one, bytes, n);
	r = ferror(file) ? -EIO : 0;
	fclose(file);
	nn_sha256_end(&one, digest);
	nn_sha256_add(all, digest, sizeof(digest));
	return r;
}

static int find_group(struct dataset *dataset, const struct recording *recording)
{
	struct group *groups;

	for (size_t i = 0; i < dataset->group_count; i++)
		if (!strcmp(dataset->groups[i].log, recording->log))
			return (int)i;
	groups = reallocarray(dataset->groups, dataset->group_count + 1, sizeof(*groups));
	if (!groups)
		return -ENOMEM;
	dataset->groups = groups;
	memset(&groups[dataset->group_count], 0, sizeof(*groups));
	memcpy(groups[dataset->group_count].user, recording->user, sizeof(recording->user));
	memcpy(groups[dataset->group_count].log, recording->log, sizeof(recording->log));
	return (int)dataset->group_count++;
}

static int make_room(struct dataset *dataset, size_t n)
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

static int find_label(const struct frame *frame, const char *const *labels, unsigned label_count)
{
	const char *name = frame->fields & FRAME_HAS_LABEL ? recording_label_name(frame->label) : NULL;

	for (unsigned i = 0; name && i < label_count; i++)
		if (!strcmp(name, labels[i]))
			return (int)i;
	return -ENOENT;
}

static int add_recording(struct dataset *dataset, const struct recording *recording, const char *const *labels,
			 unsigned label_count)
{
	int group = find_group(dataset, recording);

	if (group < 0)
		return group;
	if (make_room(dataset, recording->n) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < recording->n; i++) {
		int label = find_label(&recording->frames[i], labels, label_count);

		if (label < 0) {
			dataset->skipped++;
			continue;
		}
		dataset->samples[dataset->n++] = (struct sample){
			.frame = recording->frames[i],
			.label = (uint8_t)label,
			.group = (uint16_t)group,
		};
	}
	return 0;
}

int dataset_read(const char *path, const char *const *labels, unsigned label_count, struct dataset *ret_dataset,
		 char *ret_reason)
{
	struct dataset dataset = {0};
	struct recording_list list;
	uint8_t digest[NN_SHA256_BYTES];
	struct nn_sha256 sha;
	int r = recording_list_open(path, &list, ret_reason);

	if (r < 0)
		return r;
	nn_sha256_start(&sha);
	for (size_t i = 0; i < list.n && r == 0; i++) {
		struct recording recording;

		r = recording_read(list.paths[i], &recording, ret_reason);
		if (r < 0)
			break;
		r = add_recording(&dataset, &recording, labels, label_count);
		recording_clear(&recording);
		r = r < 0 ? r : hash_file(list.paths[i], &sha);
		if (r < 0)
			snprintf(ret_reason, DATASET_REASON, "%.160s: %s", list.paths[i], strerror(-r));
	}
	recording_list_clear(&list);
	if (r < 0) {
		dataset_clear(&dataset);
		return r;
	}
	nn_sha256_end(&sha, digest);
	nn_sha256_text(digest, dataset.sha256);
	*ret_dataset = dataset;
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
	if (make_room(dataset, other->n) < 0)
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
