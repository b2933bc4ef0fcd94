/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image.h - small pictures: PNM (P5, P6, 8 bits), BMP (8-bit palette, 24 and 32 bits, uncompressed), PNG by libpng.
 *
 * BMP, little-endian: 0 "BM"  10 u32 offset of the pixels  14 u32 size of this header (40 or more)  18 i32 width
 *   22 i32 height (positive: lowest row first)  28 u16 bits  30 u32 compression (0)  46 u32 colours; then the palette
 *   (b, g, r, 0). Rows are filled up to 4 bytes. (Microsoft, BITMAPINFOHEADER.)
 */
#ifndef NN_TOOL_IMAGE_H
#define NN_TOOL_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	IMAGE_SIDE_MAX = 8192,
	IMAGE_PIXELS_MAX = 1 << 24,
	IMAGE_REASON = 128,
};

struct image {
	uint32_t width, height, channels; /* 1: grey, 3: red, green, blue */
	uint8_t *pixels;		  /* [height][width][channels], owned */
};

bool image_is(const void *bytes, size_t size);
/* Errors: EBADMSG, EOPNOTSUPP (PNG without libpng), ENOMEM; ret_reason (IMAGE_REASON bytes) says what is wrong. */
int image_read(const void *bytes, size_t size, struct image *ret_image, char *ret_reason);
void image_clear(struct image *image);

/* As PNG; free() it. EOPNOTSUPP without libpng, ENOMEM. */
int image_write_png(const struct image *image, void **ret_bytes, size_t *ret_size);

/* To 1 or 3 channels: grey as ITU-R BT.601 weighs them. -ENOMEM. */
int image_set_channels(struct image *image, uint32_t channels);

#endif
