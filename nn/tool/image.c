/* SPDX-License-Identifier: Apache-2.0 */
/* image.c - three formats into rows of bytes. */
#include "nn/tool/image.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef HAVE_PNG
#include <png.h>
#endif

#define PNG_MAGIC "\x89PNG\r\n\x1a\n"

enum {
	BMP_HEADERS = 54,
	BMP_INFO_AT = 14,
	DIGITS_MAX = 6, /* and more are refused */
};

static int refuse(char *ret_reason, const char *text)
{
	snprintf(ret_reason, IMAGE_REASON, "%s", text);
	return -EBADMSG;
}

/* Memory for a picture of checked size. */
static int start(struct image *image, uint64_t width, uint64_t height, uint32_t channels, char *ret_reason)
{
	if (!width || !height || width > IMAGE_SIDE_MAX || height > IMAGE_SIDE_MAX || width * height > IMAGE_PIXELS_MAX)
		return refuse(ret_reason, "the picture is empty or too large");
	*image = (struct image){.width = (uint32_t)width, .height = (uint32_t)height, .channels = channels};
	image->pixels = calloc((size_t)(width * height), channels);
	if (!image->pixels) {
		snprintf(ret_reason, IMAGE_REASON, "out of memory");
		return -ENOMEM;
	}
	return 0;
}

void image_clear(struct image *image)
{
	free(image->pixels);
	*image = (struct image){0};
}

/* --- PNM ------------------------------------------------------------------------------------------------------- */

/* The next number of the header; comments run from # to the end of the line. */
static bool next_number(const uint8_t *bytes, size_t size, size_t *at, uint32_t *ret_number)
{
	uint32_t number = 0;
	unsigned digits = 0;

	while (*at < size && (strchr(" \t\r\n", bytes[*at]) || bytes[*at] == '#')) {
		bool comment = bytes[*at] == '#';

		while (comment && *at < size && bytes[*at] != '\n')
			++*at;
		*at += *at < size;
	}
	for (; *at < size && bytes[*at] >= '0' && bytes[*at] <= '9' && digits < DIGITS_MAX; ++*at, digits++)
		number = number * 10 + (uint32_t)(bytes[*at] - '0');
	*ret_number = number;
	return digits > 0 && digits < DIGITS_MAX;
}

static int read_pnm(const uint8_t *bytes, size_t size, struct image *image, char *ret_reason)
{
	uint32_t width, height, maximum, channels = bytes[1] == '6' ? 3 : 1;
	size_t at = 2, room;
	int r;

	if (!next_number(bytes, size, &at, &width) || !next_number(bytes, size, &at, &height) ||
	    !next_number(bytes, size, &at, &maximum) || at >= size)
		return refuse(ret_reason, "PNM: the header can't be read, or has too large numbers");
	if (maximum != 255)
		return refuse(ret_reason, "PNM: only 8 bits (a maximum of 255) are supported");
	at++;
	room = size - at;
	if ((uint64_t)width * height * channels > room)
		return refuse(ret_reason, "PNM: the file ends too early");
	r = start(image, width, height, channels, ret_reason);
	if (r == 0)
		memcpy(image->pixels, bytes + at, (size_t)width * height * channels);
	return r;
}

/* --- BMP ------------------------------------------------------------------------------------------------------- */

static uint32_t u32_at(const uint8_t *bytes, size_t at)
{
	return bytes[at] | (uint32_t)bytes[at + 1] << 8 | (uint32_t)bytes[at + 2] << 16 | (uint32_t)bytes[at + 3] << 24;
}

/* 256 entries of b, g, r, 0; those that the file does not have are black. */
static void read_palette(const uint8_t *bytes, size_t size, uint8_t palette[256][4])
{
	size_t begin = BMP_INFO_AT + (size_t)u32_at(bytes, 14), end = u32_at(bytes, 10);

	memset(palette, 0, 256 * 4);
	if (begin < end && end <= size)
		memcpy(palette, bytes + begin, end - begin < 1024 ? end - begin : 1024);
}

static void read_bmp_row(const uint8_t *row, unsigned bits, uint8_t (*palette)[4], struct image *image, uint8_t *to)
{
	for (uint32_t x = 0; x < image->width; x++) {
		const uint8_t *bgr = palette ? palette[row[x]] : row + (size_t)x * bits / 8;

		for (unsigned c = 0; c < 3; c++)
			*to++ = bgr[2 - c];
	}
}

