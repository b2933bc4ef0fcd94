/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernels-template.h - the kernels of training, once for each instruction set. Included by kernels.c with
 *
 *   KERNEL(name)  the function's name        WIDTH  floats of a vector
 *   TARGET        its target attribute       BLOCK  outputs worked on together, as registers allow
 */
typedef float KERNEL(vector) __attribute__((vector_size(4 * WIDTH), may_alias));
/* Where rows of weights begin at any float. */
typedef float KERNEL(loose) __attribute__((vector_size(4 * WIDTH), aligned(4), may_alias));

#define VECTOR	      KERNEL(vector)
#define LOOSE	      KERNEL(loose)
#define PARTS	      (TRAIN_LANES / WIDTH)
#define ROW(x, i)     ((const VECTOR *)(const void *)((x) + (size_t)(i)*TRAIN_LANES))
#define OWN_ROW(x, i) ((VECTOR *)(void *)((x) + (size_t)(i)*TRAIN_LANES))
/* Loops over a block of constant size become registers. */
#define EACH(j, n) for (int j = 0; j < (n); j++)

#define FORWARD_BLOCK(count)                                                                                           \
	do {                                                                                                           \
		VECTOR sum[count][PARTS];                                                                              \
                                                                                                                       \
		EACH(j, count) EACH(p, PARTS) sum[j][p] = ROW(y, out + j)[p];                                          \
		for (int32_t r = 0; r < runs->runs; r++) {                                                             \
			const float *row = x + (size_t)r * (size_t)runs->x_step * TRAIN_LANES;                         \
			const float *weights = w + (size_t)r * (size_t)runs->w_step + out;                             \
                                                                                                                       \
			for (int32_t i = 0; i < runs->n; i++, row += TRAIN_LANES, weights += runs->outputs)            \
				EACH(j, count) EACH(p, PARTS) sum[j][p] += ROW(row, 0)[p] * weights[j];                \
		}                                                                                                      \
		EACH(j, count) EACH(p, PARTS) OWN_ROW(y, out + j)[p] = sum[j][p];                                      \
	} while (0)

TARGET static void KERNEL(forward)(const struct train_runs *runs, const float *x, const float *w, float *y)
{
	int32_t out = 0;

	for (; out + BLOCK <= runs->outputs; out += BLOCK)
		FORWARD_BLOCK(BLOCK);
	for (; out < runs->outputs; out++)
		FORWARD_BLOCK(1);
}

#define BACKWARD_BLOCK(count)                                                                                          \
	do {                                                                                                           \
		VECTOR sum[count][PARTS];                                                                              \
                                                                                                                       \
		EACH(k, count) EACH(p, PARTS) sum[k][p] = ROW(row, i + k)[p];                                          \
		for (int32_t j = 0; j < outputs; j++)                                                                  \
			EACH(k, count)                                                                                 \
		EACH(p, PARTS) sum[k][p] += ROW(dy, j)[p] * weights[(size_t)(i + k) * (size_t)outputs + (size_t)j];    \
		EACH(k, count) EACH(p, PARTS) OWN_ROW(row, i + k)[p] = sum[k][p];                                      \
	} while (0)

TARGET static void KERNEL(backward)(const struct train_runs *runs, const float *dy, const float *w, float *dx)
{
	int32_t outputs = runs->outputs;

	for (int32_t r = 0; r < runs->runs; r++) {
		float *row = dx + (size_t)r * (size_t)runs->x_step * TRAIN_LANES;
		const float *weights = w + (size_t)r * (size_t)runs->w_step;
		int32_t i = 0;

		for (; i + BLOCK <= runs->n; i += BLOCK)
			BACKWARD_BLOCK(BLOCK);
		for (; i < runs->n; i++)
			BACKWARD_BLOCK(1);
	}
}

#define SLOPES_BLOCK(count)                                                                                            \
	do {                                                                                                           \
		VECTOR sum[count][PARTS];                                                                              \
                                                                                                                       \
		EACH(j, count) EACH(p, PARTS) sum[j][p] = (VECTOR){0};                                                 \
		for (int32_t r = 0; r < at->rows; r++)                                                                 \
			for (int32_t c = 0; c < at->cols; c++) {                                                       \
				const float *from = x + ((ptrdiff_t)r * at->x_row + c * at->x_col) * TRAIN_LANES;      \
				const float *slope =                                                                   \
					dy + ((ptrdiff_t)r * at->dy_row + c * at->dy_col + out) * TRAIN_LANES;         \
                                                                                                                       \
				EACH(j, count) EACH(p, PARTS) sum[j][p] += ROW(from, 0)[p] * ROW(slope, j)[p];         \
			}                                                                                              \
		EACH(j, count) dw[out + j] += train_lanes_sum((const float *)&sum[j]);                                 \
	} while (0)

