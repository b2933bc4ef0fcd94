/* SPDX-License-Identifier: Apache-2.0 */
/* npz.c - reading numpy's .npz files (see npz.h). */
#include "sensor/npz.h"

#include <endian.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

enum {
	HEADER_MAX = 1024,   /* numpy's own are 118 bytes here */
	PIECE_BYTES = 8192,  /* read at a time */
	DEFLATE_RATIO = 1032 /* deflate can't shrink anything further: a size that claims more is a lie */
};

struct npz {
	zip_t *zip;
};

struct npz_stream {
	zip_file_t *file;
	uint64_t left; /* items */
	unsigned char piece[PIECE_BYTES];
};

__attribute__((format(printf, 3, 4))) static int fail(char *reason, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(reason, NPZ_REASON, format, args);
	va_end(args);
	return error;
}

static int open_source(zip_source_t *source, struct npz **ret_npz, zip_error_t *error)
{
	struct npz *npz = calloc(1, sizeof(*npz));

	if (!npz)
		return -ENOMEM;
	npz->zip = zip_open_from_source(source, ZIP_RDONLY, error);
	if (!npz->zip) {
		free(npz);
		return -EBADMSG;
	}
	*ret_npz = npz;
	return 0;
}

/* zip's error as errno and a sentence for people. */
static int explain(zip_error_t *error, const char *what, char *reason)
{
	int r = -EBADMSG;

	if (zip_error_code_zip(error) == ZIP_ER_NOENT)
		r = -ENOENT;
	else if (zip_error_code_zip(error) == ZIP_ER_MEMORY)
		r = -ENOMEM;
	else if (zip_error_system_type(error) == ZIP_ET_SYS && zip_error_code_system(error) > 0 &&
		 zip_error_code_zip(error) == ZIP_ER_OPEN)
		r = -zip_error_code_system(error);
	if (r == -EBADMSG)
		return fail(reason, r, "%s: not a readable .npz file (%s)", what, zip_error_strerror(error));
	return fail(reason, r, "%s: %s", what, strerror(-r));
}

static int open_or_explain(zip_source_t *source, zip_error_t *error, const char *what, struct npz **ret_npz,
			   char *reason)
{
	int r = -ENOMEM;

	if (source)
		r = open_source(source, ret_npz, error);
	if (r < 0) {
		if (source)
			zip_source_free(source);
		r = r == -ENOMEM && zip_error_code_zip(error) == ZIP_ER_OK ? fail(reason, r, "%s: no memory", what)
									   : explain(error, what, reason);
	}
	zip_error_fini(error);
	return r;
}

int npz_open(const char *path, struct npz **ret_npz, char *reason)
{
	zip_error_t error;

	zip_error_init(&error);
	return open_or_explain(zip_source_file_create(path, 0, -1, &error), &error, "file", ret_npz, reason);
}

int npz_open_memory(const void *data, size_t n, struct npz **ret_npz, char *reason)
{
	zip_error_t error;

	zip_error_init(&error);
	return open_or_explain(zip_source_buffer_create(data, n, 0, &error), &error, "data", ret_npz, reason);
}

void npz_close(struct npz *npz)
{
	if (!npz)
		return;
	zip_discard(npz->zip);
	free(npz);
}

static int64_t locate(struct npz *npz, const char *name)
{
	char member[NPZ_NAME + 8];

	snprintf(member, sizeof(member), "%s.npy", name);
	return zip_name_locate(npz->zip, member, 0);
}

bool npz_has(struct npz *npz, const char *name)
{
	return locate(npz, name) >= 0;
}

/* Reads exactly n bytes or says that the member is cut off. */
static int read_bytes(struct npz_array *array, void *data, size_t n, char *reason)
{
	size_t got = 0;

	while (got < n) {
		zip_int64_t r = zip_fread(array->stream->file, (char *)data + got, n - got);

		if (r < 0)
			return fail(reason, -EBADMSG, "member %s.npy: %s", array->name,
				    zip_error_strerror(zip_file_get_error(array->stream->file)));
		if (r == 0)
			return fail(reason, -EBADMSG, "member %s.npy is cut off", array->name);
		got += (size_t)r;
	}
	return 0;
}

/* --- the header: a Python literal -------------------------------------------------------------------------- */

static const char *skip_blanks(const char *text)
{
	return text + strspn(text, " \t\n");
}

/* The text after 'key':, NULL when it isn't there. */
static const char *header_value(const char *header, const char *key)
{
	char quoted[32];
	const char *at;

	snprintf(quoted, sizeof(quoted), "'%s'", key);
	at = strstr(header, quoted);
	if (!at)
		return NULL;
	at = skip_blanks(at + strlen(quoted));
	return *at == ':' ? skip_blanks(at + 1) : NULL;
}

