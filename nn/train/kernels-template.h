/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernels-template.h - the kernels of training, once for each instruction set. Included by kernels.c with
 *
 *   KERNEL(name)  the function's name        WIDTH  floats of a vector, 4 or 8
 *   TARGET        its target attribute       NAME   as text
 */
typedef float KERNEL(vector) __attribute__((vector_size(4 * WIDTH), may_alias));
/* Where rows of weights begin at any float. */
typedef float KERNEL(loose) __attribute__((vector_size(4 * WIDTH), aligned(4), may_alias));

typedef int32_t KERNEL(bits) __attribute__((vector_size(4 * WIDTH), may_alias));

#define VECTOR	      KERNEL(vector)
#define BITS	      KERNEL(bits)
#define LOOSE	      KERNEL(loose)
#define PARTS	      (TRAIN_LANES / WIDTH)
#define ROW(x, i)     ((const VECTOR *)(const void *)((x) + (size_t)(i)*TRAIN_LANES))
#define OWN_ROW(x, i) ((VECTOR *)(void *)((x) + (size_t)(i)*TRAIN_LANES))
/*
 * A block of sums is 8 vectors by name (so that they become registers): vector k is part k % PARTS of the lanes of
 * output k / PARTS; a single output is the first PARTS of them.
 */
#define EIGHT(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)
#if WIDTH == 8
#define SINGLE(X) X(0) X(1)
#else
#define SINGLE(X) X(0) X(1) X(2) X(3)
#endif
#define BLOCK (8 / PARTS)

#define FORWARD_BEGIN(k) VECTOR sum##k = ROW(y, out + k / PARTS)[k % PARTS];
#define FORWARD_ADD(k)	 sum##k += ROW(row, 0)[k % PARTS] * weights[k / PARTS];
#define FORWARD_END(k)	 OWN_ROW(y, out + k / PARTS)[k % PARTS] = sum##k;
#define FORWARD_BLOCK(all)                                                                                             \
	do {                                                                                                           \
		all(FORWARD_BEGIN);                                                                                    \
		for (int32_t r = 0; r < runs->runs; r++) {                                                             \
			const float *row = x + (size_t)r * (size_t)runs->x_step * TRAIN_LANES;                         \
			const float *weights = w + (size_t)r * (size_t)runs->w_step + out;                             \
                                                                                                                       \
			for (int32_t i = 0; i < runs->n; i++, row += TRAIN_LANES, weights += outputs) {                \
				all(FORWARD_ADD);                                                                      \
			}                                                                                              \
		}                                                                                                      \
		all(FORWARD_END);                                                                                      \
	} while (0)

TARGET static void KERNEL(forward)(const struct train_runs *runs, const float *x, const float *w, float *y)
{
	size_t outputs = (size_t)runs->outputs;
	int32_t out = 0;

	for (; out + BLOCK <= runs->outputs; out += BLOCK)
		FORWARD_BLOCK(EIGHT);
	for (; out < runs->outputs; out++)
		FORWARD_BLOCK(SINGLE);
}

#define BACKWARD_BEGIN(k) VECTOR sum##k = ROW(row, i + k / PARTS)[k % PARTS];
#define BACKWARD_ADD(k)	  sum##k += ROW(dy, j)[k % PARTS] * from[(size_t)(k / PARTS) * outputs + j];
#define BACKWARD_END(k)	  OWN_ROW(row, i + k / PARTS)[k % PARTS] = sum##k;
#define BACKWARD_BLOCK(all)                                                                                            \
	do {                                                                                                           \
		const float *from = weights + (size_t)i * outputs;                                                     \
                                                                                                                       \
		all(BACKWARD_BEGIN);                                                                                   \
		for (size_t j = 0; j < outputs; j++) {                                                                 \
			all(BACKWARD_ADD);                                                                             \
		}                                                                                                      \
		all(BACKWARD_END);                                                                                     \
	} while (0)

TARGET static void KERNEL(backward)(const struct train_runs *runs, const float *dy, const float *w, float *dx)
{
	size_t outputs = (size_t)runs->outputs;

	for (int32_t r = 0; r < runs->runs; r++) {
		float *row = dx + (size_t)r * (size_t)runs->x_step * TRAIN_LANES;
		const float *weights = w + (size_t)r * (size_t)runs->w_step;
		int32_t i = 0;

		for (; i + BLOCK <= runs->n; i += BLOCK)
			BACKWARD_BLOCK(EIGHT);
		for (; i < runs->n; i++)
			BACKWARD_BLOCK(SINGLE);
	}
}

