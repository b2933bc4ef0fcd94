/* SPDX-License-Identifier: Apache-2.0 */
/* m4-depthwise.c - every channel by itself: two channels in a word, all pixels of a row for one pair after another. */
#include "nn/runtime/cores/m4-kernels.h"

#if NN_CORE_M4

struct depthwise {
	uint32_t in, out; /* places in the arena */
	int32_t out_h, out_w, channels, stride_words, pair_words;
	int32_t kernel_h, kernel_w, tap_words, tap_row_words;
	struct m4_rows rows;
	struct m4_stage stage;
	const struct m4_scale *scales;
	const int32_t *weights; /* [pairs][2 biases, then a word for each tap] */
	int8_t *table;		/* NULL: nothing behind the layer */
};

uint32_t m4_depthwise_takes(const struct nn_model *model, const struct nn_operator *op)
{
	struct nn_window w = nn_operator_window(model, op);
	struct m4_rows rows;

	if (w.in_c != w.out_c || !m4_takes_weights(model, op))
		return 0;
	rows = m4_rows_of(&w, 0, 1);
	return nn_tail_count(model, op, m4_rows_held(&rows));
}

static uint64_t weights_words(const struct nn_window *w)
{
	return (((uint64_t)w->out_c + 1) / 2) * ((uint64_t)w->kernel_h * (uint64_t)w->kernel_w + 2);
}

struct nn_core_need m4_depthwise_need(const struct nn_model *model, const struct nn_operator *op, uint32_t count)
{
	struct nn_window w = nn_operator_window(model, op);
	struct m4_rows rows = m4_rows_of(&w, 0, 1);

	return (struct nn_core_need){
		.packed_bytes = sizeof(struct depthwise) + sizeof(struct m4_scale) * ((uint64_t)w.out_c + 1) +
				4 * weights_words(&w) +
				(nn_tail_exists(op, count) ? NN_TAIL_ENTRIES * (uint64_t)w.out_c : 0),
		.scratch_bytes = 4 * (uint64_t)rows.count * (uint64_t)rows.row_words,
	};
}

/* Half a pair: its bias, and every other 16-bit number behind the biases. */
static void pack_channel(const struct nn_step *step, const struct nn_window *w, int32_t channel,
			 const struct m4_channel *made, int32_t *pair)
{
	const struct nn_tensor *tensor = nn_model_operand(step->model, step->op, 1);
	const int8_t *weights = nn_tensor_data(step->model, tensor, NULL);
	int32_t weights_zero = nn_tensor_zero_point(step->model, tensor);
	m4_half *halves = (m4_half *)(pair + 2) + channel % 2;

	for (int32_t tap = 0; tap < w->kernel_h * w->kernel_w; tap++)
		halves[2 * tap] = (int16_t)((weights[tap * w->out_c + channel] - weights_zero) * made->factor);
	pair[channel % 2] = made->bias;
}

void m4_depthwise_pack(struct nn_step *step)
{
	const struct nn_model *model = step->model;
	const struct nn_operator *op = step->op;
	struct nn_window w = nn_operator_window(model, op);
	struct depthwise *d = step->packed;
	struct m4_scale *scales = (void *)(d + 1);
	int32_t *weights = (void *)(scales + w.out_c + 1);

	*d = (struct depthwise){
		.in = nn_model_operand(model, op, 0)->location,
		.out = nn_tail_output(model, op, step->count)->location,
		.out_h = w.out_h,
		.out_w = w.out_w,
		.channels = w.out_c,
		.pair_words = w.kernel_h * w.kernel_w + 2,
		.kernel_h = w.kernel_h,
		.kernel_w = w.kernel_w,
		.rows = m4_rows_of(&w, nn_tensor_zero_point(model, nn_model_operand(model, op, 0)), 1),
		.stage = m4_stage_of(model, op, false),
		.scales = scales,
		.weights = weights,
	};
	d->stride_words = w.stride_w * d->rows.pixel_words;
	d->tap_words = w.dilation_w * d->rows.pixel_words;
	d->tap_row_words = w.dilation_h * d->rows.row_words;
	__builtin_memset(weights, 0, 4 * (size_t)weights_words(&w));
	for (int32_t c = 0; c < w.out_c; c++) {
		struct m4_channel made = m4_channel_of(model, op, (uint32_t)c);

		scales[c] = made.scale;
		pack_channel(step, &w, c, &made, weights + c / 2 * d->pair_words);
	}
	if (nn_tail_exists(op, step->count)) {
		d->table = (int8_t *)(weights + weights_words(&w));
		nn_tail_fill(model, op, step->count, d->table);
	}
}

/* Two products of the low halves, and of the high ones. */
static inline void accumulate(int32_t sums[2], int32_t weights, uint32_t x)
{
	__asm__("smlabb %0, %1, %2, %0" : "+r"(sums[0]) : "r"(weights), "r"(x));
	__asm__("smlatt %0, %1, %2, %0" : "+r"(sums[1]) : "r"(weights), "r"(x));
}

static inline void sum_window(const struct depthwise *d, const uint32_t *window, const int32_t *weights,
			      int32_t sums[2])
{
	sums[0] = weights[0];
	sums[1] = weights[1];
	weights += 2;
	for (int32_t ky = 0; ky < d->kernel_h; ky++, window += d->tap_row_words) {
		const uint32_t *x = window;

		if (d->kernel_w == 3) {
			accumulate(sums, weights[0], x[0]);
			accumulate(sums, weights[1], x[d->tap_words]);
			accumulate(sums, weights[2], x[2 * d->tap_words]);
			weights += 3;
			continue;
		}
		for (int32_t kx = 0; kx < d->kernel_w; kx++, x += d->tap_words)
			accumulate(sums, *weights++, *x);
	}
}

static inline int8_t finish(const struct depthwise *d, int32_t channel, int32_t sum)
{
	const struct m4_scale scale = d->scales[channel];
	int32_t y = d->stage.single ? m4_finish(&d->stage, scale, sum, true, !d->table)
				    : m4_finish(&d->stage, scale, sum, false, !d->table);

	return d->table ? d->table[channel * NN_TAIL_ENTRIES + y - INT8_MIN] : (int8_t)y;
}

static void run_row(const struct depthwise *d, const uint32_t *row, int8_t *out)
{
	const int32_t *weights = d->weights;

	for (int32_t c = 0; c < d->channels; c += 2, weights += d->pair_words, row++) {
		const uint32_t *window = row;
		int8_t *to = out + c;

		for (int32_t ox = 0; ox < d->out_w; ox++, window += d->stride_words, to += d->channels) {
			int32_t sums[2];

			sum_window(d, window, weights, sums);
			to[0] = finish(d, c, sums[0]);
			if (c + 1 < d->channels)
				to[1] = finish(d, c + 1, sums[1]);
		}
	}
}

void m4_depthwise_run(const struct nn_step *step, uint8_t *arena)
{
	const struct depthwise *d = step->packed;
	int8_t *out = (int8_t *)arena + d->out;

	for (int32_t oy = 0; oy < d->out_h; oy++, out += d->out_w * d->channels)
		run_row(d, m4_rows_load(&d->rows, (const int8_t *)arena + d->in, oy, step->scratch), out);
}

#endif
