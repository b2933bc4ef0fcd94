/* SPDX-License-Identifier: Apache-2.0 */
/* block.c - see block.h and block-pack.h. */
#include "nn/runtime/cores/block-pack.h"

#include <string.h>

#include "nn/runtime/cores/tail.h"

/* Numbers of a ring of rows: more are not worth it. */
#define ROWS_MAX (INT64_C(1) << 22)

enum {
	LINE_MAX = 8192,  /* inputs of a 1x1 convolution that are taken as one row */
	WHOLE_MAX = 8192, /* numbers of an image that is taken in one go */
};

static const struct nn_tensor *weights_of(const struct nn_model *model, const struct nn_operator *op)
{
	return nn_model_operand(model, op, 1);
}

static int32_t whole_blocks(int32_t channels)
{
	return (channels + NN_BLOCK - 1) / NN_BLOCK;
}

/* A dense layer is a 1x1 convolution of one pixel, and one of an image is the same for all pixels in a row. */
static struct nn_window window_of(const struct nn_model *model, const struct nn_operator *op)
{
	struct nn_window w = nn_operator_window(model, op);

	if (op->code == NN_OPERATOR_CONV_2D && w.kernel_h * w.kernel_w * w.stride_h * w.stride_w == 1 && !w.pad_top &&
	    !w.pad_left && (int64_t)w.in_h * w.in_w * w.in_c <= LINE_MAX && w.out_h == w.in_h && w.out_w == w.in_w) {
		w.in_w *= w.in_h;
		w.out_w = w.in_w;
		w.in_h = w.out_h = 1;
	}
	return w;
}

/* Padding on the right that some window covers, in pixels. */
static int64_t behind_of(const struct nn_window *w)
{
	int64_t covered = (int64_t)(w->out_w - 1) * w->stride_w + (int64_t)(w->kernel_w - 1) * w->dilation_w + 1;
	int64_t padded = (int64_t)w->pad_left + w->in_w;

	return covered > padded ? covered - padded : 0;
}

/* Numbers from row to row of the ring. */
static int64_t pitch_of(const struct nn_window *w, int32_t channels)
{
	int64_t pixels = w->pad_left + w->in_w + behind_of(w);

	return (pixels * channels + 2 * NN_BLOCK_SLACK - 1) / NN_BLOCK_SLACK * NN_BLOCK_SLACK;
}

/* Rows under a window, and under all of them. */
static int32_t rows_under(const struct nn_window *w)
{
	return (w->kernel_h - 1) * w->dilation_h + 1;
}

static int32_t rows_read(const struct nn_window *w)
{
	return (w->out_h - 1) * w->stride_h + rows_under(w);
}

static int32_t row_channels(const struct nn_operator *op, const struct nn_window *w)
{
	return op->code == NN_OPERATOR_DEPTHWISE_CONV_2D ? w->out_c : w->in_c;
}

/* Whether the ring has room for the image, so that nothing is written before all is read. */
static bool is_whole(const struct nn_operator *op, const struct nn_window *w)
{
	return rows_read(w) * pitch_of(w, row_channels(op, w)) <= WHOLE_MAX;
}

static int64_t ring_of(const struct nn_operator *op, const struct nn_window *w)
{
	return (is_whole(op, w) ? rows_read(w) : rows_under(w)) * pitch_of(w, row_channels(op, w));
}

static void find_geometry(const struct nn_operator *op, struct nn_block *l)
{
	const struct nn_window *w = &l->window;
	int32_t channels = row_channels(op, w), side_by_side = w->dilation_w == 1 ? w->kernel_w : 1;

	l->blocks = whole_blocks(w->out_c);
	l->multiplier = op->code == NN_OPERATOR_DEPTHWISE_CONV_2D ? w->out_c / w->in_c : 0;
	l->runs = l->multiplier ? w->kernel_w : w->kernel_w / side_by_side;
	l->run = l->multiplier ? 1 : (side_by_side * w->in_c + 1) / 2 * 2;
	l->block = w->kernel_h * l->runs * l->run * NN_BLOCK;
	l->run_step = w->dilation_w * channels;
	l->pixel_step = w->stride_w * channels;
	l->row = w->in_w * channels;
	l->border = w->pad_left * channels;
	l->behind = (int32_t)behind_of(w) * channels;
	l->pitch = (int32_t)pitch_of(w, channels);
	l->rows_read = rows_read(w);
	l->depth = is_whole(op, w) ? l->rows_read : rows_under(w);
	l->flat = l->depth == l->rows_read && !l->border && !l->behind && l->multiplier <= 1 && !w->pad_top &&
		  l->rows_read <= w->in_h;
	if (l->flat)
		l->pitch = l->row;
}

