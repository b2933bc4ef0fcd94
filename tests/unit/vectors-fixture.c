/* SPDX-License-Identifier: Apache-2.0 */
/* vectors-fixture.c - see vectors-fixture.h. */
#include "tests/unit/vectors-fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/nn-fixture.h"

enum {
	GUARD = 64,
	RUBBISH = 0xa5,
	ROOM = 1 << 17, /* bytes of constants, of the arena, of quantisation */
};

static int32_t number(uint64_t *state, int32_t low, int32_t high)
{
	double x = ((double)fixture_random(state) + 1) / 2;
	int64_t n = low + (int64_t)(x * ((double)high - low + 1));

	return n > high ? high : (int32_t)n;
}

/* The ends of the range more often than chance has it. */
static int32_t extreme(uint64_t *state, int32_t low, int32_t high)
{
	int32_t which = number(state, 0, 9);

	return which == 0 ? low : which == 1 ? high : number(state, low, high);
}

void *core_memory(uint64_t bytes)
{
	size_t size = (size_t)(bytes + NN_FORMAT_ALIGN - 1) / NN_FORMAT_ALIGN * NN_FORMAT_ALIGN + GUARD;
	void *memory = aligned_alloc(NN_FORMAT_ALIGN, size);

	assert_non_null(memory);
	memset(memory, RUBBISH, size);
	return memory;
}

void core_check_memory(const void *memory, uint64_t bytes)
{
	const uint8_t *behind = (const uint8_t *)memory + bytes;

	for (int i = 0; i < GUARD; i++)
		if (behind[i] != RUBBISH)
			fail_msg("written %d bytes behind %llu", i, (unsigned long long)bytes);
}

/* --- an operator's tensors ------------------------------------------------------------------------------------- */

struct builder {
	struct core_case *c;
	uint64_t *state;
	uint32_t data_bytes, quantisation_bytes, arena_bytes;
	unsigned tensors;
};

static uint32_t size_of(uint8_t type)
{
	return type == NN_TYPE_I8 ? 1 : type == NN_TYPE_I16 ? 2 : type == NN_TYPE_I64 ? 8 : 4;
}

static struct nn_tensor *add_tensor(struct builder *b, uint8_t type, bool constant, unsigned dims, const int32_t *shape)
{
	struct nn_tensor *tensor = &b->c->tensors[b->tensors];
	uint32_t *used = constant ? &b->data_bytes : &b->arena_bytes;

	b->c->operands[b->tensors] = (uint16_t)b->tensors;
	b->tensors++;
	*tensor = (struct nn_tensor){.type = type, .flags = constant ? NN_TENSOR_CONSTANT : 0, .dims = (uint8_t)dims};
	for (unsigned d = 0; d < 4; d++)
		tensor->shape[d] = d < dims ? (uint32_t)shape[d] : 1;
	tensor->bytes = nn_tensor_elements(tensor) * size_of(type);
	/* Neighbours of a tensor are another's bytes, and odd places are the rule. */
	tensor->location = (*used + size_of(type) - 1) / size_of(type) * size_of(type);
	*used = tensor->location + tensor->bytes;
	assert_true(*used < ROOM);
	return tensor;
}

static void add_scale(struct builder *b, struct nn_tensor *tensor, float scale, int32_t zero_point)
{
	tensor->scales = b->quantisation_bytes;
	tensor->scale_count = 1;
	memcpy(b->c->quantisation + b->quantisation_bytes, &scale, sizeof(scale));
	memcpy(b->c->quantisation + b->quantisation_bytes + 4, &zero_point, sizeof(zero_point));
	b->quantisation_bytes += 8;
}

static void fill_eight(struct builder *b, const struct nn_tensor *tensor)
{
	int8_t *values = (int8_t *)b->c->data + tensor->location;
	int32_t low = number(b->state, 0, 4) ? -128 : number(b->state, 0, 1) ? -3 : -128;
	int32_t high = low == -3 ? 3 : number(b->state, 0, 9) ? 127 : -120;

	for (uint32_t i = 0; i < tensor->bytes; i++)
		values[i] = (int8_t)extreme(b->state, low, high);
}