#define SLOPES_BEGIN(k) VECTOR sum##k = {0};
#define SLOPES_ADD(k)	sum##k += ROW(from, 0)[k % PARTS] * ROW(slope, k / PARTS)[k % PARTS];
#define SLOPES_END(k)	sums[k] = sum##k;
#define SLOPES_BLOCK(all, count)                                                                                       \
	do {                                                                                                           \
		VECTOR sums[8];                                                                                        \
                                                                                                                       \
		all(SLOPES_BEGIN);                                                                                     \
		for (int32_t r = 0; r < at->rows; r++) {                                                               \
			const float *from = x + (ptrdiff_t)r * at->x_row * TRAIN_LANES;                                \
			const float *slope = dy + ((ptrdiff_t)r * at->dy_row + out) * TRAIN_LANES;                     \
                                                                                                                       \
			for (int32_t c = 0; c < at->cols; c++, from += x_step, slope += dy_step) {                     \
				all(SLOPES_ADD);                                                                       \
			}                                                                                              \
		}                                                                                                      \
		all(SLOPES_END);                                                                                       \
		for (int j = 0; j < count; j++)                                                                        \
			dw[out + j] += train_lanes_sum((const float *)(const void *)sums + j * TRAIN_LANES);           \
	} while (0)

TARGET static void KERNEL(slopes)(const struct train_positions *at, const float *x, const float *dy, int32_t outputs,
				  float *dw)
{
	ptrdiff_t x_step = (ptrdiff_t)at->x_col * TRAIN_LANES, dy_step = (ptrdiff_t)at->dy_col * TRAIN_LANES;
	int32_t out = 0;

	for (; out + BLOCK <= outputs; out += BLOCK)
		SLOPES_BLOCK(EIGHT, BLOCK);
	for (; out < outputs; out++)
		SLOPES_BLOCK(SINGLE, 1);
}

#define OUTER_BEGIN(k) LOOSE sum##k = *(const LOOSE *)(const void *)(to + k * outputs);
#define OUTER_ADD(k)   sum##k += slope * from[k * TRAIN_LANES];
#define OUTER_END(k)   *(LOOSE *)(void *)(to + k * outputs) = sum##k;
#define ONE(X)	       X(0)
#define OUTER_BLOCK(all)                                                                                               \
	do {                                                                                                           \
		const float *from = x + i * TRAIN_LANES, *by_lane = dy + j;                                            \
		float *to = dw + i * outputs + j;                                                                      \
                                                                                                                       \
		all(OUTER_BEGIN);                                                                                      \
		for (int lane = 0; lane < TRAIN_LANES; lane++, from++, by_lane += outputs) {                           \
			LOOSE slope = *(const LOOSE *)(const void *)by_lane;                                           \
                                                                                                                       \
			all(OUTER_ADD);                                                                                \
		}                                                                                                      \
		all(OUTER_END);                                                                                        \
	} while (0)

TARGET static void KERNEL(outer)(int32_t inputs_n, int32_t outputs_n, const float *x, const float *dy, float *dw)
{
	size_t inputs = (size_t)inputs_n, outputs = (size_t)outputs_n, j = 0;

	for (; j + WIDTH <= outputs; j += WIDTH) {
		size_t i = 0;

		for (; i + 8 <= inputs; i += 8)
			OUTER_BLOCK(EIGHT);
		for (; i < inputs; i++)
			OUTER_BLOCK(ONE);
	}
	for (; j < outputs; j++)
		for (size_t i = 0; i < inputs; i++)
			for (size_t lane = 0; lane < TRAIN_LANES; lane++)
				dw[i * outputs + j] += x[i * TRAIN_LANES + lane] * dy[lane * outputs + j];
}

/* a where the mask's bits are set, else b. */
#define CHOOSE(mask, a, b) ((VECTOR)(((mask) & (BITS)(a)) | (~(mask) & (BITS)(b))))
#define ALL(value)	   ((VECTOR){0} + (value))
/* n is a multiple of TRAIN_LANES everywhere. */
#define AT(x, i)     (((const VECTOR *)(const void *)(x))[i])
#define OWN_AT(x, i) (((VECTOR *)(void *)(x))[i])