/* The largest sum of magnitudes of a channel's weights. */
static int64_t heaviest(const struct nn_model *model, const struct nn_operator *op, int32_t channels)
{
	const struct nn_tensor *tensor = weights_of(model, op);
	const int8_t *weights = nn_tensor_data(model, tensor, NULL);
	int64_t most = 0, elements = nn_tensor_elements(tensor);

	for (int32_t o = 0; o < channels; o++) {
		int64_t sum = 0;

		for (int64_t i = o; i < elements; i += channels)
			sum += weights[i] < 0 ? -weights[i] : weights[i];
		most = sum > most ? sum : most;
	}
	return most;
}

/* Limits in the wrong order have a meaning of their own. */
static bool limits_in_order(const struct nn_model *model, const struct nn_operator *op, int32_t channels)
{
	const int8_t *eight = op->inputs > 3 ? nn_input_data(model, op, 3, NULL) : NULL;
	const int16_t *sixteen = (const void *)eight;
	bool wide = nn_operator_output(model, op)->type == NN_TYPE_I16;

	for (int32_t o = 0; eight && o < channels; o++)
		if (wide ? sixteen[o] > sixteen[channels + o] : eight[o] > eight[channels + o])
			return false;
	return true;
}

/* A convolution whose image lies in the ring as it is, so that a window's neighbours are at constant distances. */
static bool may_pool(const struct nn_model *model, const struct nn_operator *op, const struct nn_window *w)
{
	return op->code == NN_OPERATOR_CONV_2D && w->out_h == nn_operator_window(model, op).out_h && is_whole(op, w) &&
	       nn_tail_is_pool(model, op, NN_TAIL_HELD_ALL);
}

uint32_t nn_block_takes(const struct nn_model *model, const struct nn_operator *op)
{
	enum nn_variant variant = nn_operator_variant(model, op);
	struct nn_window w = window_of(model, op);
	uint32_t count;

	if (w.kernel_h > NN_BLOCK_KERNEL_MAX || ring_of(op, &w) > ROWS_MAX)
		return 0;
	if (variant == NN_VARIANT_HYBRID)
		return op->parameters[NN_PARAMETER_HYBRID] == NN_HYBRID_DYNAMIC;
	/* Sums of 16-bit inputs must fit 32 bits */
	if (variant == NN_VARIANT_I16 && heaviest(model, op, w.out_c) > INT32_MAX / -INT16_MIN)
		return 0;
	if (!limits_in_order(model, op, w.out_c))
		return 0;
	if (variant != NN_VARIANT_I8)
		return 1;
	count = nn_tail_count(model, op, is_whole(op, &w) || w.out_h == 1 ? NN_TAIL_HELD_ALL : rows_under(&w));
	return count == 1 && may_pool(model, op, &w) ? 2 : count;
}

/* Packed: struct nn_block, three numbers of 32 bits and two of 16 for each channel, weights, the tail's table. */
enum {
	HEAD = (sizeof(struct nn_block) + NN_FORMAT_ALIGN - 1) / NN_FORMAT_ALIGN * NN_FORMAT_ALIGN,
	CHANNEL = 3 * sizeof(int32_t) + 2 * sizeof(int16_t),
};

static bool has_table(const struct nn_operator *op, uint32_t count)
{
	return count > 1 && !nn_tail_pools(op, count);
}

struct nn_core_need nn_block_need(const struct nn_model *model, const struct nn_operator *op, uint32_t count)
{
	struct nn_block l = {.window = window_of(model, op)};

	find_geometry(op, &l);
	return (struct nn_core_need){
		HEAD + (uint64_t)l.blocks * (NN_BLOCK * CHANNEL + (uint64_t)l.block * sizeof(int16_t)) +
			(has_table(op, count) ? NN_TAIL_ENTRIES * (uint64_t)l.window.out_c : 0),
		(uint64_t)ring_of(op, &l.window) * sizeof(int16_t),
	};
}

static int32_t shift_as(const struct nn_block_form *form, int32_t right)
{
	if (form->shift == NN_BLOCK_FACTOR)
		return (int32_t)(UINT32_C(1) << (32 - right));
	return form->shift == NN_BLOCK_LEFT ? -right : right;
}

/* A multiplier of 0 goes with any shift, and channels that only fill a block have it. */
static bool pack_stage(const struct nn_block *l, const struct nn_block_form *form, int32_t *multipliers,
		       int32_t *shifts)
{
	bool down = true;

	for (int32_t c = 0; c < l->blocks * NN_BLOCK; c++) {
		int32_t i = c * l->stage.step, multiplier = c < l->window.out_c ? l->stage.multipliers[i] : 0;
		int32_t right = multiplier ? -l->stage.shifts[i] : 1;

		multipliers[c] = multiplier;
		shifts[c] = shift_as(form, right > 0 ? right : 1);
		down = down && right > 0;
	}
	return down;
}

