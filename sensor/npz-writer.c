/* SPDX-License-Identifier: Apache-2.0 */
/* npz-writer.c - writing numpy's .npz files, member for member as numpy.savez_compressed() does (see npz.h). */
#include "sensor/npz.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

enum {
	HEADER_BYTES = 128,	    /* what numpy pads to, 64 more at a time when that is not enough */
	START_BYTES = 10,	    /* magic, version, header length */
	DOS_DATE_1980 = 1 << 5 | 1, /* numpy's: the same data give the same file */
};

struct npz_writer {
	zip_t *zip;
};

int npz_writer_open(const char *path, struct npz_writer **ret_writer, char *reason)
{
	struct npz_writer *writer = calloc(1, sizeof(*writer));
	int error = 0;

	if (!writer)
		return -ENOMEM;
	writer->zip = zip_open(path, ZIP_CREATE | ZIP_EXCL, &error);
	if (!writer->zip) {
		int r = error == ZIP_ER_EXISTS ? -EEXIST : errno ? -errno : -EIO;

		snprintf(reason, NPZ_REASON, "can't write %.150s: %s", path, strerror(-r));
		free(writer);
		return r;
	}
	*ret_writer = writer;
	return 0;
}

/* Adds a member; takes over data. */
static int add(struct npz_writer *writer, const char *name, unsigned char *data, size_t n)
{
	char member[NPZ_NAME + 8];
	zip_source_t *source = zip_source_buffer(writer->zip, data, n, 1);
	zip_int64_t index;

	if (!source) {
		free(data);
		return -ENOMEM;
	}
	snprintf(member, sizeof(member), "%s.npy", name);
	index = zip_file_add(writer->zip, member, source, 0);
	if (index < 0) {
		zip_source_free(source);
		return -ENOMEM;
	}
	if (zip_set_file_compression(writer->zip, (zip_uint64_t)index, ZIP_CM_DEFLATE, 0) != 0 ||
	    zip_file_set_dostime(writer->zip, (zip_uint64_t)index, 0, DOS_DATE_1980, 0) != 0)
		return -EIO;
	return 0;
}

/* Allocates a member with its header; the items start at the returned offset. */
static int start(const char *descr, unsigned dims, const uint64_t *shape, size_t item_bytes, unsigned char **ret_data,
		 size_t *ret_offset, size_t *ret_bytes)
{
	char shape_text[96] = "", header[HEADER_BYTES];
	size_t length = 0, bytes = item_bytes;
	unsigned char *data;

	for (unsigned i = 0; i < dims; i++) {
		length += (size_t)snprintf(shape_text + length, sizeof(shape_text) - length, "%s%llu", i ? ", " : "",
					   (unsigned long long)shape[i]);
		if (__builtin_mul_overflow(bytes, (size_t)shape[i], &bytes))
			return -EOVERFLOW;
	}
	snprintf(header, sizeof(header), "{'descr': '%s', 'fortran_order': False, 'shape': (%s%s), }", descr,
		 shape_text, dims == 1 ? "," : "");
	data = malloc(HEADER_BYTES + bytes);
	if (!data)
		return -ENOMEM;
	memset(data, ' ', HEADER_BYTES);
	memcpy(data, "\x93NUMPY\x01\x00", 8);
	data[8] = HEADER_BYTES - START_BYTES;
	data[9] = 0;
	memcpy(data + START_BYTES, header, strlen(header));
	data[HEADER_BYTES - 1] = '\n';
	*ret_data = data;
	*ret_offset = HEADER_BYTES;
	*ret_bytes = HEADER_BYTES + bytes;
	return 0;
}

static void store_le(unsigned char *at, uint64_t word, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		at[i] = (unsigned char)(word >> (8 * i));
}

int npz_writer_numbers(struct npz_writer *writer, const char *name, const double *values, unsigned dims,
		       const uint64_t *shape)
{
	size_t at, bytes;
	unsigned char *data;
	int r = start("<f8", dims, shape, sizeof(double), &data, &at, &bytes);

	if (r < 0)
		return r;
	for (; at < bytes; at += sizeof(double), values++) {
		uint64_t word;

		memcpy(&word, values, sizeof(word));
		store_le(data + at, word, sizeof(word));
	}
	return add(writer, name, data, bytes);
}

int npz_writer_texts(struct npz_writer *writer, const char *name, const char *const *texts, size_t n)
{
	size_t width = 1, at, bytes;
	const uint64_t shape = n;
	unsigned char *data;
	char descr[16];
	int r;

	for (size_t i = 0; i < n; i++)
		if (strlen(texts[i]) > width)
			width = strlen(texts[i]);
	snprintf(descr, sizeof(descr), "<U%u", (unsigned)width);
	r = start(descr, 1, &shape, 4 * width, &data, &at, &bytes);
	if (r < 0)
		return r;
	memset(data + at, 0, bytes - at);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; texts[i][k]; k++)
			store_le(data + at + 4 * (i * width + k), (unsigned char)texts[i][k], 4);
	return add(writer, name, data, bytes);
}

int npz_writer_commit(struct npz_writer *writer, char *reason)
{
	int r = 0;

	/* libzip writes beside the target and renames at the very end. */
	if (zip_close(writer->zip) != 0) {
		zip_error_t *error = zip_get_error(writer->zip);

		r = zip_error_system_type(error) == ZIP_ET_SYS && zip_error_code_system(error) > 0
			    ? -zip_error_code_system(error)
			    : -EIO;
		snprintf(reason, NPZ_REASON, "can't write the recording: %s", zip_error_strerror(error));
		zip_discard(writer->zip);
	}
	free(writer);
	return r;
}

void npz_writer_discard(struct npz_writer *writer)
{
	if (!writer)
		return;
	zip_discard(writer->zip);
	free(writer);
}