TARGET static void KERNEL(fill)(size_t n, const float *values, float *y)
{
	for (size_t i = 0; i < n; i++)
		for (size_t part = 0; part < PARTS; part++)
			OWN_AT(y, i * PARTS + part) = ALL(values[i]);
}

TARGET static void KERNEL(clamp)(size_t n, float low, float high, float *y)
{
	const VECTOR lows = ALL(low), highs = ALL(high);

	for (size_t i = 0; i < n / WIDTH; i++) {
		VECTOR value = CHOOSE(AT(y, i) < lows, lows, AT(y, i));

		OWN_AT(y, i) = CHOOSE(value > highs, highs, value);
	}
}

TARGET static void KERNEL(mask)(size_t n, float low, float high, const float *y, float *dy)
{
	const VECTOR lows = ALL(low), highs = ALL(high);

	for (size_t i = 0; i < n / WIDTH; i++)
		OWN_AT(dy, i) = (VECTOR)((BITS)AT(dy, i) & (AT(y, i) > lows) & (AT(y, i) < highs));
}

TARGET static void KERNEL(maximum)(size_t n, const float *x, float *y)
{
	for (size_t i = 0; i < n / WIDTH; i++)
		OWN_AT(y, i) = CHOOSE(AT(x, i) > AT(y, i), AT(x, i), AT(y, i));
}

TARGET static void KERNEL(winner)(size_t n, const float *x, const float *y, const float *dy, float *open, float *dx)
{
	for (size_t i = 0; i < n / WIDTH; i++) {
		VECTOR won = (VECTOR)((BITS)AT(open, i) & (AT(x, i) == AT(y, i)));

		OWN_AT(dx, i) += won * AT(dy, i);
		OWN_AT(open, i) -= won;
	}
}

TARGET static void KERNEL(punch)(size_t n, uint32_t limit, float factor, uint32_t state[TRAIN_LANES], const float *from,
				 float *to, bool add)
{
	typedef uint32_t words __attribute__((vector_size(4 * WIDTH), may_alias));
	const BITS kept = (BITS){0} + (int32_t)limit - 1;

	for (size_t part = 0; part < PARTS; part++) {
		words drawn = *(const words *)(const void *)(state + part * WIDTH);

		for (size_t i = part; i < n / WIDTH; i += PARTS) {
			VECTOR value;

			drawn ^= drawn << 13;
			drawn ^= drawn >> 17;
			drawn ^= drawn << 5;
			value = (VECTOR)((BITS)(AT(from, i) * factor) & ((BITS)(drawn >> 8) > kept));
			if (add)
				value += AT(to, i);
			OWN_AT(to, i) = value;
		}
	}
}

static const struct train_kernels KERNEL(table) = {
	.name = NAME,
	.forward = KERNEL(forward),
	.backward = KERNEL(backward),
	.slopes = KERNEL(slopes),
	.outer = KERNEL(outer),
	.fill = KERNEL(fill),
	.clamp = KERNEL(clamp),
	.mask = KERNEL(mask),
	.maximum = KERNEL(maximum),
	.winner = KERNEL(winner),
	.punch = KERNEL(punch),
};

#undef VECTOR
#undef BITS
#undef CHOOSE
#undef ALL
#undef AT
#undef OWN_AT
#undef LOOSE
#undef PARTS
#undef ROW
#undef OWN_ROW
#undef EIGHT
#undef SINGLE
#undef ONE
#undef BLOCK
#undef FORWARD_BEGIN
#undef FORWARD_ADD
#undef FORWARD_END
#undef FORWARD_BLOCK
#undef BACKWARD_BEGIN
#undef BACKWARD_ADD
#undef BACKWARD_END
#undef BACKWARD_BLOCK
#undef SLOPES_BEGIN
#undef SLOPES_ADD
#undef SLOPES_END
#undef SLOPES_BLOCK
#undef OUTER_BEGIN
#undef OUTER_ADD
#undef OUTER_END
#undef OUTER_BLOCK
#undef KERNEL
#undef TARGET
#undef WIDTH
#undef NAME