static void pack_limits(const struct nn_step *step, const struct nn_block *l, int16_t *low, int16_t *high)
{
	const int8_t *eight = step->op->inputs > 3 ? nn_input_data(step->model, step->op, 3, NULL) : NULL;
	const int16_t *sixteen = (const void *)eight;
	int32_t n = l->window.out_c;

	for (int32_t c = 0; c < l->blocks * NN_BLOCK; c++) {
		bool wide = nn_operator_output(step->model, step->op)->type == NN_TYPE_I16, own = eight && c < n;
		int32_t least = !own ? INT16_MIN : wide ? sixteen[c] : eight[c];
		int32_t most = !own ? INT16_MAX : wide ? sixteen[n + c] : eight[n + c];

		low[c] = (int16_t)nn_limit(l->stage.low, least, most);
		high[c] = (int16_t)nn_limit(l->stage.high, least, most);
		if (l->pooled) {
			low[c] = (int16_t)nn_limit(low[c], step->op[1].low, step->op[1].high);
			high[c] = (int16_t)nn_limit(high[c], step->op[1].low, step->op[1].high);
		}
	}
}

/* Behind each other: taps of a window, inputs of a run. */
static void pack_weights(const struct nn_step *step, const struct nn_block *l, int32_t interleave, int16_t *out)
{
	const struct nn_window *w = &l->window;
	const struct nn_tensor *tensor = weights_of(step->model, step->op);
	const int8_t *weights = nn_tensor_data(step->model, tensor, NULL);
	int32_t zero = nn_tensor_zero_point(step->model, tensor), ahead = l->multiplier ? 1 : interleave;
	int32_t inputs = l->multiplier ? 1 : w->in_c, taps = w->kernel_h * w->kernel_w,
		together = w->kernel_w / l->runs;

	memset(out, 0, (size_t)l->blocks * (size_t)l->block * sizeof(*out));
	for (int32_t t = 0; t < taps; t++)
		for (int32_t i = 0; i < inputs; i++) {
			int32_t at = t / together * l->run + t % together * inputs + i;

			for (int32_t o = 0; o < w->out_c; o++, weights++)
				out[(int64_t)(o / NN_BLOCK) * l->block +
				    (at / ahead * NN_BLOCK + o % NN_BLOCK) * ahead + at % ahead] =
					(int16_t)(*weights - zero);
		}
}

/* The numbers of channels are where those of integer outputs would be. */
static void pack_hybrid(const struct nn_step *step, struct nn_block *l, float *bias, float *scales)
{
	struct nn_weight_scales from = nn_operator_weight_scales(step->model, step->op);
	const float *own = nn_input_data(step->model, step->op, 2, NULL);

	for (int32_t c = 0; c < l->blocks * NN_BLOCK; c++) {
		bias[c] = c < l->window.out_c ? own[c] : 0;
		scales[c] = c < l->window.out_c ? from.scales[c * from.step] : 0;
	}
	l->float_bias = bias;
	l->scales = scales;
	l->range = nn_operator_range(step->op);
	l->dynamic = true;
}

void nn_block_pack(struct nn_step *step, const struct nn_block_form *form)
{
	enum nn_variant variant = nn_operator_variant(step->model, step->op);
	struct nn_block *l = step->packed;
	int32_t *numbers = (int32_t *)(void *)((uint8_t *)step->packed + HEAD), channels, *bias;
	int16_t *low;

	*l = (struct nn_block){.window = window_of(step->model, step->op), .rows = step->scratch};
	find_geometry(step->op, l);
	l->pooled = nn_tail_pools(step->op, step->count);
	memset(l->rows, 0, (size_t)ring_of(step->op, &l->window) * sizeof(*l->rows));
	channels = l->blocks * NN_BLOCK;
	bias = numbers + 2 * channels;
	low = (int16_t *)(void *)(numbers + 3 * channels);
	memset(bias, 0, (size_t)channels * sizeof(*bias));
	if (variant == NN_VARIANT_HYBRID) {
		pack_hybrid(step, l, (float *)(void *)numbers, (float *)(void *)(numbers + channels));
	} else {
		l->in_zero = nn_tensor_zero_point(step->model, nn_model_operand(step->model, step->op, 0));
		l->stage = nn_operator_stage(step->model, step->op);
		l->zero_point = l->stage.zero_point;
		l->single = l->stage.single;
		l->down = pack_stage(l, form, numbers, numbers + channels);
		pack_limits(step, l, low, low + channels);
		if (variant == NN_VARIANT_I16)
			l->wide_bias = nn_input_data(step->model, step->op, 2, NULL);
		else
			memcpy(bias, nn_input_data(step->model, step->op, 2, NULL),
			       (size_t)l->window.out_c * sizeof(*bias));
	}
	l->multipliers = numbers;
	l->shifts = numbers + channels;
	l->bias = bias;
	l->low = low;
	l->high = low + channels;
	pack_weights(step, l, form->interleave, low + 2 * channels);
	l->weights = low + 2 * channels;
	if (has_table(step->op, step->count)) {
		int8_t *table = (int8_t *)(void *)(low + 2 * channels + (int64_t)l->blocks * l->block);

		nn_tail_fill(step->model, step->op, step->count, table);
		l->table = table;
	}
}
