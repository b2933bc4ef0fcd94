/* SPDX-License-Identifier: Apache-2.0 */
/* samples.c - arrays and pictures as a network's input. */
#include "nn/tool/samples.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "nn/model-file.h"
#include "nn/runtime/value.h"
#include "nn/tool/image.h"

static int fail(char *ret_reason, int error, const char *format, ...) __attribute__((format(printf, 3, 4)));
static int fail(char *ret_reason, int error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(ret_reason, SAMPLES_REASON, format, arguments);
	va_end(arguments);
	return error;
}

bool samples_is_recording(const char *path)
{
	const char *suffix = strrchr(path, '.');
	struct stat st;

	return (suffix && !strcmp(suffix, ".npz")) || (stat(path, &st) == 0 && S_ISDIR(st.st_mode));
}

int samples_parse_form(const char *text, struct samples_form *ret_form)
{
	static const char *const names[] = {
		[SAMPLES_NONE] = "none", [SAMPLES_SCALE] = "scale", [SAMPLES_SIGNED] = "signed"};
	struct samples_form form = {.meaning = SAMPLES_NORMAL};
	float numbers[2 * SAMPLES_CHANNELS_MAX];
	unsigned n = 0;
	char *end;

	for (unsigned i = SAMPLES_NONE; i <= SAMPLES_SIGNED; i++)
		if (!strcmp(text, names[i])) {
			*ret_form = (struct samples_form){.meaning = (enum samples_meaning)i};
			return 0;
		}
	do {
		if (n == 2 * SAMPLES_CHANNELS_MAX)
			return -EINVAL;
		numbers[n++] = strtof(text, &end);
		if (end == text || (*end && *end != ','))
			return -EINVAL;
		text = end + 1;
	} while (*end);
	if (n % 2)
		return -EINVAL;
	form.channels = n / 2;
	memcpy(form.mean, numbers, form.channels * sizeof(float));
	memcpy(form.deviation, numbers + form.channels, form.channels * sizeof(float));
	for (unsigned i = 0; i < form.channels; i++)
		if (!(form.deviation[i] > 0))
			return -EINVAL;
	*ret_form = form;
	return 0;
}

/* Height, width and channels that a picture must have; 0 channels: the input is no picture. */
static void picture_size(const struct nn_tensor *input, uint32_t size[3])
{
	memset(size, 0, 3 * sizeof(*size));
	if (input->dims == 4 && (input->shape[3] == 1 || input->shape[3] == 3))
		memcpy(size, input->shape + 1, 3 * sizeof(*size));
}

/* A vector of as many values as a grey picture has pixels takes it too. */
static int open_image(const void *bytes, size_t size, const struct nn_tensor *input, struct samples *samples,
		      char *ret_reason)
{
	char reason[IMAGE_REASON];
	uint32_t wanted[3];
	struct image image;
	int r;

	if (!image_is(bytes, size))
		return fail(ret_reason, -EBADMSG,
			    "neither an array (.npy) nor a picture that is known (PNG, PPM, PGM, BMP)");
	r = image_read(bytes, size, &image, reason);
	if (r < 0)
		return fail(ret_reason, r, "%s", reason);
	picture_size(input, wanted);
	if (!wanted[2] && (uint64_t)image.width * image.height == nn_tensor_elements(input)) {
		wanted[0] = image.height;
		wanted[1] = image.width;
		wanted[2] = 1;
	}
	if (image.height != wanted[0] || image.width != wanted[1]) {
		r = wanted[2] ? fail(ret_reason, -EINVAL, "the picture is %ux%u, the network takes %ux%u; resize it",
				     image.width, image.height, wanted[1], wanted[0])
			      : fail(ret_reason, -EINVAL, "the picture is %ux%u, the network takes %u numbers",
				     image.width, image.height, nn_tensor_elements(input));
		image_clear(&image);
		return r;
	}
	if (image_set_channels(&image, wanted[2]) < 0) {
		image_clear(&image);
		return fail(ret_reason, -ENOMEM, "out of memory");
	}
	samples->bytes = image.pixels;
	samples->array =
		(struct npy){.kind = 'u', .item_bytes = 1, .items = nn_tensor_elements(input), .data = image.pixels};
	return 0;
}

static bool same_type(const struct npy *array, const struct nn_tensor *input)
{
	switch (input->type) {
	case NN_TYPE_I8:
		return array->kind == 'i' && array->item_bytes == 1;
	case NN_TYPE_U8:
		return array->kind == 'u' && array->item_bytes == 1;
	case NN_TYPE_I16:
		return array->kind == 'i' && array->item_bytes == 2;
	default:
		return false;
	}
}

static int check_form(const struct nn_tensor *input, const struct samples *samples, char *ret_reason)
{
	const struct samples_form *form = &samples->form;
	bool bytes = samples->array.kind == 'u' && samples->array.item_bytes == 1;

	if (form->meaning == SAMPLES_UNSAID && bytes && input->type != NN_TYPE_U8)
		return fail(
			ret_reason, -EINVAL,
			"these are bytes, the network takes real values; say with --preprocess what they mean: scale, "
			"signed, MEAN,STD or none");
	if (form->meaning >= SAMPLES_SCALE && !bytes)
		return fail(ret_reason, -EINVAL, "--preprocess: scale, signed and MEAN,STD are for bytes; none works");
	if (form->channels > 1 && form->channels != input->shape[input->dims - 1])
		return fail(ret_reason, -EINVAL, "--preprocess: the network has %u channels, not %u",
			    input->shape[input->dims - 1], form->channels);
	return 0;
}