/* Multipliers and shifts for n channels, or one; sums lose about `down` bits. */
static void add_multipliers(struct builder *b, uint32_t n, int32_t down, int32_t shift_max)
{
	struct nn_operator *op = &b->c->operator;
	int32_t *numbers = (int32_t *)(void *)(b->c->quantisation + b->quantisation_bytes);
	int32_t spread = number(b->state, 0, 3) ? 4 : 12;

	op->multipliers = b->quantisation_bytes;
	op->multiplier_count = n;
	for (uint32_t i = 0; i < n; i++) {
		int32_t shift = number(b->state, -down - spread, -down + spread);

		numbers[i] = number(b->state, 0, 19) ? extreme(b->state, 1 << 30, INT32_MAX) : 0;
		numbers[n + i] = !numbers[i] ? 0 : shift < -31 ? -31 : shift > shift_max ? shift_max : shift;
	}
	b->quantisation_bytes += 8 * n;
}

static void add_activation(struct builder *b, enum nn_variant variant, int32_t zero_point)
{
	struct nn_operator *op = &b->c->operator;
	bool wide = variant == NN_VARIANT_I16;

	op->activation = op->inputs > 3 ? NN_ACTIVATION_NONE : (uint8_t)number(b->state, 0, 2);
	op->rounding = (uint8_t)number(b->state, NN_ROUNDING_SINGLE, NN_ROUNDING_DOUBLE);
	op->low = wide ? INT16_MIN : INT8_MIN;
	op->high = wide ? INT16_MAX : INT8_MAX;
	if (op->activation)
		op->low = (int16_t)zero_point;
	if (op->activation == NN_ACTIVATION_RELU6)
		op->high = (int16_t)(wide ? 20000 : zero_point < 67 ? zero_point + 60 : 127);
}

static void add_bias(struct builder *b, enum nn_variant variant, int32_t channels)
{
	uint8_t type = variant == NN_VARIANT_I8 ? NN_TYPE_I32 : variant == NN_VARIANT_I16 ? NN_TYPE_I64 : NN_TYPE_F32;
	struct nn_tensor *bias = add_tensor(b, type, true, 1, &channels);
	uint8_t *values = b->c->data + bias->location;

	for (int32_t i = 0; i < channels; i++) {
		int32_t whole = number(b->state, -300000, 300000);
		int64_t wide = whole * INT64_C(70000);
		float real = fixture_random(b->state) * 30;

		memcpy(values + (uint32_t)i * size_of(type),
		       type == NN_TYPE_I32   ? (void *)&whole
		       : type == NN_TYPE_I64 ? (void *)&wide
					     : (void *)&real,
		       size_of(type));
	}
}

static void add_limits(struct builder *b, uint8_t type, int32_t channels)
{
	struct nn_tensor *limits = add_tensor(b, type, true, 2, (const int32_t[]){2, channels});
	uint8_t *values = b->c->data + limits->location;

	for (int32_t i = 0; i < 2 * channels; i++) {
		int32_t whole = i < channels ? number(b->state, -128, 20) : number(b->state, 20, 127);
		int16_t wide = (int16_t)(whole * 200);
		float real = (float)whole;

		if (type == NN_TYPE_I8)
			values[i] = (uint8_t)whole;
		else
			memcpy(values + (uint32_t)i * size_of(type),
			       type == NN_TYPE_I16 ? (void *)&wide : (void *)&real, size_of(type));
	}
}

/* --- layers with weights --------------------------------------------------------------------------------------- */

