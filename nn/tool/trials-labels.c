/* SPDX-License-Identifier: Apache-2.0 */
/* trials-labels.c - see trials-labels.h. */
#include "nn/tool/trials-labels.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/model-file.h"
#include "nn/tool/samples.h"

static int refuse(size_t i, double label, uint32_t classes, char *ret_reason)
{
	snprintf(ret_reason, SAMPLES_REASON, "label %zu is %g; the network has outputs 0 to %u", i, label, classes - 1);
	return -EINVAL;
}

static int set_label(double label, uint32_t classes, int32_t *labels, size_t i, char *ret_reason)
{
	if (!(label >= 0 && label < classes) || label != (double)(uint32_t)label)
		return refuse(i, label, classes, ret_reason);
	labels[i] = (int32_t)label;
	return 0;
}

static uint32_t largest(const struct npy *array, uint64_t row, uint32_t classes)
{
	uint32_t best = 0;

	for (uint32_t c = 1; c < classes; c++)
		if (npy_number(array, row * classes + c) > npy_number(array, row * classes + best))
			best = c;
	return best;
}

static int read_array(const void *bytes, size_t size, uint32_t classes, int32_t *labels, size_t n, char *ret_reason)
{
	struct npy array;
	int r = npy_read(bytes, size, &array, ret_reason);
	bool rows;

	if (r < 0)
		return r;
	rows = array.dims == 2 && array.shape[1] == classes && classes > 1;
	if (array.items / (rows ? classes : 1) < n) {
		snprintf(ret_reason, SAMPLES_REASON, "there are %llu labels for %zu samples",
			 (unsigned long long)(array.items / (rows ? classes : 1)), n);
		return -EINVAL;
	}
	for (size_t i = 0; i < n && r == 0; i++)
		r = set_label(rows ? largest(&array, i, classes) : npy_number(&array, i), classes, labels, i,
			      ret_reason);
	return r;
}

/* The number behind the last comma or blank of a line; false: there is none. */
static bool last_number(const char *line, size_t length, double *ret_number)
{
	char text[32], *end;
	size_t begin;

	while (length && (line[length - 1] == '\r' || line[length - 1] == ' '))
		length--;
	for (begin = length; begin && !strchr(",; \t", line[begin - 1]); begin--)
		;
	if (begin == length || length - begin >= sizeof(text))
		return false;
	memcpy(text, line + begin, length - begin);
	text[length - begin] = '\0';
	*ret_number = strtod(text, &end);
	return !*end;
}

static int read_text(const char *text, size_t size, uint32_t classes, int32_t *labels, size_t n, char *ret_reason)
{
	size_t i = 0, line = 0;

	for (const char *end, *at = text; at < text + size && i < n; at = end + 1, line++) {
		double label;
		int r;

		end = memchr(at, '\n', (size_t)(text + size - at));
		end = end ? end : text + size;
		if (end == at || (!last_number(at, (size_t)(end - at), &label) && line == 0))
			continue;
		if (!last_number(at, (size_t)(end - at), &label)) {
			snprintf(ret_reason, SAMPLES_REASON, "line %zu does not end with a number", line + 1);
			return -EBADMSG;
		}
		r = set_label(label, classes, labels, i++, ret_reason);
		if (r < 0)
			return r;
	}
	if (i == n)
		return 0;
	snprintf(ret_reason, SAMPLES_REASON, "there are %zu labels for %zu samples", i, n);
	return -EINVAL;
}

int trials_labels_read(const char *path, uint32_t classes, int32_t *labels, size_t n, char *ret_reason)
{
	void *bytes;
	size_t size;
	int r = model_file_read(path, &bytes, &size);

	if (r < 0) {
		snprintf(ret_reason, SAMPLES_REASON, "%s", strerror(-r));
		return r;
	}
	r = npy_is(bytes, size) ? read_array(bytes, size, classes, labels, n, ret_reason)
				: read_text(bytes, size, classes, labels, n, ret_reason);
	free(bytes);
	return r;
}