static int parse_descr(const char *text, struct npz_array *array, char *reason)
{
	char order, kind, quote;
	unsigned size;

	if (!text || sscanf(text, "'%c%c%6u%c", &order, &kind, &size, &quote) != 4 || quote != '\'')
		return fail(reason, -EBADMSG, "member %s.npy: only plain arrays of numbers or text are read",
			    array->name);
	if (order == '>')
		return fail(reason, -EBADMSG, "member %s.npy: big-endian, convert it to little-endian", array->name);
	if (order != '<' && order != '|' && order != '=')
		return fail(reason, -EBADMSG, "member %s.npy: unknown byte order '%c'", array->name, order);
	array->kind = kind;
	array->item_bytes = size;
	if (kind == 'U' && size >= 1 && size <= 256) {
		array->item_bytes = size * 4;
		return 0;
	}
	if (kind == 'f' && (size == 4 || size == 8))
		return 0;
	if ((kind == 'i' || kind == 'u') && (size == 1 || size == 2 || size == 4 || size == 8))
		return 0;
	return fail(reason, -EBADMSG, "member %s.npy: items of type '%c%u', floats, integers or text expected",
		    array->name, kind, size);
}

static int parse_shape(const char *text, struct npz_array *array, char *reason)
{
	array->dims = 0;
	array->items = 1;
	if (!text || *text++ != '(')
		return fail(reason, -EBADMSG, "member %s.npy: no shape", array->name);
	for (text = skip_blanks(text); *text != ')'; text = skip_blanks(text)) {
		char *end;
		unsigned long long size;

		if (*text < '0' || *text > '9')
			return fail(reason, -EBADMSG, "member %s.npy: malformed shape", array->name);
		errno = 0;
		size = strtoull(text, &end, 10);
		if (array->dims == NPZ_DIMS_MAX)
			return fail(reason, -EBADMSG, "member %s.npy: more than %d dimensions", array->name,
				    NPZ_DIMS_MAX);
		if (errno || __builtin_mul_overflow(array->items, (uint64_t)size, &array->items))
			return fail(reason, -EFBIG, "member %s.npy: impossibly large", array->name);
		array->shape[array->dims++] = size;
		text = skip_blanks(end);
		if (*text == ',')
			text++;
	}
	return 0;
}

static int parse_header(const char *header, struct npz_array *array, char *reason)
{
	const char *order = header_value(header, "fortran_order");
	int r;

	if (order && strncmp(order, "True", 4) == 0)
		array->fortran = true;
	else if (order && strncmp(order, "False", 5) == 0)
		array->fortran = false;
	else
		return fail(reason, -EBADMSG, "member %s.npy: the header has no fortran_order", array->name);
	r = parse_descr(header_value(header, "descr"), array, reason);
	return r < 0 ? r : parse_shape(header_value(header, "shape"), array, reason);
}

/* Reads magic, version and header; ret_bytes = all of them. */
static int read_header(struct npz_array *array, uint64_t *ret_bytes, char *reason)
{
	static const unsigned char magic[6] = {0x93, 'N', 'U', 'M', 'P', 'Y'};
	unsigned char start[12];
	char header[HEADER_MAX + 1];
	uint32_t length, start_bytes = 10;
	int r;

	r = read_bytes(array, start, 10, reason);
	if (r < 0)
		return r;
	if (memcmp(start, magic, sizeof(magic)) != 0 || start[6] < 1 || start[6] > 3)
		return fail(reason, -EBADMSG, "member %s.npy is not an array of numpy's format 1, 2 or 3", array->name);
	length = start[8] | (uint32_t)start[9] << 8;
	if (start[6] > 1) {
		r = read_bytes(array, start + 10, 2, reason);
		if (r < 0)
			return r;
		length |= (uint32_t)start[10] << 16 | (uint32_t)start[11] << 24;
		start_bytes = 12;
	}
	if (length > HEADER_MAX)
		return fail(reason, -EBADMSG, "member %s.npy: header of %u bytes, %d are allowed", array->name,
			    (unsigned)length, HEADER_MAX);
	r = read_bytes(array, header, length, reason);
	if (r < 0)
		return r;
	header[length] = '\0';
	*ret_bytes = start_bytes + length;
	return parse_header(header, array, reason);
}

/* The zip directory's sizes must fit the header's before anything is unpacked. */
static int check_size(const struct npz_array *array, const zip_stat_t *st, uint64_t header_bytes, uint64_t bytes_max,
		      char *reason)
{
	uint64_t bytes;

	if (__builtin_mul_overflow(array->items, (uint64_t)array->item_bytes, &bytes) || bytes > bytes_max)
		return fail(reason, -EFBIG, "member %s.npy unpacks to more than %llu bytes", array->name,
			    (unsigned long long)bytes_max);
	if (st->size != header_bytes + bytes)
		return fail(reason, -EBADMSG, "member %s.npy has %llu bytes, its header says %llu", array->name,
			    (unsigned long long)st->size, (unsigned long long)(header_bytes + bytes));
	if (st->comp_method == ZIP_CM_DEFLATE && bytes / DEFLATE_RATIO > st->comp_size)
		return fail(reason, -EBADMSG, "member %s.npy is cut off", array->name);
	return 0;
}

