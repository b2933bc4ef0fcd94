/* SPDX-License-Identifier: Apache-2.0 */
/*
 * m4-baked.c - the network that was compiled in: C of `posture-model export --core m4`, and of its file the beginning
 * (header and section "main": identity, preprocessing), taken in by the assembler from M4_MODEL.
 */
#include "mcu-offload/firmware/m4-network.h"
#include "net.h"
#include "nn/runtime/format.h"
#include "nn/runtime/preprocess.h"

_Static_assert(_Generic(net_input(NULL), float * : 1, default : 0) && NET_INPUTS == 2 * FRAME_ZONES_MAX,
	       "a baked network takes the float32 pictures [8][8][2] of nn_preprocess()");

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

static int infer(struct m4_network *network, const struct frame *frame, struct nn_hand *ret_hand)
{
	int r = nn_preprocess(&m4_model_begin.main.preprocess, frame, net_input(arena), ret_hand);

	(void)network;
	if (r == 0 && ret_hand->present)
		net_run(arena);
	return r;
}

static const void *output(const struct m4_network *network)
{
	(void)network;
	return net_output(arena);
}

static struct m4_network baked = {
	.infer = infer,
	.output = output,
	.active = true,
	.input_elements = NET_INPUTS,
	.output_elements = NET_OUTPUTS,
	.output_bytes = sizeof(*net_output(NULL)) * NET_OUTPUTS,
	.input_type = NN_TYPE_F32,
	.output_type = NN_TYPE_F32,
};

struct m4_network *m4_network_start(void)
{
	_Static_assert(_Generic(net_output(NULL), const float * : 1, default : 0), "and makes float32");
	baked.faulty = m4_model_begin.header.sections[NN_SECTION_MAIN].offset != sizeof(struct nn_header) ||
		       net_selftest(arena) != 0;
	__builtin_memcpy(baked.sha256, m4_model_begin.header.sha256, sizeof(baked.sha256));
	return &baked;
}
