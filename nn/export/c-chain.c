/* SPDX-License-Identifier: Apache-2.0 */
/* c-chain.c - a chain of layers: their places in the arena, their calls. See c-writer.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nn/export/c-layers.h"
#include "nn/export/c-writer.h"

/* Whether the last layer's numbers must become 8 bits again. */
static bool leaves(const struct c_layers *layers)
{
	return layers->wide && layers->layers[layers->count - 1].op->code != NN_OPERATOR_SOFTMAX;
}

/* Kernels may touch a few elements more: rows are padded to eight, and so are the channels of the last pixel. */
static uint32_t buffer_bytes(const struct c_layers *layers, uint32_t i)
{
	uint32_t element = !layers->integer ? 4 : layers->wide ? 2 : 1;
	int32_t n = i == 0 ? layers->layers[0].inputs : layers->layers[i - 1].outputs;

	if (i && layers->layers[i - 1].core == C_A7 && layers->integer)
		n += (8 - layers->layers[i - 1].channels % 8) % 8;
	return ((uint32_t)n * element + 8 * element - 1) / (8 * element) * (8 * element);
}

/* Buffers lie in turn at the bottom and at the top. */
static uint32_t plan_arena(const struct c_layers *layers, uint32_t *offsets)
{
	uint32_t n = layers->count, arena = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t both = buffer_bytes(layers, i) + buffer_bytes(layers, i + 1);

		arena = both > arena ? both : arena;
	}
	arena = (arena + 15) / 16 * 16;
	for (uint32_t i = 0; i <= n; i++)
		offsets[i] = i % 2 ? (arena - buffer_bytes(layers, i)) / 8 * 8 : 0;
	return arena;
}

/* e^-d as the integer softmax wants it; returns how many. */
static int32_t write_exps(FILE *file, const struct c_layer *l, uint32_t i)
{
	int32_t exps[256], count;
	float beta = 1;

	if (l->op->parameters[0])
		memcpy(&beta, &l->op->parameters[0], sizeof(beta));
	count = c_softmax_table((double)l->in_scale, (double)beta, exps);
	fprintf(file, "\n");
	c_write_i32(file, "int32_t", "exps", i, exps, count, count);
	return count;
}

static void write_call(struct c_writer *w, const struct c_layer *l, uint32_t i, const uint32_t *offsets)
{
	uint32_t in = offsets[i], out = offsets[i + 1];

	if (l->op->code == NN_OPERATOR_SOFTMAX) {
		int32_t exps = l->integer ? write_exps(w->constants, l, i) : 0;

		if (l->integer)
			fprintf(w->calls, "\t%s(NN_AT(%u), NN_AT(%u), %d, exps%u, %d);\n", l->kernel->function, in, out,
				l->inputs, i, exps);
		else
			fprintf(w->calls, "\t%s(1, %d, 1, NN_AT(%u), NN_AT(%u));\n", l->kernel->function, l->inputs, in,
				out);
		return;
	}
	c_layer_write(w, l, i);
	fprintf(w->calls, "\t%s(&layer%u, ", l->kernel->function, i);
	if (l->kernel->pools)
		fprintf(w->calls, "%d, ", l->pool);
	fprintf(w->calls, "NN_AT(%u), NN_AT(%u));\n", in, out);
}

static const char *enter_function(enum c_core core, int32_t inputs)
{
	if (core == C_M4 && inputs % 4 == 0)
		return "nn_enter_m4";
	return core == C_X86 && inputs % 16 == 0 ? "nn_enter_x86" : "nn_enter";
}

static void write_chain(struct c_writer *w, const struct c_layers *layers, const uint32_t *offsets)
{
	uint32_t n = layers->count;

	w->wide = layers->wide;
	w->out_at = offsets[n];
	if (layers->integer)
		c_text_add(&w->texts, C_TEXT_I8);
	if (layers->wide)
		fprintf(w->calls, "\t%s(NN_AT(0), NN_AT(0), %d);\n",
			enter_function(w->options->core, layers->layers[0].inputs), layers->layers[0].inputs);
	for (uint32_t i = 0; i < n; i++) {
		c_text_add(&w->texts, (enum c_text)layers->layers[i].kernel->text);
		write_call(w, &layers->layers[i], i, offsets);
	}
	if (leaves(layers))
		fprintf(w->calls, "\tnn_leave(NN_AT(%u), NN_AT(%u), %d, %d);\n", offsets[n], offsets[n],
			layers->layers[n - 1].outputs, layers->base);
}

int c_chain_write(struct c_writer *w)
{
	struct c_layers *layers = calloc(1, sizeof(*layers));
	uint32_t offsets[NN_OPS_MAX + 1];
	int error = layers ? c_layers_make(w->model, w->options->core, layers) : -ENOMEM;

	if (!error)
		w->arena_bytes = plan_arena(layers, offsets);
	/* Where 16 bits a number would cost much memory, they stay 8. */
	if (!error && w->options->core == C_M4 && w->arena_bytes > w->model->main->arena_bytes + 256)
		error = -ENOTSUP;
	if (!error)
		write_chain(w, layers, offsets);
	if (layers)
		c_layers_free(layers);
	free(layers);
	return error;
}