static int read_bmp(const uint8_t *bytes, size_t size, struct image *image, char *ret_reason)
{
	uint8_t palette[256][4];
	uint32_t width, height, pixels;
	unsigned bits;
	uint64_t row;
	bool down;
	int r;

	if (size < BMP_HEADERS || u32_at(bytes, 14) < 40 || u32_at(bytes, 14) > 256)
		return refuse(ret_reason, "BMP: the header can't be read");
	pixels = u32_at(bytes, 10);
	width = u32_at(bytes, 18);
	height = u32_at(bytes, 22);
	bits = bytes[28] | (unsigned)bytes[29] << 8;
	down = height > INT32_MAX;
	height = down ? -height : height;
	if ((bits != 8 && bits != 24 && bits != 32) || (u32_at(bytes, 30) != 0 && !(bits == 32 && bytes[30] == 3)))
		return refuse(ret_reason, "BMP: only 8, 24 and 32 bits without compression are supported");
	if (width > IMAGE_SIDE_MAX || height > IMAGE_SIDE_MAX)
		return refuse(ret_reason, "the picture is empty or too large");
	row = ((uint64_t)width * bits + 31) / 32 * 4;
	if (pixels > size || row * height > size - pixels)
		return refuse(ret_reason, "BMP: the file ends too early");
	r = start(image, width, height, 3, ret_reason);
	if (r < 0)
		return r;
	read_palette(bytes, size, palette);
	for (uint32_t y = 0; y < height; y++)
		read_bmp_row(bytes + pixels + (down ? y : height - 1 - y) * row, bits, bits == 8 ? palette : NULL,
			     image, image->pixels + (size_t)y * width * 3);
	return 0;
}

/* --- PNG ------------------------------------------------------------------------------------------------------- */

#ifdef HAVE_PNG
/* libpng's simplified interface: transparency on black, 16 bits and palettes to 8-bit sRGB. */
static int read_png(const uint8_t *bytes, size_t size, struct image *image, char *ret_reason)
{
	png_image png = {.version = PNG_IMAGE_VERSION};
	png_color black = {0, 0, 0};
	int r;

	if (!png_image_begin_read_from_memory(&png, bytes, size)) {
		snprintf(ret_reason, IMAGE_REASON, "PNG: %s", png.message);
		return -EBADMSG;
	}
	png.flags |= PNG_IMAGE_FLAG_16BIT_sRGB; /* 16 bits without a word of gamma are no light, but numbers as 8 are */
	png.format = png.format & PNG_FORMAT_FLAG_COLOR ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
	r = start(image, png.width, png.height, png.format == PNG_FORMAT_RGB ? 3 : 1, ret_reason);
	if (r == 0 && !png_image_finish_read(&png, &black, image->pixels, 0, NULL)) {
		snprintf(ret_reason, IMAGE_REASON, "PNG: %s", png.message);
		image_clear(image);
		r = -EBADMSG;
	}
	png_image_free(&png);
	return r;
}

int image_write_png(const struct image *image, void **ret_bytes, size_t *ret_size)
{
	png_image png = {
		.version = PNG_IMAGE_VERSION,
		.width = image->width,
		.height = image->height,
		.format = image->channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY,
	};
	char *bytes = NULL;
	size_t size;
	FILE *file = open_memstream(&bytes, &size);
	bool written;

	if (!file)
		return -ENOMEM;
	written = png_image_write_to_stdio(&png, file, 0, image->pixels, 0, NULL);
	if (fclose(file) || !written) {
		free(bytes);
		return -ENOMEM;
	}
	*ret_bytes = bytes;
	*ret_size = size;
	return 0;
}
#else
int image_write_png(const struct image *image, void **ret_bytes, size_t *ret_size)
{
	(void)image, (void)ret_bytes, (void)ret_size;
	return -EOPNOTSUPP;
}

static int read_png(const uint8_t *bytes, size_t size, struct image *image, char *ret_reason)
{
	(void)bytes, (void)size, (void)image;
	snprintf(ret_reason, IMAGE_REASON, "PNG: postured was built without libpng; .ppm, .bmp and .npy work");
	return -EOPNOTSUPP;
}
#endif

/* --------------------------------------------------------------------------------------------------------------- */

static bool is_png(const void *bytes, size_t size)
{
	return size >= 8 && !memcmp(bytes, PNG_MAGIC, 8);
}

static bool is_pnm(const uint8_t *bytes, size_t size)
{
	return size >= 3 && bytes[0] == 'P' && (bytes[1] == '5' || bytes[1] == '6');
}

static bool is_bmp(const uint8_t *bytes, size_t size)
{
	return size >= 2 && bytes[0] == 'B' && bytes[1] == 'M';
}

bool image_is(const void *bytes, size_t size)
{
	return is_png(bytes, size) || is_pnm(bytes, size) || is_bmp(bytes, size);
}

int image_read(const void *bytes, size_t size, struct image *ret_image, char *ret_reason)
{
	if (is_png(bytes, size))
		return read_png(bytes, size, ret_image, ret_reason);
	if (is_pnm(bytes, size))
		return read_pnm(bytes, size, ret_image, ret_reason);
	if (is_bmp(bytes, size))
		return read_bmp(bytes, size, ret_image, ret_reason);
	return refuse(ret_reason, "no picture: PNG, PPM, PGM and BMP are known");
}

int image_set_channels(struct image *image, uint32_t channels)
{
	size_t n = (size_t)image->width * image->height;
	uint8_t *pixels;

	if (channels == image->channels)
		return 0;
	pixels = malloc(n * channels);
	if (!pixels)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const uint8_t *from = image->pixels + i * image->channels;

		if (channels == 1)
			pixels[i] = (uint8_t)((299u * from[0] + 587u * from[1] + 114u * from[2] + 500) / 1000);
		else
			memset(pixels + i * 3, from[0], 3);
	}
	free(image->pixels);
	image->pixels = pixels;
	image->channels = channels;
	return 0;
}
