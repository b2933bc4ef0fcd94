/* SPDX-License-Identifier: Apache-2.0 */
/*
 * m4-block.h - int8 layers of any size for cores with the DSP extension. Tensors stay as they are in the model; the
 * inputs of four neighbouring outputs are spread to 16 bits once (scratch), and serve all output channels, two at a
 * time: eight sums, in which a word of weights is expanded once for sixteen products. Beside these products it is the
 * outputs that cost: a channel's factor is therefore read once for four of them, before the stores of bytes, behind which
 * a compiler would read it again.
 */
#ifndef NN_EXPORT_KERNELS_M4_BLOCK_H
#define NN_EXPORT_KERNELS_M4_BLOCK_H

#include "nn/export/kernels/m4-dot.h"
#include "nn/export/kernels/m4-i8.h"

/* What a layer's code depends on; constants wherever they are used. */
enum nn_block_flags {
	NN_BLOCK_SINGLE = 1,   /* rounding */
	NN_BLOCK_RIGHT = 2,    /* as nn_stage.right */
	NN_BLOCK_POSITIVE = 4, /* as nn_stage.positive */
	NN_BLOCK_BYTES = 8,    /* limits are those of 8 bits */
	NN_BLOCK_FOURS = 16,   /* input channels are a multiple of four */
	NN_BLOCK_TABLE = 32,
	NN_BLOCK_CHANNELS = 64, /* a multiplier for each channel */
};

/* A layer's output stage, most of which is only known as flags. */
NN_INLINE struct nn_stage nn_block_stage(const struct nn_conv *l, int flags)
{
	return (struct nn_stage){
		.multipliers = l->stage.multipliers,
		.shifts = l->stage.shifts,
		.per_channel = flags & NN_BLOCK_CHANNELS,
		.single = flags & NN_BLOCK_SINGLE,
		.right = flags & NN_BLOCK_RIGHT,
		.positive = flags & NN_BLOCK_POSITIVE,
		.zero = l->stage.zero,
		.low = flags & NN_BLOCK_BYTES ? INT8_MIN : l->stage.low,
		.high = flags & NN_BLOCK_BYTES ? INT8_MAX : l->stage.high,
	};
}

/* What a channel's sum becomes; table: the channel's, for 0. */
NN_INLINE int8_t nn_block_out(const struct nn_stage *stage, int flags, struct nn_factor_m4 factor, const int8_t *table,
			      int32_t sum)
{
	int32_t y = nn_stage_m4(stage, factor, sum);

	return flags & NN_BLOCK_TABLE ? table[y] : (int8_t)y;
}

NN_INLINE const int8_t *nn_block_table(const struct nn_conv *l, int32_t channel)
{
	return l->table + 256 * channel + 128;
}

/* --- convolutions ------------------------------------------------------------------------------------------------ */

/* Four inputs to words 4 apart. */
NN_INLINE uint32_t *nn_block_put(const int8_t *from, uint32_t *x)
{
	uint32_t word;

	__builtin_memcpy(&word, from, 4);
	nn_spread(word, x, x + NN_BLOCK_PIXELS);
	return x + 2 * NN_BLOCK_PIXELS;
}

/* One row of a window as bytes; what is outside the image is the zero point. Returns their end. */
NN_INLINE int8_t *nn_block_row(const struct nn_conv *l, const int8_t *in, int32_t iy, int32_t ix, int8_t *bytes)
{
	const int8_t *from = in + (iy * l->in_w + ix) * l->in_c;
	bool inside = iy >= 0 && iy < l->in_h;

	if (inside && l->dilation_w == 1 && ix >= 0 && ix + l->kernel_w <= l->in_w) {
		for (int8_t *end = bytes + l->kernel_w * l->in_c; bytes != end; bytes++, from++)
			*bytes = *from;
		return bytes;
	}
	for (int32_t kx = 0; kx < l->kernel_w; kx++, ix += l->dilation_w, from += l->dilation_w * l->in_c)
		for (int32_t c = 0; c < l->in_c; c++)
			*bytes++ = inside && ix >= 0 && ix < l->in_w ? from[c] : (int8_t)l->in_zero;
	return bytes;
}

