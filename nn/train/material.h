/* SPDX-License-Identifier: Apache-2.0 */
/*
 * material.h - labelled samples of any kind: frames of recordings, or pictures of an IDX file (MNIST's form), of CIFAR's
 * binary files, or of a folder with a folder for each class.
 *
 *   IDX      big-endian: 0 0 8 dims, u32 size of each dimension, bytes [n][height][width]{[channels]}; labels are an IDX
 *            file of one dimension (Y. LeCun, "The MNIST database")
 *   CIFAR    records of 1 (CIFAR-10: label) or 2 (CIFAR-100: superclass, class) bytes and 3 planes of 32x32 bytes, red
 *            first (A. Krizhevsky, "The CIFAR-10 dataset", binary version)
 */
#ifndef NN_TRAIN_MATERIAL_H
#define NN_TRAIN_MATERIAL_H

#include <stdbool.h>

#include "nn/runtime/model.h"
#include "nn/train/dataset.h"
#include "nn/train/recipe.h"

enum {
	MATERIAL_REASON = 400,
	MATERIAL_PIXELS_MAX = 1 << 29, /* bytes of all pictures */
};

struct material {
	bool is_frames;
	struct dataset frames;
	uint8_t *pixels; /* [n][height][width][channels], of pictures; owned */
	uint16_t *picture_labels;
	uint32_t shape[3];
	uint32_t n;
	char (*labels)[NN_LABEL_MAX]; /* [classes]; owned */
	uint32_t classes;
	uint32_t skipped; /* samples of classes that the recipe does not name */
	char sha256[NN_SHA256_TEXT];
};

/*
 * Reads path as the recipe says: kind, labels, classes (those that occur, when it names none), size of the input. Errors:
 * those of the files, EBADMSG, EINVAL, ENODATA, ENOMEM; ret_reason (MATERIAL_REASON bytes) begins with the path.
 */
int material_read(const char *path, const struct recipe *recipe, struct material *ret_material, char *ret_reason);
void material_clear(struct material *material);

uint32_t material_label(const struct material *material, uint32_t i);
/* Position of a class, or -1. */
int material_find_class(const struct material *material, const char *name);

/* For material-*.c: fill what is empty. */
int material_read_recordings(const char *path, const struct recipe *recipe, struct material *material,
			     char *ret_reason);
int material_read_idx(const char *path, const struct recipe *recipe, struct material *material, char *ret_reason);
int material_read_cifar(const char *path, const struct recipe *recipe, struct material *material, char *ret_reason);
int material_read_pictures(const char *path, const struct recipe *recipe, struct material *material, char *ret_reason);
/* Appends a class; its position, or -ENOMEM, -E2BIG. */
int material_add_class(struct material *material, const char *name);
int material_fail(char *ret_reason, int error, const char *path, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* The whole file, of at most MATERIAL_PIXELS_MAX bytes, into ret_bytes (to be freed); its hash is added. */
int material_read_file(const char *path, struct nn_sha256 *sha, uint8_t **ret_bytes, size_t *ret_size,
		       char *ret_reason);

#endif
