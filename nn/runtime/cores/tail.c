/* SPDX-License-Identifier: Apache-2.0 */
/* tail.c - see tail.h. */
#include "nn/runtime/cores/tail.h"

enum {
	COUNT_MAX = 8,
};

static uint32_t channels_of(const struct nn_tensor *tensor)
{
	return tensor->shape[tensor->dims - 1];
}

/* One number for all, or one for each channel. */
static bool is_by_channel(const struct nn_tensor *tensor, uint32_t channels)
{
	uint32_t n = nn_tensor_elements(tensor);

	return (tensor->flags & NN_TENSOR_CONSTANT) && (n == 1 || (n == channels && channels_of(tensor) == channels));
}

/* Whether an operator makes of each number of its input 0 another one, by its channel alone. */
static bool is_by_number(const struct nn_model *model, const struct nn_operator *op)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0);

	if (nn_operator_variant(model, op) != NN_VARIANT_I8 || !nn_same_shape(in, nn_operator_output(model, op)))
		return false;
	switch (op->code) {
	case NN_OPERATOR_ADD:
	case NN_OPERATOR_SUBTRACT:
	case NN_OPERATOR_MULTIPLY:
		return is_by_channel(nn_model_operand(model, op, 1), channels_of(in));
	case NN_OPERATOR_ACTIVATION:
	case NN_OPERATOR_QUANTIZE:
	case NN_OPERATOR_LEAKY_RELU:
	case NN_OPERATOR_SIGMOID:
	case NN_OPERATOR_TANH:
	case NN_OPERATOR_HARD_SWISH:
		return true;
	default:
		return false;
	}
}

/* Whether what op makes is read by the operator behind it, and by nothing else. */
static bool is_private(const struct nn_model *model, const struct nn_operator *op)
{
	uint16_t made = model->operands[op->operands + op->inputs];
	uint32_t readers = 0;

	for (uint32_t i = 0; i < model->operator_count; i++)
		for (unsigned k = 0; k < model->operators[i].inputs; k++)
			readers += model->operands[model->operators[i].operands + k] == made;
	return readers == 1 && made != model->main->output && model->operands[(op + 1)->operands] == made;
}

/*
 * Whether row `row` of the outputs, `lead` bytes before the input, ends before the first row that its window has not held.
 */
static bool row_may_overlap(const struct nn_window *w, int64_t row, int64_t held, int64_t lead)
{
	int64_t unread = row * w->stride_h - w->pad_top + held;

	return (row + 1) * w->out_w * w->out_c - unread * w->in_w * w->in_c <= lead;
}

/* The lead is worst at the first row, or at the last one behind which something is still to be read. */
static bool held_may_overlap(const struct nn_window *w, int64_t held, int64_t lead)
{
	int64_t last = (w->in_h - held + w->pad_top - 1) / w->stride_h;

	if (w->in_h - held + w->pad_top <= 0)
		return true;
	last = last < w->out_h ? last : w->out_h - 1;
	return row_may_overlap(w, 0, held, lead) && row_may_overlap(w, last, held, lead);
}

/* together: rows of the layer that are made in one. */
static bool may_write(const struct nn_model *model, const struct nn_operator *op, const struct nn_tensor *out,
		      int32_t held, int32_t together)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0);
	struct nn_window window;

	if (held == NN_TAIL_HELD_ALL || out->location + out->bytes <= in->location ||
	    in->location + in->bytes <= out->location)
		return true;
	if (in->location < out->location)
		return false;
	window = nn_operator_window(model, op);
	window.stride_h *= together;
	window.out_h /= together;
	window.out_w /= together;
	return held_may_overlap(&window, held, in->location - out->location);
}