/* The input's padding at both ends of one direction, and how many outputs there are. */
static int32_t random_direction(struct builder *b, int32_t in, int32_t kernel, unsigned first)
{
	int32_t *p = b->c->operator.parameters;
	bool holes = b->c->operator.code != NN_OPERATOR_MAX_POOL_2D && !number(b->state, 0, 2);
	int32_t stride = number(b->state, 1, 3), dilation = holes ? number(b->state, 2, 3) : 1;
	int32_t extent = (kernel - 1) * dilation + 1;
	int32_t before = number(b->state, 0, extent - 1), after = number(b->state, 0, extent - 1);

	if (in + before + after < extent)
		before = after = extent - 1;
	p[NN_PARAMETER_STRIDE_H + first] = stride;
	p[NN_PARAMETER_DILATION_H + first] = dilation;
	p[NN_PARAMETER_PAD_TOP + first] = before;
	p[NN_PARAMETER_PAD_BOTTOM + first] = after;
	return (in + before + after - extent) / stride + 1;
}

static void add_window_layer(struct builder *b, uint8_t type, bool depthwise, int32_t out[4])
{
	int32_t h = number(b->state, 1, 7), w = number(b->state, 1, 12), in_c = number(b->state, 1, 12);
	int32_t kernel_h = number(b->state, 1, 4), kernel_w = number(b->state, 1, 4);
	int32_t last = depthwise ? number(b->state, 0, 1) ? 1 : number(b->state, 2, 4) : number(b->state, 1, 40);

	out[0] = 1;
	out[1] = random_direction(b, h, kernel_h, 0);
	out[2] = random_direction(b, w, kernel_w, 1);
	out[3] = depthwise ? in_c * last : last;
	add_tensor(b, type, false, 4, (const int32_t[]){1, h, w, in_c});
	add_tensor(b, NN_TYPE_I8, true, 4, (const int32_t[]){kernel_h, kernel_w, in_c, last});
}

static void add_dense_layer(struct builder *b, uint8_t type, int32_t out[4])
{
	int32_t inputs = number(b->state, 0, 9) ? number(b->state, 1, 90) : number(b->state, 300, 900);

	out[0] = out[1] = out[2] = 1;
	out[3] = number(b->state, 1, 60);
	add_tensor(b, type, false, 2, (const int32_t[]){1, inputs});
	add_tensor(b, NN_TYPE_I8, true, 2, (const int32_t[]){inputs, out[3]});
}

static void add_quantisation(struct builder *b, enum nn_variant variant, int32_t channels)
{
	struct nn_tensor *in = &b->c->tensors[0], *weights = &b->c->tensors[1], *out = &b->c->tensors[b->tensors - 1];
	bool eight = variant == NN_VARIANT_I8;
	int32_t zero = eight ? extreme(b->state, -128, 127) : 0;

	add_scale(b, weights, 0.03f, eight && number(b->state, 0, 1) ? extreme(b->state, -128, 127) : 0);
	if (variant == NN_VARIANT_HYBRID) {
		b->c->operator.parameters[NN_PARAMETER_HYBRID] = NN_HYBRID_DYNAMIC;
		return;
	}
	add_scale(b, in, 0.1f, eight ? extreme(b->state, -128, 127) : 0);
	add_scale(b, out, 0.2f, zero);
	add_multipliers(b, number(b->state, 0, 1) ? 1 : (uint32_t)channels, eight ? 8 : 10, 14);
	add_activation(b, variant, zero);
}

static void add_pool(struct builder *b, enum nn_variant variant)
{
	uint8_t type = variant == NN_VARIANT_I8 ? NN_TYPE_I8 : NN_TYPE_I16;
	int32_t h = number(b->state, 1, 7), w = number(b->state, 1, 12), channels = number(b->state, 1, 50), out[4];
	int32_t zero = variant == NN_VARIANT_I8 ? extreme(b->state, -128, 127) : 0;
	int32_t *p = b->c->operator.parameters;

	p[NN_PARAMETER_KERNEL_H] = number(b->state, 1, 4);
	p[NN_PARAMETER_KERNEL_W] = number(b->state, 1, 4);
	out[0] = 1;
	out[1] = random_direction(b, h, p[NN_PARAMETER_KERNEL_H], 0);
	out[2] = random_direction(b, w, p[NN_PARAMETER_KERNEL_W], 1);
	out[3] = channels;
	b->c->operator.inputs = 1;
	b->c->out = 1;
	for (int i = 0; i < 2; i++)
		add_scale(b, add_tensor(b, type, false, 4, i ? out : (const int32_t[]){1, h, w, channels}), 0.1f, zero);
	add_activation(b, variant, zero);
	snprintf(b->c->text, sizeof(b->c->text), "pool of kind %d to %dx%dx%d", variant, out[1], out[2], channels);
}

