/* SPDX-License-Identifier: Apache-2.0 */
/* material-recordings.c - frames of ST's datalog folders. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nn/train/material.h"
#include "sensor/recording.h"

static int find_class(const struct recipe *recipe, struct material *material, const char *name)
{
	int label = material_find_class(material, name);

	/* Labels of frames are bytes. */
	if (label < 0 && !*recipe->classes)
		label = material->classes > UINT8_MAX ? -E2BIG : material_add_class(material, name);
	return label;
}

static int add_recording(const struct recipe *recipe, const struct recording *recording, uint32_t file,
			 struct material *material)
{
	struct dataset *frames = &material->frames;
	int group = dataset_find_group(frames, recording->user, recording->log);

	if (group < 0)
		return group;
	if (dataset_reserve(frames, recording->n) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < recording->n; i++) {
		const char *name = recording_class_of(recording, &recording->frames[i]);
		int label = name ? find_class(recipe, material, name) : -1;

		if (label < -1)
			return label;
		if (label < 0) {
			frames->skipped++;
			continue;
		}
		frames->samples[frames->n++] = (struct sample){
			.frame = recording->frames[i],
			.label = (uint8_t)label,
			.group = (uint16_t)group,
			.file = file,
		};
	}
	return 0;
}

/* None first, then as they came: the folders in the order of their names. */
static void put_none_first(struct material *material)
{
	int none = material_find_class(material, "None");
	char name[NN_LABEL_MAX];

	if (none <= 0)
		return;
	memcpy(name, material->labels[none], sizeof(name));
	memmove(material->labels + 1, material->labels, (size_t)none * sizeof(*material->labels));
	memcpy(material->labels[0], name, sizeof(name));
	for (size_t i = 0; i < material->frames.n; i++) {
		uint8_t *label = &material->frames.samples[i].label;

		*label = *label == none ? 0 : (uint8_t)(*label + (*label < none));
	}
}

int material_read_recordings(const char *path, const struct recipe *recipe, struct material *material, char *ret_reason)
{
	char reason[RECORDING_REASON];
	struct recording_list list;
	uint8_t digest[NN_SHA256_BYTES];
	struct nn_sha256 sha;
	int r = recording_list_open(path, &list, reason);

	if (r < 0)
		return material_fail(ret_reason, r, path, "%s", reason);
	/* Whatever a network could take, recordings have frames of this size. */
	if (memcmp(recipe->input, (const uint32_t[3]){8, 8, 2}, sizeof(recipe->input)) != 0) {
		recording_list_clear(&list);
		return material_fail(ret_reason, -EINVAL, path,
				     "recordings make an input of [8, 8, 2], not of [%u, %u, %u]", recipe->input[0],
				     recipe->input[1], recipe->input[2]);
	}
	nn_sha256_start(&sha);
	for (size_t i = 0; i < list.n && r == 0; i++) {
		struct recording recording;
		uint8_t *bytes;
		size_t size;

		r = material_read_file(list.paths[i], &sha, &bytes, &size, ret_reason);
		if (r < 0)
			break;
		free(bytes);
		r = recording_read(list.paths[i], &recording, reason);
		if (r < 0) {
			material_fail(ret_reason, r, path, "%s", reason);
			break;
		}
		r = add_recording(recipe, &recording, (uint32_t)i, material);
		recording_clear(&recording);
		if (r < 0)
			material_fail(ret_reason, r, list.paths[i], "%s", strerror(-r));
	}
	recording_list_clear(&list);
	if (r < 0)
		return r;
	nn_sha256_end(&sha, digest);
	nn_sha256_text(digest, material->sha256);
	if (!*recipe->classes)
		put_none_first(material);
	material->is_frames = true;
	material->n = (uint32_t)material->frames.n;
	material->skipped = (uint32_t)material->frames.skipped;
	material->shape[0] = material->shape[1] = 8;
	material->shape[2] = 2;
	return 0;
}
