/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernels.h - what training spends its time in. Samples are the lanes: an activation is a row of TRAIN_LANES floats,
 * the same element of as many samples, so that every layer is vector code whatever its shape. Each sum is added in
 * the same order with any instruction set: the bits are the same.
 */
#ifndef NN_TRAIN_KERNELS_H
#define NN_TRAIN_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TRAIN_LANES = 16,
};

/*
 * A weight matrix [inputs][outputs] applied to rows of inputs that lie side by side in runs (the rows of a convolution's
 * window): run r begins at r * x_step elements and r * w_step weights.
 */
struct train_runs {
	int32_t runs, n; /* n inputs in each */
	int32_t x_step, w_step;
	int32_t outputs; /* also the stride of the weights */
};

/* Positions in an image of which each gives x and dy: rows and columns, strides in elements. */
struct train_positions {
	int32_t rows, cols;
	int32_t x_row, x_col, dy_row, dy_col;
};

struct train_kernels {
	const char *name;
	/* y[j] += sum of w[i][j] x[i] */
	void (*forward)(const struct train_runs *runs, const float *x, const float *w, float *y);
	/* dx[i] += sum of w[i][j] dy[j] */
	void (*backward)(const struct train_runs *runs, const float *dy, const float *w, float *dx);
	/* dw[j] += sum over positions and lanes of x dy[j] */
	void (*slopes)(const struct train_positions *positions, const float *x, const float *dy, int32_t outputs,
		       float *dw);
	/* dw[i][j] += sum over lanes of x[i] dy[j]; dy_by_lane: [TRAIN_LANES][outputs] */
	void (*outer)(int32_t inputs, int32_t outputs, const float *x, const float *dy_by_lane, float *dw);
	/* n rows of lanes, each of one value */
	void (*fill)(size_t n, const float *values, float *y);
	/* y limited to low..high; and dy = 0 where y is not between them */
	void (*clamp)(size_t n, float low, float high, float *y);
	void (*mask)(size_t n, float low, float high, const float *y, float *dy);
	/* y = max(y, x); and dx += dy where x == y for the first time: `open` has 1 where no maximum was met yet */
	void (*maximum)(size_t n, const float *x, float *y);
	void (*winner)(size_t n, const float *x, const float *y, const float *dy, float *open, float *dx);
	/* to = from * factor, or added to it, where the next xorshift32 of the lane, less 8 bits, is limit or more; else 0 */
	void (*punch)(size_t n, uint32_t limit, float factor, uint32_t state[TRAIN_LANES], const float *from, float *to,
		      bool add);
};

const struct train_kernels *train_kernels_plain(void);
/* The fastest of this machine. */
const struct train_kernels *train_kernels_best(void);

/* The sum of a row's lanes, halves first. */
static inline float train_lanes_sum(const float row[TRAIN_LANES])
{
	float half[TRAIN_LANES / 2];

	for (int i = 0; i < 8; i++)
		half[i] = row[i] + row[i + 8];
	for (int n = 4; n > 0; n /= 2)
		for (int i = 0; i < n; i++)
			half[i] += half[i + n];
	return half[0];
}

#endif
