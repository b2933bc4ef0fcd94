/* SPDX-License-Identifier: Apache-2.0 */
/* dataset-file.c - see dataset-file.h. */
#include "nn/tool/dataset-file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "nn/tool/hash-file.h"
#include "sensor/recording.h"

/* Adds the hash of a file to the hash of all. */
static int add_hash(const char *path, struct nn_sha256 *all)
{
	uint8_t digest[NN_SHA256_BYTES];
	int r = hash_file(path, digest);

	if (r == 0)
		nn_sha256_add(all, digest, sizeof(digest));
	return r;
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
	int group = dataset_find_group(dataset, recording->user, recording->log);

	if (group < 0)
		return group;
	if (dataset_reserve(dataset, recording->n) < 0)
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

int dataset_file_read(const char *path, const char *const *labels, unsigned label_count, struct dataset *ret_dataset,
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
		r = r < 0 ? r : add_hash(list.paths[i], &sha);
		if (r < 0)
			snprintf(ret_reason, DATASET_FILE_REASON, "%.160s: %s", list.paths[i], strerror(-r));
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