/* Sizes without those of 1, which change nothing about where a number stands. Returns how many are left. */
static unsigned squeeze(const uint64_t *shape, unsigned dims, uint64_t *squeezed)
{
	unsigned n = 0;

	for (unsigned d = 0; d < dims; d++)
		if (shape[d] != 1)
			squeezed[n++] = shape[d];
	return n;
}

static void print_shape(const uint64_t *shape, unsigned dims, char *text, size_t size)
{
	size_t n = 0;

	*text = '\0';
	for (unsigned d = 0; d < dims && n < size; d++)
		n += (size_t)snprintf(text + n, size - n, "%s%llu", d ? "x" : "", (unsigned long long)shape[d]);
}

/* The sizes that a sample has at the end of the array's; 0: none has that many numbers. */
static unsigned tail_of(const uint64_t *shape, unsigned dims, uint64_t elements)
{
	uint64_t product = 1;

	for (unsigned k = 1; k <= dims; k++) {
		product *= shape[dims - k];
		if (product == elements)
			return k;
		if (product > elements)
			break;
	}
	return 0;
}

/*
 * Numbers in another order would give answers, and wrong ones: a sample is flat, or has the input's shape, or that of an
 * image with its channels first.
 */
static int check_shape(const struct nn_tensor *input, struct samples *samples, char *ret_reason)
{
	uint64_t wanted[NN_DIMS_MAX], turned[NN_DIMS_MAX], given[NPY_DIMS_MAX], full[NN_DIMS_MAX];
	unsigned first = input->dims > 1, n_wanted, n_given, n;
	char texts[2][64];

	for (unsigned d = first; d < input->dims; d++)
		full[d - first] = input->shape[d];
	n_wanted = squeeze(full, input->dims - first, wanted);
	n_given = squeeze(samples->array.shape, samples->array.dims, given);
	n = tail_of(given, n_given, nn_tensor_elements(input));
	if (n <= 1 && n == (nn_tensor_elements(input) > 1))
		return 0;
	if (n_wanted <= 1 && n)
		return 0;
	if (n == n_wanted && !memcmp(given + n_given - n, wanted, n * sizeof(*wanted)))
		return 0;
	if (input->dims == 4 && n) {
		const uint64_t order[3] = {full[2], full[0], full[1]};

		samples->channels_first =
			n == squeeze(order, 3, turned) && !memcmp(given + n_given - n, turned, n * sizeof(*turned));
		if (samples->channels_first)
			return 0;
	}
	print_shape(samples->array.shape, samples->array.dims, texts[0], sizeof(texts[0]));
	print_shape(full, input->dims - first, texts[1], sizeof(texts[1]));
	return fail(ret_reason, -EINVAL, "the array is %s, the network takes samples of %s", texts[0], texts[1]);
}

int samples_open(const char *path, const struct nn_tensor *input, const struct samples_form *form,
		 struct samples *ret_samples, char *ret_reason)
{
	struct samples samples = {.form = *form};
	uint32_t elements = nn_tensor_elements(input);
	char reason[NPY_REASON];
	bool is_array;
	size_t size;
	void *bytes;
	int r = model_file_read(path, &bytes, &size);

	if (r < 0)
		return fail(ret_reason, r, "%s", strerror(-r));
	is_array = npy_is(bytes, size);
	if (is_array) {
		samples.bytes = bytes;
		r = npy_read(bytes, size, &samples.array, reason);
		if (r < 0)
			fail(ret_reason, r, "%s", reason);
	} else {
		r = open_image(bytes, size, input, &samples, ret_reason);
		free(bytes);
	}
	if (r == 0 && (!samples.array.items || samples.array.items % elements))
		r = fail(ret_reason, -EINVAL, "%llu numbers are no whole samples of %u",
			 (unsigned long long)samples.array.items, elements);
	if (r == 0 && is_array)
		r = check_shape(input, &samples, ret_reason);
	r = r < 0 ? r : check_form(input, &samples, ret_reason);
	if (r < 0) {
		samples_clear(&samples);
		return r;
	}
	samples.n = samples.array.items / elements;
	*ret_samples = samples;
	return 0;
}

void samples_clear(struct samples *samples)
{
	free(samples->bytes);
	*samples = (struct samples){0};
}

/* Where number k of the input stands in the array's sample. */
static uint64_t place_of(const struct samples *samples, const struct nn_tensor *input, uint32_t k)
{
	uint32_t channels = input->shape[3];

	return samples->channels_first ? k % channels * (nn_tensor_elements(input) / channels) + k / channels : k;
}

static float real_value(const struct samples_form *form, double number, uint64_t i)
{
	unsigned c = form->channels ? (unsigned)(i % form->channels) : 0;

	switch (form->meaning) {
	case SAMPLES_SCALE:
		return (float)number / 255;
	case SAMPLES_SIGNED:
		return (float)(number / 127.5 - 1);
	case SAMPLES_NORMAL:
		return ((float)number / 255 - form->mean[c]) / form->deviation[c];
	default:
		return (float)number;
	}
}

int samples_write(const struct samples *samples, uint64_t i, const struct nn_run *run, const struct nn_tensor *input)
{
	uint32_t n = nn_tensor_elements(input);
	float *values;

	if (samples->form.meaning == SAMPLES_UNSAID && same_type(&samples->array, input) && !samples->channels_first) {
		memcpy(nn_run_tensor(run, input), samples->array.data + i * input->bytes, input->bytes);
		return 0;
	}
	values = malloc(n * sizeof(*values));
	if (!values)
		return -ENOMEM;
	for (uint32_t k = 0; k < n; k++)
		values[k] =
			real_value(&samples->form, npy_number(&samples->array, i * n + place_of(samples, input, k)), k);
	nn_value_write(run, input, values);
	free(values);
	return 0;
}