static void add_layer(struct builder *b, uint16_t code, enum nn_variant variant)
{
	uint8_t type = variant == NN_VARIANT_I8 ? NN_TYPE_I8 : variant == NN_VARIANT_I16 ? NN_TYPE_I16 : NN_TYPE_F32;
	struct nn_operator *op = &b->c->operator;
	bool limits = !number(b->state, 0, 3);
	int32_t out[4];

	if (code == NN_OPERATOR_DENSE)
		add_dense_layer(b, type, out);
	else
		add_window_layer(b, type, code == NN_OPERATOR_DEPTHWISE_CONV_2D, out);
	fill_eight(b, &b->c->tensors[1]);
	add_bias(b, variant, out[3]);
	if (limits)
		add_limits(b, type, out[3]);
	op->inputs = limits ? 4 : 3;
	b->c->out = b->tensors;
	add_tensor(b, type, false, code == NN_OPERATOR_DENSE ? 2 : 4,
		   code == NN_OPERATOR_DENSE ? (const int32_t[]){1, out[3]} : out);
	add_quantisation(b, variant, out[3]);
	snprintf(b->c->text, sizeof(b->c->text), "%s %dx%dx%d of kind %d, %d channels in", nn_operator_kind(code)->name,
		 out[1], out[2], out[3], variant, (int)b->c->tensors[0].shape[3]);
}

/* --- all of it ------------------------------------------------------------------------------------------------- */

static void fill_arena(struct core_case *c, uint64_t *state, uint8_t type)
{
	float zero = number(state, 0, 19) ? 1 : 0, size = (float)number(state, 1, 40);

	for (size_t i = 0; i < c->arena_bytes; i++)
		c->arena[i] = (uint8_t)extreme(state, 0, 255);
	for (size_t i = 0; type == NN_TYPE_F32 && i + 4 <= c->arena_bytes; i += 4) {
		float x = fixture_random(state) * size * zero;

		memcpy(c->arena + i, &x, sizeof(x));
	}
}

struct core_case *core_random(uint64_t *state, uint16_t code, enum nn_variant variant)
{
	struct core_case *c = calloc(1, sizeof(*c));
	struct builder b = {.c = c, .state = state};
	uint64_t work;

	assert_non_null(c);
	c->data = core_memory(ROOM);
	c->quantisation = core_memory(ROOM);
	c->operator=(struct nn_operator){.code = code, .outputs = 1};
	c->model = (struct nn_model){
		.tensors = c->tensors,
		.operators = &c->operator,
		.operands = c->operands,
		.quantisation = c->quantisation,
		.data = c->data,
		.tensor_count = 5,
		.operator_count = 1,
	};
	if (code == NN_OPERATOR_MAX_POOL_2D)
		add_pool(&b, variant);
	else
		add_layer(&b, code, variant);
	assert_int_equal(nn_operator_variant(&c->model, &c->operator), variant);
	assert_int_equal(nn_operator_kind(code)->check(&c->model, &c->operator, variant, &work), 0);
	c->arena_bytes = b.arena_bytes;
	c->arena = malloc(c->arena_bytes);
	assert_non_null(c->arena);
	fill_arena(c, state, c->tensors[0].type);
	return c;
}

void core_free(struct core_case *c)
{
	free(c->data);
	free(c->quantisation);
	free(c->arena);
	free(c);
}

uint8_t *core_arena(const struct core_case *c)
{
	uint8_t *arena = malloc(c->arena_bytes);

	assert_non_null(arena);
	memcpy(arena, c->arena, c->arena_bytes);
	return arena;
}