/* The inputs of one output, pair by pair, x[4] apart. */
NN_INLINE void nn_block_gather(const struct nn_conv *l, int flags, const int8_t *in, int32_t oy, int32_t ox,
			       uint32_t *x, int8_t *bytes)
{
	int32_t iy = oy * l->stride_h - l->pad_top, ix = ox * l->stride_w - l->pad_left;
	const int8_t *from = bytes;

	for (int32_t ky = 0; ky < l->kernel_h; ky++, iy += l->dilation_h) {
		if (!(flags & NN_BLOCK_FOURS)) {
			bytes = nn_block_row(l, in, iy, ix, bytes);
			continue;
		}
		for (int32_t kx = 0; kx < l->kernel_w; kx++) {
			int32_t tap = ix + kx * l->dilation_w;
			const int8_t *pixel = in + (iy * l->in_w + tap) * l->in_c;

			if (iy >= 0 && iy < l->in_h && tap >= 0 && tap < l->in_w) {
#pragma GCC unroll 4
				for (int32_t c = 0; c < l->in_c; c += 4)
					x = nn_block_put(pixel + c, x);
			} else {
				for (int32_t c = 0; c < l->in_c; c += 4, x += 2 * NN_BLOCK_PIXELS)
					x[0] = x[NN_BLOCK_PIXELS] = (uint16_t)l->in_zero * 0x10001u;
			}
		}
	}
	for (; from < bytes; from += 4)
		x = nn_block_put(from, x);
}

/* Where the outputs of four neighbouring pixels begin; what is missing of them lies over the first one. */
struct nn_block_out {
	int8_t *pixels[NN_BLOCK_PIXELS];
};

/* One channel of four pixels, last to first, so that the first one's stays where others are missing. */
NN_INLINE void nn_block_store(const struct nn_conv *l, const struct nn_stage *stage, int flags, int32_t channel,
			      const int32_t *sums, const struct nn_block_out *out)
{
	const struct nn_factor_m4 factor = nn_factor_m4(stage, channel);
	const int8_t *table = nn_block_table(l, channel);

#pragma GCC unroll 4
	for (int32_t pixel = NN_BLOCK_PIXELS; pixel-- > 0;)
		out->pixels[pixel][channel] = nn_block_out(stage, flags, factor, table, sums[pixel]);
}

/* All channels of four pixels, whose inputs are x. */
NN_INLINE void nn_block_channels(const struct nn_conv *l, int flags, const uint32_t *x, const uint32_t *end,
				 struct nn_block_out out)
{
	const struct nn_stage stage = nn_block_stage(l, flags);
	const int32_t *bias = l->bias;
	const int8_t *weights = l->weights;

	for (int32_t o = 0; o < l->out_c; o += 2) {
		int32_t a = bias[o], b = bias[o + 1], sums[] = {a, a, a, a, b, b, b, b};

		weights = nn_dot_block(x, weights, sums, end);
		nn_block_store(l, &stage, flags, o, sums, &out);
		if (o + 1 < l->out_c)
			nn_block_store(l, &stage, flags, o + 1, sums + NN_BLOCK_PIXELS, &out);
	}
}

/*
 * Any convolution. weights [out_c / 2][taps / 2] words, taps padded to 8. scratch: [taps / 2][4] words, then, without
 * NN_BLOCK_FOURS, taps bytes. Outputs are written in their order, four pixels together, wherever rows end: so they may
 * lie over inputs as the runtime's do.
 */
NN_INLINE void nn_conv_block_m4(const struct nn_conv *layer, int flags, const int8_t *in, int8_t *out,
				uint32_t *scratch)
{
	const struct nn_conv copy = *layer, *l = &copy;
	const int32_t pairs = (l->kernel_h * l->kernel_w * l->in_c + 7) / 8 * 4;
	uint32_t *end = scratch + pairs * NN_BLOCK_PIXELS;

	for (int32_t oy = 0, ox = 0; oy < l->out_h;) {
		struct nn_block_out to = {{out, out, out, out}};

		for (int32_t i = 0; i < NN_BLOCK_PIXELS && oy < l->out_h; i++, out += l->out_c) {
			to.pixels[i] = out;
			nn_block_gather(l, flags, in, oy, ox, scratch + i, (int8_t *)end);
			if (++ox == l->out_w) {
				ox = 0;
				oy++;
			}
		}
		nn_block_channels(l, flags, scratch, end, to);
	}
}

/*
 * Each of a multiple of four channels by itself. weights: [in_c / 4][taps][4] of 16 bits, taps padded to three, channels
 * in the order 0, 2, 1, 3. scratch: a pointer for each tap, then in_c bytes: what is outside the image.
 */