int npz_array_open(struct npz *npz, const char *name, uint64_t bytes_max, struct npz_array *ret_array, char *reason)
{
	struct npz_array array = {.stream = NULL};
	int64_t index = locate(npz, name);
	uint64_t header_bytes = 0;
	zip_stat_t st;
	int r;

	snprintf(array.name, sizeof(array.name), "%s", name);
	if (index < 0)
		return fail(reason, -ENOENT, "member %s.npy is missing", name);
	if (zip_stat_index(npz->zip, (zip_uint64_t)index, 0, &st) != 0)
		return fail(reason, -EBADMSG, "member %s.npy: damaged directory entry", name);
	array.stream = malloc(sizeof(*array.stream));
	if (!array.stream)
		return fail(reason, -ENOMEM, "member %s.npy: no memory", name);
	array.stream->file = zip_fopen_index(npz->zip, (zip_uint64_t)index, 0);
	if (!array.stream->file) {
		free(array.stream);
		return fail(reason, -EBADMSG, "member %s.npy: %s", name, zip_strerror(npz->zip));
	}
	r = read_header(&array, &header_bytes, reason);
	if (r == 0)
		r = check_size(&array, &st, header_bytes, bytes_max, reason);
	if (r < 0) {
		npz_array_close(&array);
		return r;
	}
	array.stream->left = array.items;
	*ret_array = array;
	return 0;
}

/* --- items ------------------------------------------------------------------------------------------------- */

static uint64_t load_le(const unsigned char *at, unsigned bytes)
{
	uint64_t word = 0;

	for (unsigned i = 0; i < bytes; i++)
		word |= (uint64_t)at[i] << (8 * i);
	return word;
}

static double load_number(const unsigned char *at, char kind, unsigned bytes)
{
	uint64_t word = load_le(at, bytes);
	unsigned unused = 64 - 8 * bytes;

	if (kind == 'f' && bytes == 4) {
		uint32_t half = (uint32_t)word;
		float value;

		memcpy(&value, &half, sizeof(value));
		return (double)value;
	}
	if (kind == 'f') {
		double value;

		memcpy(&value, &word, sizeof(value));
		return value;
	}
	if (kind == 'i')
		return (double)((int64_t)(word << unused) >> unused);
	return (double)word;
}

static int take(struct npz_array *array, size_t n, char *reason)
{
	if (n > array->stream->left)
		return fail(reason, -EBADMSG, "member %s.npy has only %llu items", array->name,
			    (unsigned long long)array->items);
	array->stream->left -= n;
	return 0;
}

int npz_array_numbers(struct npz_array *array, double *ret_values, size_t n, char *reason)
{
	int r;

	if (array->kind == 'U')
		return fail(reason, -EBADMSG, "member %s.npy holds text, numbers expected", array->name);
	r = take(array, n, reason);
	if (r < 0)
		return r;
#if BYTE_ORDER == LITTLE_ENDIAN
	if (array->kind == 'f' && array->item_bytes == sizeof(double))
		return read_bytes(array, ret_values, n * sizeof(double), reason);
#endif
	while (n > 0) {
		size_t piece = PIECE_BYTES / array->item_bytes;

		if (piece > n)
			piece = n;
		r = read_bytes(array, array->stream->piece, piece * array->item_bytes, reason);
		if (r < 0)
			return r;
		for (size_t i = 0; i < piece; i++)
			*ret_values++ = load_number(array->stream->piece + i * array->item_bytes, array->kind,
						    array->item_bytes);
		n -= piece;
	}
	return 0;
}

int npz_array_text(struct npz_array *array, char *ret_text, size_t size, char *reason)
{
	size_t length = array->item_bytes / 4;
	int r;

	if (array->kind != 'U')
		return fail(reason, -EBADMSG, "member %s.npy holds numbers, text expected", array->name);
	r = take(array, 1, reason);
	if (r == 0)
		r = read_bytes(array, array->stream->piece, array->item_bytes, reason);
	if (r < 0)
		return r;
	for (size_t i = 0; i < size; i++) {
		uint64_t c = i < length && i + 1 < size ? load_le(array->stream->piece + 4 * i, 4) : 0;

		ret_text[i] = c < 128 ? (char)c : '?';
		if (c == 0)
			break;
	}
	return 0;
}

int npz_array_finish(struct npz_array *array, char *reason)
{
	char more;
	zip_int64_t r;
	int error = 0;

	if (array->stream->left > 0)
		error = fail(reason, -EBADMSG, "member %s.npy has more items than expected", array->name);
	else if ((r = zip_fread(array->stream->file, &more, 1)) < 0)
		error = fail(reason, -EBADMSG, "member %s.npy: %s", array->name,
			     zip_error_strerror(zip_file_get_error(array->stream->file)));
	else if (r > 0)
		error = fail(reason, -EBADMSG, "member %s.npy is longer than its header says", array->name);
	npz_array_close(array);
	return error;
}

void npz_array_close(struct npz_array *array)
{
	if (!array->stream)
		return;
	zip_fclose(array->stream->file);
	free(array->stream);
	array->stream = NULL;
}