bool nn_tail_is_pool(const struct nn_model *model, const struct nn_operator *op, int32_t held)
{
	const struct nn_operator *pool = op + 1;
	struct nn_window w;

	if (pool == model->operators + model->operator_count || pool->code != NN_OPERATOR_MAX_POOL_2D ||
	    nn_operator_variant(model, pool) != NN_VARIANT_I8 || !is_private(model, op) || pool->low > pool->high)
		return false;
	w = nn_operator_window(model, pool);
	return w.kernel_h == 2 && w.kernel_w == 2 && w.stride_h == 2 && w.stride_w == 2 && !w.pad_top && !w.pad_left &&
	       w.out_h == w.in_h / 2 && w.out_w == w.in_w / 2 &&
	       may_write(model, op, nn_operator_output(model, pool), held, 2);
}

uint32_t nn_tail_count(const struct nn_model *model, const struct nn_operator *op, int32_t held)
{
	const struct nn_operator *end = model->operators + model->operator_count;
	uint32_t best = 1;

	if (channels_of(nn_operator_output(model, op)) != nn_tensor_elements(nn_model_operand(model, op, 2)))
		return 1;

	for (uint32_t n = 1; n < COUNT_MAX && op + n < end; n++) {
		if (!is_private(model, op + n - 1) || !is_by_number(model, op + n))
			break;
		if (may_write(model, op, nn_operator_output(model, op + n), held, 1))
			best = n + 1;
	}
	return best;
}

static struct nn_row constant_of(const struct nn_model *model, const struct nn_operator *op, uint32_t channel)
{
	const struct nn_tensor *tensor = nn_model_operand(model, op, 1);
	const int8_t *values = nn_tensor_data(model, tensor, NULL);

	return (struct nn_row){values + (nn_tensor_elements(tensor) > 1 ? channel : 0), 0,
			       nn_tensor_zero_point(model, tensor)};
}

static void apply(const struct nn_model *model, const struct nn_operator *op, uint32_t channel,
		  int8_t values[NN_TAIL_ENTRIES])
{
	struct nn_row in = {values, 1, nn_tensor_zero_point(model, nn_model_operand(model, op, 0))};
	struct nn_output_stage stage;

	switch (op->code) {
	case NN_OPERATOR_ADD:
	case NN_OPERATOR_SUBTRACT:
		stage = nn_operator_stage(model, op);
		nn_add_i8(NN_TAIL_ENTRIES, in, constant_of(model, op, channel), &stage,
			  op->code == NN_OPERATOR_SUBTRACT, values);
		break;
	case NN_OPERATOR_MULTIPLY:
		stage = nn_operator_stage(model, op);
		nn_multiply_i8(NN_TAIL_ENTRIES, in, constant_of(model, op, channel), &stage, values);
		break;
	case NN_OPERATOR_ACTIVATION:
	case NN_OPERATOR_QUANTIZE:
		stage = nn_operator_stage(model, op);
		nn_requantise_i8(NN_TAIL_ENTRIES, values, in.zero_point, &stage, values);
		break;
	default:
		nn_lookup_i8(NN_TAIL_ENTRIES, values, nn_input_data(model, op, 1, NULL), values);
		break;
	}
}

void nn_tail_fill(const struct nn_model *model, const struct nn_operator *op, uint32_t count, int8_t *table)
{
	uint32_t channels = nn_tensor_elements(nn_model_operand(model, op, 2));

	for (uint32_t c = 0; c < channels; c++, table += NN_TAIL_ENTRIES) {
		for (int32_t x = 0; x < NN_TAIL_ENTRIES; x++)
			table[x] = (int8_t)nn_limit(x + INT8_MIN, op->low, op->high);
		if (op->inputs > 3) {
			const int8_t *limits = nn_input_data(model, op, 3, NULL);

			for (int32_t x = 0; x < NN_TAIL_ENTRIES; x++)
				table[x] = (int8_t)nn_limit(table[x], limits[c], limits[channels + c]);
		}
		for (uint32_t n = 1; n < count; n++)
			apply(model, op + n, c, table);
	}
}