NN_INLINE void nn_depthwise_block_m4(const struct nn_conv *layer, int flags, const int8_t *in, int8_t *out,
				     uint32_t *scratch)
{
	const struct nn_conv copy = *layer, *l = &copy; /* stores of bytes can't change it */
	const int32_t taps = (l->kernel_h * l->kernel_w + 2) / 3 * 3;
	const int8_t **from = (const int8_t **)(void *)scratch;
	const struct nn_stage stage = nn_block_stage(l, flags);
	int8_t *outside = (int8_t *)(from + taps);

	for (int32_t c = 0; c < l->in_c; c++)
		outside[c] = (int8_t)l->in_zero;
	from[taps - 1] = from[taps - 2] = outside;
	for (int32_t oy = 0; oy < l->out_h; oy++)
		for (int32_t ox = 0; ox < l->out_w; ox++, out += l->out_c) {
			const uint32_t *weights = l->weights;
			const int32_t *bias = l->bias;

			for (int32_t k = 0, ky = 0; ky < l->kernel_h; ky++)
				for (int32_t kx = 0; kx < l->kernel_w; kx++, k++) {
					int32_t iy = oy * l->stride_h - l->pad_top + ky * l->dilation_h;
					int32_t ix = ox * l->stride_w - l->pad_left + kx * l->dilation_w;
					bool inside = iy >= 0 && iy < l->in_h && ix >= 0 && ix < l->in_w;

					from[k] = inside ? in + (iy * l->in_w + ix) * l->in_c : outside;
				}
			for (int32_t c = 0; c < l->in_c; c += 4) {
				int32_t sums[4];

				nn_dot_taps(from, weights, bias + c, c, from + taps, sums);
				weights += 2 * taps;
#pragma GCC unroll 4
				for (int32_t i = 0; i < 4; i++)
					out[c + i] = nn_block_out(&stage, flags, nn_factor_m4(&stage, c + i),
								  nn_block_table(l, c + i), sums[i]);
			}
		}
}

/* The largest of a window, four of a multiple of four channels at a time; limits are those of 8 bits. */
NN_INLINE void nn_max_pool_block_m4(const struct nn_conv *layer, int flags, const int8_t *in, int8_t *out,
				    uint32_t *scratch)
{
	const struct nn_conv copy = *layer, *l = &copy;
	const int32_t row = l->in_w * l->in_c;

	(void)flags;
	(void)scratch;
	for (int32_t oy = 0; oy < l->out_h; oy++)
		for (int32_t ox = 0; ox < l->out_w; ox++) {
			int32_t y = oy * l->stride_h - l->pad_top, x = ox * l->stride_w - l->pad_left;
			int32_t y_end = y + l->kernel_h < l->in_h ? y + l->kernel_h : l->in_h;
			int32_t x_end = x + l->kernel_w < l->in_w ? x + l->kernel_w : l->in_w;
			const int8_t *corner;

			y = y < 0 ? 0 : y;
			x = x < 0 ? 0 : x;
			corner = in + y * row + x * l->in_c;
			for (int32_t c = 0; c < l->in_c; c += 4, out += 4) {
				const int8_t *line = corner + c;
				uint32_t most = 0x80808080u, word;

				for (int32_t ky = y; ky < y_end; ky++, line += row) {
					const int8_t *from = line;

					for (int32_t kx = x; kx < x_end; kx++, from += l->in_c) {
						__builtin_memcpy(&word, from, 4);
						most = nn_larger4(word, most);
					}
				}
				__builtin_memcpy(out, &most, 4);
			}
		}
}

/* weights [outputs / 4][inputs / 4][4][4], outputs padded to 4 and inputs to 8 by weights of 0 */
NN_INLINE void nn_dense_block_m4(const struct nn_conv *layer, int flags, const int8_t *in, int8_t *out,
				 uint32_t *scratch)
{
	const struct nn_conv copy = *layer, *l = &copy;
	const struct nn_stage stage = nn_block_stage(l, flags);
	int32_t inputs = (l->in_c + 7) / 8 * 8;
	const int8_t *weights = l->weights;
	const int32_t *bias = l->bias;

	(void)scratch;
	for (int32_t o = 0; o < l->out_c; o += 4, weights += 4 * inputs) {
		int32_t sums[4];

		__builtin_memcpy(sums, bias + o, sizeof(sums));
		nn_dot_bytes(in, weights, sums, in + inputs);
		for (int32_t i = 0; i < 4 && o + i < l->out_c; i++)
			out[o + i] = nn_block_out(&stage, flags, nn_factor_m4(&stage, o + i), nn_block_table(l, o + i),
						  sums[i]);
	}
}

#endif