TARGET static void KERNEL(slopes)(const struct train_positions *at, const float *x, const float *dy, int32_t outputs,
				  float *dw)
{
	int32_t out = 0;

	for (; out + BLOCK <= outputs; out += BLOCK)
		SLOPES_BLOCK(BLOCK);
	for (; out < outputs; out++)
		SLOPES_BLOCK(1);
}

#define OUTER_BLOCK(count)                                                                                             \
	do {                                                                                                           \
		LOOSE sum[count];                                                                                      \
                                                                                                                       \
		EACH(k, count) sum[k] = *(const LOOSE *)(const void *)(dw + (size_t)(i + k) * (size_t)outputs + j);    \
		EACH(lane, TRAIN_LANES)                                                                                \
		{                                                                                                      \
			LOOSE slope = *(const LOOSE *)(const void *)(dy + lane * outputs + j);                         \
                                                                                                                       \
			EACH(k, count) sum[k] += slope * x[(size_t)(i + k) * TRAIN_LANES + (size_t)lane];              \
		}                                                                                                      \
		EACH(k, count) * (LOOSE *)(void *)(dw + (size_t)(i + k) * (size_t)outputs + j) = sum[k];               \
	} while (0)

TARGET static void KERNEL(outer)(int32_t inputs, int32_t outputs, const float *x, const float *dy, float *dw)
{
	int32_t j = 0;

	for (; j + WIDTH <= outputs; j += WIDTH) {
		int32_t i = 0;

		for (; i + 8 <= inputs; i += 8)
			OUTER_BLOCK(8);
		for (; i < inputs; i++)
			OUTER_BLOCK(1);
	}
	for (; j < outputs; j++)
		for (int32_t i = 0; i < inputs; i++) {
			float sum = dw[(size_t)i * (size_t)outputs + (size_t)j];

			EACH(lane, TRAIN_LANES)
			sum += x[(size_t)i * TRAIN_LANES + (size_t)lane] * dy[lane * outputs + j];
			dw[(size_t)i * (size_t)outputs + (size_t)j] = sum;
		}
}

TARGET static void KERNEL(clamp)(size_t n, float low, float high, float *y)
{
	for (size_t i = 0; i < n; i++) {
		y[i] = y[i] < low ? low : y[i];
		y[i] = y[i] > high ? high : y[i];
	}
}

TARGET static void KERNEL(mask)(size_t n, float low, float high, const float *restrict y, float *restrict dy)
{
	for (size_t i = 0; i < n; i++)
		dy[i] = (y[i] > low) & (y[i] < high) ? dy[i] : 0;
}

TARGET static void KERNEL(maximum)(size_t n, const float *restrict x, float *restrict y)
{
	for (size_t i = 0; i < n; i++)
		y[i] = x[i] > y[i] ? x[i] : y[i];
}

TARGET static void KERNEL(winner)(size_t n, const float *restrict x, const float *restrict y, const float *restrict dy,
				  float *restrict open, float *restrict dx)
{
	for (size_t i = 0; i < n; i++) {
		float won = x[i] == y[i] ? open[i] : 0;

		dx[i] += won * dy[i];
		open[i] -= won;
	}
}

static const struct train_kernels KERNEL(table) = {
	.name = NAME,
	.forward = KERNEL(forward),
	.backward = KERNEL(backward),
	.slopes = KERNEL(slopes),
	.outer = KERNEL(outer),
	.clamp = KERNEL(clamp),
	.mask = KERNEL(mask),
	.maximum = KERNEL(maximum),
	.winner = KERNEL(winner),
};

#undef VECTOR
#undef LOOSE
#undef PARTS
#undef ROW
#undef OWN_ROW
#undef EACH
#undef FORWARD_BLOCK
#undef BACKWARD_BLOCK
#undef SLOPES_BLOCK
#undef OUTER_BLOCK
#undef KERNEL
#undef TARGET
#undef WIDTH
#undef BLOCK
#undef NAME
