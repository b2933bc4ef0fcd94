/* SPDX-License-Identifier: Apache-2.0 */
/* material.c - see material.h. */
#include "nn/train/material.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int material_fail(char *ret_reason, int error, const char *path, const char *format, ...)
{
	char text[MATERIAL_REASON / 2];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	snprintf(ret_reason, MATERIAL_REASON, "%.190s: %s", path, text);
	return error;
}

int material_add_class(struct material *material, const char *name)
{
	char(*grown)[NN_LABEL_MAX];

	if (material->classes >= NN_FORMAT_LABELS_MAX)
		return -E2BIG;
	grown = reallocarray(material->labels, material->classes + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	material->labels = grown;
	memset(grown[material->classes], 0, sizeof(*grown));
	snprintf(grown[material->classes], sizeof(*grown), "%s", name);
	return (int)material->classes++;
}

int material_find_class(const struct material *material, const char *name)
{
	for (uint32_t i = 0; i < material->classes; i++)
		if (!strcmp(material->labels[i], name))
			return (int)i;
	return -1;
}

int material_read_file(const char *path, struct nn_sha256 *sha, uint8_t **ret_bytes, size_t *ret_size, char *ret_reason)
{
	FILE *file = fopen(path, "re");
	uint8_t digest[NN_SHA256_BYTES], *bytes = NULL;
	struct stat status;
	size_t size;
	int r = 0;

	if (!file)
		return material_fail(ret_reason, -errno, path, "%s", strerror(errno));
	if (fstat(fileno(file), &status) < 0 || !S_ISREG(status.st_mode))
		r = material_fail(ret_reason, -EINVAL, path, "is no file");
	else if (status.st_size > MATERIAL_PIXELS_MAX)
		r = material_fail(ret_reason, -EFBIG, path, "is larger than %d MiB", MATERIAL_PIXELS_MAX >> 20);
	size = r == 0 ? (size_t)status.st_size : 0;
	if (r == 0 && !(bytes = malloc(size + 1)))
		r = material_fail(ret_reason, -ENOMEM, path, "out of memory");
	if (r == 0 && fread(bytes, 1, size, file) != size)
		r = material_fail(ret_reason, -EIO, path, "can't be read to its end");
	fclose(file);
	if (r < 0) {
		free(bytes);
		return r;
	}
	nn_sha256_of(bytes, size, digest);
	nn_sha256_add(sha, digest, sizeof(digest));
	*ret_bytes = bytes;
	*ret_size = size;
	return 0;
}

/* What a path looks like. */
static int guess_kind(const char *path)
{
	const char *name = strrchr(path, '/');
	struct stat status;

	name = name ? name + 1 : path;
	if (strstr(name, "idx") || strstr(name, "ubyte"))
		return RECIPE_DATA_IDX;
	if (strstr(path, "cifar-100") || strstr(path, "cifar100"))
		return RECIPE_DATA_CIFAR100;
	if (strstr(path, "cifar") || (strstr(name, "batch") && strstr(name, ".bin")))
		return RECIPE_DATA_CIFAR10;
	if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
		return RECIPE_DATA_AUTO;
	return RECIPE_DATA_RECORDINGS;
}

static int read_classes(const struct recipe *recipe, struct material *material)
{
	char copy[RECIPE_CLASSES], *rest = NULL;

	memcpy(copy, recipe->classes, sizeof(copy));
	for (char *name = strtok_r(copy, ",", &rest); name; name = strtok_r(NULL, ",", &rest)) {
		int r = material_add_class(material, name + strspn(name, " "));

		if (r < 0)
			return r;
	}
	return 0;
}

static int read_kind(const char *path, const struct recipe *recipe, struct material *material, char *ret_reason)
{
	int kind = recipe->data_kind ? recipe->data_kind : guess_kind(path);
	int r;

	switch (kind) {
	case RECIPE_DATA_RECORDINGS:
		return material_read_recordings(path, recipe, material, ret_reason);
	case RECIPE_DATA_IDX:
		return material_read_idx(path, recipe, material, ret_reason);
	case RECIPE_DATA_CIFAR10:
	case RECIPE_DATA_CIFAR100:
	case RECIPE_DATA_CIFAR20:
		return material_read_cifar(path, recipe, material, ret_reason);
	case RECIPE_DATA_IMAGES:
		return material_read_pictures(path, recipe, material, ret_reason);
	default:
		r = material_read_recordings(path, recipe, material, ret_reason);
		return r == -ENOENT ? material_read_pictures(path, recipe, material, ret_reason) : r;
	}
}

int material_read(const char *path, const struct recipe *recipe, struct material *ret_material, char *ret_reason)
{
	struct material material = {0};
	int r = read_classes(recipe, &material);

	if (r < 0)
		return material_fail(ret_reason, r, path, "%s", strerror(-r));
	r = read_kind(path, recipe, &material, ret_reason);
	if (r == 0 && !material.n)
		r = material_fail(ret_reason, -ENODATA, path, "no sample of a class that is asked for%s%.100s",
				  *recipe->classes ? ": " : "", recipe->classes);
	if (r < 0) {
		material_clear(&material);
		return r;
	}
	*ret_material = material;
	return 0;
}

void material_clear(struct material *material)
{
	dataset_clear(&material->frames);
	free(material->pixels);
	free(material->picture_labels);
	free(material->labels);
	*material = (struct material){0};
}

uint32_t material_label(const struct material *material, uint32_t i)
{
	return material->is_frames ? material->frames.samples[i].label : material->picture_labels[i];
}
