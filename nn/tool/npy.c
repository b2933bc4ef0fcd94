/* SPDX-License-Identifier: Apache-2.0 */
/* npy.c - the header is a Python literal; the three keys are looked for, nothing is evaluated. */
#include "nn/tool/npy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NPY_MAGIC "\x93NUMPY"

enum {
	HEADER_MAX = 4096,
	ITEMS_MAX = 1 << 28,
};

static int refuse(char *ret_reason, const char *text)
{
	snprintf(ret_reason, NPY_REASON, ".npy: %s", text);
	return -EBADMSG;
}

bool npy_is(const void *bytes, size_t size)
{
	return size >= sizeof(NPY_MAGIC) - 1 && !memcmp(bytes, NPY_MAGIC, sizeof(NPY_MAGIC) - 1);
}

/* What follows 'key': in the header; NULL when it is not there. */
static const char *value_of(const char *header, const char *key)
{
	const char *at = strstr(header, key);

	if (!at)
		return NULL;
	at += strlen(key);
	while (*at == ' ' || *at == ':')
		at++;
	return at;
}

static int read_type(const char *text, struct npy *npy, char *ret_reason)
{
	char order, kind, end;
	unsigned bytes;

	if (!text || sscanf(text, "'%c%c%u%c", &order, &kind, &bytes, &end) != 4 || end != '\'')
		return refuse(ret_reason, "the type can't be read");
	if ((order != '<' && order != '|') || !strchr("fiu", kind) ||
	    (bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8) || (kind == 'f' && bytes < 4))
		return refuse(ret_reason, "this type is not supported; f4, f8 and integers, little-endian, are");
	npy->kind = kind;
	npy->item_bytes = (uint8_t)bytes;
	return 0;
}

static int read_shape(const char *text, struct npy *npy, char *ret_reason)
{
	if (!text || *text++ != '(')
		return refuse(ret_reason, "the shape can't be read");
	npy->items = 1;
	while (*text != ')') {
		char *end;
		unsigned long long size = strtoull(text, &end, 10);

		if (end == text || *text == '-' || size > ITEMS_MAX)
			return refuse(ret_reason, "the shape can't be read, or is too large");
		if (npy->dims == NPY_DIMS_MAX)
			return refuse(ret_reason, "more than 5 dimensions are not supported");
		npy->shape[npy->dims++] = size;
		npy->items *= size;
		if (npy->items > ITEMS_MAX)
			return refuse(ret_reason, "the array is too large");
		text = end + strspn(end, ", ");
	}
	return 0;
}

/* Where header and items begin. */
static int find_header(const uint8_t *bytes, size_t size, size_t *ret_begin, size_t *ret_end)
{
	size_t begin, length;

	if (!npy_is(bytes, size) || size < 12 || bytes[6] < 1 || bytes[6] > 3)
		return -EBADMSG;
	begin = bytes[6] == 1 ? 10 : 12;
	length = bytes[8] | (size_t)bytes[9] << 8;
	if (bytes[6] > 1)
		length |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
	if (length > HEADER_MAX || length > size - begin)
		return -EBADMSG;
	*ret_begin = begin;
	*ret_end = begin + length;
	return 0;
}

int npy_read(const void *bytes, size_t size, struct npy *ret_npy, char *ret_reason)
{
	struct npy npy = {0};
	char header[HEADER_MAX + 1];
	const char *fortran;
	size_t begin, end;
	int r;

	if (find_header(bytes, size, &begin, &end) < 0)
		return refuse(ret_reason, "the header can't be read");
	memcpy(header, (const uint8_t *)bytes + begin, end - begin);
	header[end - begin] = '\0';
	r = read_type(value_of(header, "'descr'"), &npy, ret_reason);
	r = r < 0 ? r : read_shape(value_of(header, "'shape'"), &npy, ret_reason);
	if (r < 0)
		return r;
	fortran = value_of(header, "'fortran_order'");
	if (!fortran || (npy.dims > 1 && strncmp(fortran, "False", 5) != 0))
		return refuse(ret_reason, "Fortran order is not supported; save with numpy.ascontiguousarray()");
	if (npy.items * npy.item_bytes != size - end)
		return refuse(ret_reason, "it has more or fewer items than its shape says");
	npy.data = (const uint8_t *)bytes + end;
	*ret_npy = npy;
	return 0;
}

double npy_number(const struct npy *npy, uint64_t i)
{
	const uint8_t *at = npy->data + i * npy->item_bytes;
	uint64_t bits = 0;
	float single;
	double number;

	memcpy(&bits, at, npy->item_bytes);
	if (npy->kind == 'f' && npy->item_bytes == 4) {
		memcpy(&single, at, sizeof(single));
		return (double)single;
	}
	if (npy->kind == 'f') {
		memcpy(&number, at, sizeof(number));
		return number;
	}
	if (npy->kind == 'u')
		return (double)bits;
	switch (npy->item_bytes) {
	case 1:
		return (int8_t)bits;
	case 2:
		return (int16_t)bits;
	case 4:
		return (int32_t)bits;
	default:
		return (double)(int64_t)bits;
	}
}
