/* SPDX-License-Identifier: Apache-2.0 */
/* material-pictures.c - IDX and CIFAR files, and pictures in a folder for each class. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "nn/tool/image.h"
#include "nn/train/material.h"

enum {
	PATH = 4096,
	CIFAR_SIDE = 32,
	CIFAR_PLANE = CIFAR_SIDE * CIFAR_SIDE,
};

static const char *const cifar10_names[] = {"airplane", "automobile", "bird",  "cat",  "deer",
					    "dog",	"frog",	      "horse", "ship", "truck"};

static void join(const char *folder, const char *name, char path[PATH])
{
	snprintf(path, PATH, "%.3800s/%.255s", folder, name);
}

static void end_hash(struct nn_sha256 *sha, struct material *material)
{
	uint8_t digest[NN_SHA256_BYTES];

	nn_sha256_end(sha, digest);
	nn_sha256_text(digest, material->sha256);
}

static int reserve(struct material *material, size_t n, size_t bytes, const char *path, char *ret_reason)
{
	uint8_t *pixels;
	uint16_t *labels;

	if (n > UINT32_MAX / 2 || bytes > MATERIAL_PIXELS_MAX / n)
		return material_fail(ret_reason, -EFBIG, path, "more than %d MiB of pictures",
				     MATERIAL_PIXELS_MAX >> 20);
	pixels = realloc(material->pixels, n * bytes);
	if (!pixels)
		return material_fail(ret_reason, -ENOMEM, path, "out of memory");
	material->pixels = pixels;
	labels = reallocarray(material->picture_labels, n, sizeof(*labels));
	if (!labels)
		return material_fail(ret_reason, -ENOMEM, path, "out of memory");
	material->picture_labels = labels;
	return 0;
}

/* Classes of files that know only numbers. */
static int name_classes(const struct recipe *recipe, struct material *material, uint32_t count,
			const char *const *names, const char *path, char *ret_reason)
{
	for (uint32_t i = material->classes; i < count; i++) {
		char number[16];

		if (*recipe->classes)
			return material_fail(ret_reason, -EINVAL, path,
					     "there is a label %u, and `classes` has %u names", count - 1,
					     material->classes);
		snprintf(number, sizeof(number), "%u", i);
		if (material_add_class(material, names ? names[i] : number) < 0)
			return material_fail(ret_reason, -ENOMEM, path, "out of memory");
	}
	return 0;
}

/* --- IDX ------------------------------------------------------------------------------------------------------- */

struct idx {
	uint8_t *bytes; /* owned */
	const uint8_t *data;
	uint32_t shape[4], dims;
};

static int read_idx(const char *path, struct nn_sha256 *sha, struct idx *ret_idx, char *ret_reason)
{
	struct idx idx = {.shape = {1, 1, 1, 1}};
	uint64_t items = 1;
	size_t size;
	int r = material_read_file(path, sha, &idx.bytes, &size, ret_reason);

	if (r < 0)
		return r;
	if (size < 4 || idx.bytes[0] || idx.bytes[1] || idx.bytes[2] != 8 || idx.bytes[3] < 1 || idx.bytes[3] > 4)
		r = material_fail(ret_reason, -EBADMSG, path,
				  "is no IDX file of bytes with 1 to 4 dimensions (is it still compressed?)");
	idx.dims = r == 0 ? idx.bytes[3] : 0;
	if (r == 0 && size < 4 + 4 * (size_t)idx.dims)
		r = material_fail(ret_reason, -EBADMSG, path, "ends in its head");
	for (uint32_t i = 0; r == 0 && i < idx.dims; i++) {
		const uint8_t *at = idx.bytes + 4 + 4 * i;

		idx.shape[i] = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
		items = idx.shape[i] && items > UINT32_MAX / idx.shape[i] ? UINT64_MAX : items * idx.shape[i];
		if (!idx.shape[i] || items > MATERIAL_PIXELS_MAX)
			r = material_fail(ret_reason, -EBADMSG, path, "has an impossible size");
	}
	if (r == 0 && items != size - 4 - 4 * (size_t)idx.dims)
		r = material_fail(ret_reason, -EBADMSG, path, "has %zu bytes of data; its head says %llu",
				  size - 4 - 4 * (size_t)idx.dims, (unsigned long long)items);
	if (r < 0) {
		free(idx.bytes);
		return r;
	}
	idx.data = idx.bytes + 4 + 4 * (size_t)idx.dims;
	*ret_idx = idx;
	return 0;
}

/* "train-images-idx3-ubyte" and "train-images.idx3-ubyte" have "train-labels-idx1-ubyte" beside them. */
static int find_labels(const char *path, const struct recipe *recipe, char *labels, char *ret_reason)
{
	const char *name = strrchr(path, '/');
	const char *images = strstr(name ? name : path, "images"), *dims;

	if (*recipe->labels) {
		snprintf(labels, PATH, "%s", recipe->labels);
		return 0;
	}
	dims = images ? strstr(images, "idx") : NULL;
	if (!dims || !dims[3])
		return material_fail(ret_reason, -EINVAL, path, "where are the labels? Say `labels`");
	snprintf(labels, PATH, "%.*slabels%.*sidx1%s", (int)(images - path), path, (int)(dims - images - 6), images + 6,
		 dims + 4);
	return 0;
}

