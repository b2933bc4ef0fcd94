/* SPDX-License-Identifier: Apache-2.0 */
/*
 * m4-baked.c - the network that was compiled in: C of `posture-model export --core m4`, and of its file the beginning
 * (header and section "main": identity, preprocessing), taken in by the assembler from M4_MODEL.
 */
#include "mcu-offload/firmware/m4-network.h"
#include "net-input.h"
#include "net.h"
#include "nn/runtime/format.h"
#include "nn/runtime/preprocess.h"

#define TYPE_OF(pointer)                                                                                               \
	_Generic(pointer, float * : NN_TYPE_F32, const float * : NN_TYPE_F32, int8_t * : NN_TYPE_I8,                   \
		 const int8_t * : NN_TYPE_I8, default : 0)

_Static_assert(TYPE_OF(net_input(NULL)) && TYPE_OF(net_output(NULL)) && NET_INPUTS == 2 * FRAME_ZONES_MAX,
	       "a baked network takes the pictures [8][8][2] of nn_preprocess(), float32 or int8");

__asm__(".pushsection .rodata\n"
	".balign 16\n"
	"m4_model_begin:\n"
	".incbin \"" M4_MODEL "\", 0, 352\n"
	".popsection\n");
/* posture-model writes "main" as the first section. */
extern const struct {
	struct nn_header header;
	struct nn_main main;
} m4_model_begin;
_Static_assert(sizeof(m4_model_begin) == 352, "taken in as a whole");

static uint8_t arena[NET_ARENA_BYTES] __attribute__((aligned(16)));

/* As nn_value_write() makes it: halves go away from 0, NaN is 0. */
static int8_t quantise(float real)
{
	float steps = real / NET_INPUT_SCALE, rest;
	int32_t whole;

	if (!(steps > -1000 && steps < 1000))
		return (int8_t)(steps >= 1000 ? INT8_MAX : steps <= -1000 ? INT8_MIN : NET_INPUT_ZERO);
	whole = (int32_t)steps;
	rest = steps - (float)whole;
	whole += (rest >= 0.5f) - (rest <= -0.5f) + NET_INPUT_ZERO;
	return (int8_t)(whole > INT8_MAX ? INT8_MAX : whole < INT8_MIN ? INT8_MIN : whole);
}

static int infer(struct m4_network *network, const struct frame *frame, struct nn_hand *ret_hand)
{
	static float planes[NET_INPUTS];
	int r = nn_preprocess(&m4_model_begin.main.preprocess, frame, planes, ret_hand);

	(void)network;
	if (r != 0 || !ret_hand->present)
		return r;
	if (TYPE_OF(net_input(arena)) == NN_TYPE_F32)
		__builtin_memcpy(net_input(arena), planes, sizeof(planes));
	for (unsigned i = 0; TYPE_OF(net_input(arena)) == NN_TYPE_I8 && i < NET_INPUTS; i++)
		((int8_t *)net_input(arena))[i] = quantise(planes[i]);
	net_run(arena);
	return 0;
}

static const void *output(const struct m4_network *network)
{
	(void)network;
	return net_output(arena);
}

static bool selftest(struct m4_network *network)
{
	network->faulty = m4_model_begin.header.sections[NN_SECTION_MAIN].offset != sizeof(struct nn_header) ||
			  net_selftest(arena) != 0;
	return !network->faulty;
}

static struct m4_network baked = {
	.infer = infer,
	.output = output,
	.selftest = selftest,
	.active = true,
	.input_elements = NET_INPUTS,
	.output_elements = NET_OUTPUTS,
	.output_bytes = sizeof(*net_output(NULL)) * NET_OUTPUTS,
	.input_type = TYPE_OF(net_input(NULL)),
	.output_type = TYPE_OF(net_output(NULL)),
};

struct m4_network *m4_baked_start(void)
{
	__builtin_memcpy(baked.sha256, m4_model_begin.header.sha256, sizeof(baked.sha256));
	selftest(&baked);
	return &baked;
}