static int fill_from_idx(const char *path, const struct recipe *recipe, struct material *material,
			 const struct idx *images, const struct idx *labels, char *ret_reason)
{
	size_t bytes = (size_t)images->shape[1] * images->shape[2] * images->shape[3];
	uint32_t most = 0;
	int r;

	if (images->dims < 2 || labels->dims != 1 || images->shape[0] != labels->shape[0])
		return material_fail(ret_reason, -EINVAL, path, "%u pictures and %u labels do not go together",
				     images->shape[0], labels->shape[0]);
	r = reserve(material, images->shape[0], bytes, path, ret_reason);
	if (r < 0)
		return r;
	material->n = images->shape[0];
	memcpy(material->pixels, images->data, material->n * bytes);
	for (uint32_t i = 0; i < material->n; i++) {
		material->picture_labels[i] = labels->data[i];
		most = labels->data[i] > most ? labels->data[i] : most;
	}
	memcpy(material->shape, images->shape + 1, sizeof(material->shape));
	return name_classes(recipe, material, most + 1, NULL, path, ret_reason);
}

int material_read_idx(const char *path, const struct recipe *recipe, struct material *material, char *ret_reason)
{
	struct idx images, labels;
	struct nn_sha256 sha;
	char labels_path[PATH];
	int r = find_labels(path, recipe, labels_path, ret_reason);

	nn_sha256_start(&sha);
	r = r < 0 ? r : read_idx(path, &sha, &images, ret_reason);
	if (r < 0)
		return r;
	r = read_idx(labels_path, &sha, &labels, ret_reason);
	if (r == 0) {
		r = fill_from_idx(path, recipe, material, &images, &labels, ret_reason);
		free(labels.bytes);
	}
	free(images.bytes);
	end_hash(&sha, material);
	return r;
}

/* --- CIFAR ----------------------------------------------------------------------------------------------------- */

static int add_cifar(const char *path, bool hundred, bool fine, struct nn_sha256 *sha, struct material *material,
		     char *ret_reason)
{
	size_t head = hundred ? 2 : 1, record = head + 3 * CIFAR_PLANE, size;
	uint8_t *bytes;
	int r = material_read_file(path, sha, &bytes, &size, ret_reason);

	if (r < 0)
		return r;
	if (!size || size % record)
		r = material_fail(ret_reason, -EBADMSG, path, "%zu bytes are no whole records of %zu", size, record);
	else
		r = reserve(material, material->n + size / record, 3 * CIFAR_PLANE, path, ret_reason);
	for (size_t i = 0; r == 0 && i < size / record; i++) {
		const uint8_t *from = bytes + i * record;
		uint8_t *to = material->pixels + (size_t)material->n * 3 * CIFAR_PLANE;

		material->picture_labels[material->n++] = from[fine ? 1 : 0];
		for (size_t k = 0; k < CIFAR_PLANE; k++)
			for (size_t c = 0; c < 3; c++)
				to[3 * k + c] = from[head + c * CIFAR_PLANE + k];
	}
	free(bytes);
	return r;
}

int material_read_cifar(const char *path, const struct recipe *recipe, struct material *material, char *ret_reason)
{
	bool hundred = recipe->data_kind == RECIPE_DATA_CIFAR100 || recipe->data_kind == RECIPE_DATA_CIFAR20 ||
		       (!recipe->data_kind && (strstr(path, "cifar-100") || strstr(path, "cifar100")));
	bool coarse = recipe->data_kind == RECIPE_DATA_CIFAR20;
	static const char *const usual[] = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
					    "data_batch_4.bin", "data_batch_5.bin", "train.bin"};
	struct nn_sha256 sha;
	struct stat status;
	int r = 0;

	nn_sha256_start(&sha);
	memcpy(material->shape, (uint32_t[]){CIFAR_SIDE, CIFAR_SIDE, 3}, sizeof(material->shape));
	if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
		for (unsigned i = 0; i < sizeof(usual) / sizeof(usual[0]) && r == 0; i++) {
			char file[PATH];

			join(path, usual[i], file);
			if (stat(file, &status) == 0)
				r = add_cifar(file, hundred, hundred && !coarse, &sha, material, ret_reason);
		}
		if (r == 0 && !material->n)
			r = material_fail(ret_reason, -ENOENT, path, "neither data_batch_1.bin nor train.bin is there");
	} else {
		r = add_cifar(path, hundred, hundred && !coarse, &sha, material, ret_reason);
	}
	end_hash(&sha, material);
	if (r < 0)
		return r;
	r = name_classes(recipe, material, hundred ? (coarse ? 20 : 100) : 10, hundred ? NULL : cifar10_names, path,
			 ret_reason);
	for (uint32_t i = 0; r == 0 && i < material->n; i++)
		if (material->picture_labels[i] >= material->classes)
			r = material_fail(ret_reason, -EBADMSG, path,
					  "record %u has the label %u; is it another CIFAR?", i,
					  material->picture_labels[i]);
	return r;
}

/* --- folders --------------------------------------------------------------------------------------------------- */

static int is_entry(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Between the nearest pixels, so that every picture has the size of the network's input. */
static void resize(const struct image *image, const uint32_t shape[3], uint8_t *to)
{
	for (uint32_t row = 0; row < shape[0]; row++)
		for (uint32_t col = 0; col < shape[1]; col++) {
			float y = ((float)row + 0.5f) * (float)image->height / (float)shape[0] - 0.5f;
			float x = ((float)col + 0.5f) * (float)image->width / (float)shape[1] - 0.5f;
			uint32_t top = y > 0 ? (uint32_t)y : 0, left = x > 0 ? (uint32_t)x : 0;
			uint32_t below = top + 1 < image->height ? top + 1 : top;
			uint32_t right = left + 1 < image->width ? left + 1 : left;
			float dy = y > 0 ? y - (float)top : 0, dx = x > 0 ? x - (float)left : 0;

			for (uint32_t c = 0; c < shape[2]; c++) {
				const uint8_t *p = image->pixels + c;
				float upper = (1 - dx) * p[(top * image->width + left) * shape[2]] +
					      dx * p[(top * image->width + right) * shape[2]];
				float lower = (1 - dx) * p[(below * image->width + left) * shape[2]] +
					      dx * p[(below * image->width + right) * shape[2]];

				*to++ = (uint8_t)((1 - dy) * upper + dy * lower + 0.5f);
			}
		}
}

static int add_picture(const char *path, uint32_t label, struct nn_sha256 *sha, struct material *material,
		       char *ret_reason)
{
	size_t bytes = (size_t)material->shape[0] * material->shape[1] * material->shape[2], size;
	char reason[IMAGE_REASON];
	struct image image;
	uint8_t *file;
	int r = material_read_file(path, sha, &file, &size, ret_reason);

	if (r < 0)
		return r;
	if (!image_is(file, size)) {
		free(file);
		return 0; /* Thumbs.db and the like */
	}
	r = image_read(file, size, &image, reason);
	free(file);
	if (r < 0)
		return material_fail(ret_reason, r, path, "%s", reason);
	r = image_set_channels(&image, material->shape[2]);
	if (r < 0)
		material_fail(ret_reason, r, path, "a network of %u channels takes no pictures", material->shape[2]);
	/* Room grows by doubling. */
	if (r == 0 && (material->n & (material->n - 1)) == 0)
		r = reserve(material, material->n ? 2 * (size_t)material->n : 1, bytes, path, ret_reason);
	if (r == 0) {
		resize(&image, material->shape, material->pixels + material->n * bytes);
		material->picture_labels[material->n++] = (uint16_t)label;
	}
	image_clear(&image);
	return r;
}

static int add_folder(const char *path, uint32_t label, struct nn_sha256 *sha, struct material *material,
		      char *ret_reason)
{
	struct dirent **entries;
	int n = scandir(path, &entries, is_entry, alphasort), r = 0;

	if (n < 0)
		return material_fail(ret_reason, -errno, path, "%s", strerror(errno));
	for (int i = 0; i < n; i++) {
		char file[PATH];
		struct stat status;

		join(path, entries[i]->d_name, file);
		if (r == 0 && stat(file, &status) == 0 && S_ISREG(status.st_mode))
			r = add_picture(file, label, sha, material, ret_reason);
		free(entries[i]);
	}
	free(entries);
	return r;
}

int material_read_pictures(const char *path, const struct recipe *recipe, struct material *material, char *ret_reason)
{
	struct dirent **entries;
	struct nn_sha256 sha;
	int n = scandir(path, &entries, is_entry, alphasort), r = 0;

	if (n < 0)
		return material_fail(ret_reason, -errno, path, "%s", strerror(errno));
	memcpy(material->shape, recipe->input, sizeof(material->shape));
	nn_sha256_start(&sha);
	for (int i = 0; i < n; i++) {
		char folder[PATH];
		struct stat status;
		int label = material_find_class(material, entries[i]->d_name);

		join(path, entries[i]->d_name, folder);
		if (r == 0 && stat(folder, &status) == 0 && S_ISDIR(status.st_mode)) {
			if (label < 0 && !*recipe->classes)
				label = material_add_class(material, entries[i]->d_name);
			if (label >= 0)
				r = add_folder(folder, (uint32_t)label, &sha, material, ret_reason);
		}
		free(entries[i]);
	}
	free(entries);
	end_hash(&sha, material);
	return r;
}
