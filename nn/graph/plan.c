/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan.c - where tensors lie in the arena. Two that live at the same time lie apart, but for a node's output and its
 * input when nothing reads the input afterwards:
 *
 *   reshape                  the same place always: it is the same tensor under another shape
 *   one value after another  the very same place, if the two are as large
 *   windows, row by row      the output begins at least `lead` bytes before the input (nn/runtime/overlap.h)
 *
 * Tensors are placed one by one, each where the arena grows least. Which one is best next nobody knows beforehand:
 * several orders are tried, the smallest arena wins.
 */
#include <stdlib.h>
#include <string.h>

#include "nn/graph/edit.h"
#include "nn/runtime/operators.h"
#include "nn/runtime/overlap.h"

struct life {
	int begin, end; /* nodes; the graph's input is born before the first */
};

struct plan {
	const struct graph *graph;
	struct life lives[NN_TENSORS_MAX];
	uint16_t origin[NN_TENSORS_MAX]; /* whose place a tensor has: its own, or that of what it was reshaped from */
	uint32_t bytes[NN_TENSORS_MAX];
	uint16_t owners[NN_TENSORS_MAX], owner_count; /* tensors with a place of their own */
	/* The node that reads a tensor last and makes `heir`, which may overlap it; lead < 0: at the very same place. */
	uint16_t heir[NN_TENSORS_MAX]; /* or the tensor itself: none */
	int64_t lead[NN_TENSORS_MAX];
};

static uint32_t round_up(size_t bytes)
{
	return (uint32_t)((bytes + NN_FORMAT_ALIGN - 1) / NN_FORMAT_ALIGN * NN_FORMAT_ALIGN);
}

static void find_origins(struct plan *plan)
{
	const struct graph *graph = plan->graph;

	for (uint16_t t = 0; t < graph->tensor_count; t++)
		plan->origin[t] = t;
	for (uint16_t n = 0; n < graph->node_count; n++) {
		const struct graph_node *node = &graph->nodes[n];

		if (node->code == NN_OPERATOR_RESHAPE && !graph->tensors[node->input[0]].data)
			plan->origin[node->output] = plan->origin[node->input[0]];
	}
}

static void live(struct life *life, int node)
{
	life->begin = node < life->begin ? node : life->begin;
	life->end = node > life->end ? node : life->end;
}

static void find_lives(struct plan *plan)
{
	const struct graph *graph = plan->graph;

	for (uint16_t t = 0; t < graph->tensor_count; t++)
		plan->lives[t] = (struct life){.begin = graph->node_count, .end = -1};
	live(&plan->lives[graph->input], -1);
	for (uint16_t n = 0; n < graph->node_count; n++) {
		const struct graph_node *node = &graph->nodes[n];

		live(&plan->lives[plan->origin[node->output]], n);
		for (uint8_t i = 0; i < node->inputs; i++)
			live(&plan->lives[plan->origin[node->input[i]]], n);
	}
	live(&plan->lives[plan->origin[graph->output]], graph->node_count);
}

static void find_owners(struct plan *plan)
{
	const struct graph *graph = plan->graph;

	plan->owner_count = 0;
	for (uint16_t t = 0; t < graph->tensor_count; t++) {
		plan->bytes[t] = round_up(graph_tensor_bytes(&graph->tensors[t]));
		if (!graph->tensors[t].data && plan->origin[t] == t && plan->lives[t].end >= plan->lives[t].begin)
			plan->owners[plan->owner_count++] = t;
	}
}

/* --- who may lie over whom --------------------------------------------------------------------------------------- */

static bool works_in_place(enum nn_operator_code code)
{
	const struct nn_operator_kind *kind = nn_operator_kind((uint16_t)code);

	return kind && kind->in_place && code != NN_OPERATOR_RESHAPE;
}

static bool works_by_rows(enum nn_operator_code code)
{
	const struct nn_operator_kind *kind = nn_operator_kind((uint16_t)code);

	return kind && kind->by_rows;
}

static int64_t lead_of(const struct graph *graph, const struct graph_node *node)
{
	const struct graph_tensor *in = &graph->tensors[node->input[0]], *out = &graph->tensors[node->output];

	return nn_overlap_lead((int64_t)(graph_tensor_bytes(in) / in->shape[1]),
			       (int64_t)(graph_tensor_bytes(out) / out->shape[1]), out->shape[1],
			       node->parameters[NN_PARAMETER_STRIDE_H], node->parameters[NN_PARAMETER_PAD_TOP]);
}

/* Whether tensor dies where node n makes another. */
static bool dies_at(const struct plan *plan, uint16_t owner, int n)
{
	return !plan->graph->tensors[owner].data && plan->lives[owner].end == n;
}

static void find_heirs(struct plan *plan)
{
	const struct graph *graph = plan->graph;

	for (uint16_t t = 0; t < graph->tensor_count; t++)
		plan->heir[t] = t;
	for (uint16_t n = 0; n < graph->node_count; n++) {
		const struct graph_node *node = &graph->nodes[n];
		uint16_t out = node->output, first = plan->origin[node->input[0]];

		for (uint8_t i = 0; i < node->inputs && works_in_place(node->code); i++) {
			uint16_t in = plan->origin[node->input[i]];

			if (dies_at(plan, in, n) && in != out &&
			    graph_tensor_bytes(&graph->tensors[in]) == graph_tensor_bytes(&graph->tensors[out])) {
				plan->heir[in] = out;
				plan->lead[in] = -1;
			}
		}
		if (works_by_rows(node->code) && dies_at(plan, first, n) && first != out &&
		    graph->tensors[node->input[0]].dims == 4 && graph->tensors[out].dims == 4 &&
		    node->parameters[NN_PARAMETER_STRIDE_H] > 0 && node->parameters[NN_PARAMETER_PAD_TOP] >= 0) {
			plan->heir[first] = out;
			plan->lead[first] = lead_of(graph, node);
		}
	}
}

static bool meet(struct life a, struct life b)
{
	return a.begin <= b.end && b.begin <= a.end;
}

/* Whether in may lie at `at` and its heir at `heir_at`, though they overlap. */
static bool may_inherit(const struct plan *plan, uint16_t in, uint16_t out, int64_t at, int64_t heir_at)
{
	if (plan->heir[in] != out || in == out)
		return false;
	return plan->lead[in] < 0 ? at == heir_at : at - heir_at >= plan->lead[in];
}

static bool collide(const struct plan *plan, uint16_t a, int64_t a_at, uint16_t b, int64_t b_at)
{
	return meet(plan->lives[a], plan->lives[b]) && a_at < b_at + plan->bytes[b] && b_at < a_at + plan->bytes[a] &&
	       !may_inherit(plan, a, b, a_at, b_at) && !may_inherit(plan, b, a, b_at, a_at);
}

/* --- placing ----------------------------------------------------------------------------------------------------- */

/* What is placed so far; places may be negative, the arena begins at the lowest one in the end. */
struct room {
	int64_t at[NN_TENSORS_MAX], low, high;
};

static bool is_free(const struct plan *plan, const uint16_t *order, unsigned placed, const struct room *room,
		    int64_t at)
{
	for (unsigned i = 0; i < placed; i++)
		if (collide(plan, order[i], room->at[order[i]], order[placed], at))
			return false;
	return true;
}

/* Places for a tensor next to one that has its: behind it, before it, at it, and just far enough over it. */
static unsigned candidates(const struct plan *plan, uint16_t tensor, uint16_t placed, int64_t at, int64_t found[4])
{
	unsigned n = 0;

	found[n++] = at + plan->bytes[placed];
	found[n++] = at - plan->bytes[tensor];
	if (plan->heir[placed] != tensor && plan->heir[tensor] != placed)
		return n;
	found[n++] = at;
	if (plan->heir[tensor] == placed && plan->lead[tensor] > 0)
		found[n++] = at + round_up((size_t)plan->lead[tensor]);
	else if (plan->heir[placed] == tensor && plan->lead[placed] > 0)
		found[n++] = at - round_up((size_t)plan->lead[placed]);
	return n;
}

static int64_t size_with(const struct room *room, int64_t at, int64_t bytes)
{
	int64_t low = at < room->low ? at : room->low, high = at + bytes > room->high ? at + bytes : room->high;

	return high - low;
}

/* Where the arena grows least; there is always room behind what lies highest. */
static int64_t find_place(const struct plan *plan, const uint16_t *order, unsigned placed, const struct room *room)
{
	int64_t bytes = plan->bytes[order[placed]], best = room->high, found[4];

	for (unsigned i = 0; i < placed; i++) {
		unsigned n = candidates(plan, order[placed], order[i], room->at[order[i]], found);

		for (unsigned c = 0; c < n; c++) {
			int64_t size = size_with(room, found[c], bytes), smallest = size_with(room, best, bytes);

			if ((size < smallest || (size == smallest && found[c] < best)) &&
			    is_free(plan, order, placed, room, found[c]))
				best = found[c];
		}
	}
	return best;
}

static size_t place_all(const struct plan *plan, const uint16_t *order, uint32_t *offsets)
{
	struct room room = {.low = 0};

	for (unsigned i = 0; i < plan->owner_count; i++) {
		int64_t at = find_place(plan, order, i, &room), end = at + plan->bytes[order[i]];

		room.at[order[i]] = at;
		room.low = at < room.low ? at : room.low;
		room.high = end > room.high ? end : room.high;
	}
	for (unsigned i = 0; i < plan->owner_count; i++)
		offsets[order[i]] = (uint32_t)(room.at[order[i]] - room.low);
	return (size_t)(room.high - room.low);
}

/* --- orders ------------------------------------------------------------------------------------------------------ */

enum order {
	ORDER_BIRTH,
	ORDER_DEATH, /* last first: an input goes above the output that overlaps it */
	ORDER_SIZE,
	ORDER_SIZE_AND_TIME,
	ORDERS,
};

static int64_t rank(const struct plan *plan, uint16_t t, enum order order)
{
	switch (order) {
	case ORDER_BIRTH:
		return plan->lives[t].begin;
	case ORDER_DEATH:
		return -plan->lives[t].begin;
	case ORDER_SIZE:
		return -(int64_t)plan->bytes[t];
	default:
		return -(int64_t)plan->bytes[t] * (plan->lives[t].end - plan->lives[t].begin + 1);
	}
}

static void sort(const struct plan *plan, enum order by, uint16_t *order)
{
	memcpy(order, plan->owners, plan->owner_count * sizeof(*order));
	for (unsigned i = 1; i < plan->owner_count; i++) {
		uint16_t tensor = order[i];
		unsigned j = i;

		for (; j && rank(plan, order[j - 1], by) > rank(plan, tensor, by); j--)
			order[j] = order[j - 1];
		order[j] = tensor;
	}
}

size_t graph_plan(const struct graph *graph, uint32_t *offsets)
{
	struct plan plan = {.graph = graph};
	uint16_t order[NN_TENSORS_MAX];
	uint32_t tried[NN_TENSORS_MAX] = {0};
	size_t best = SIZE_MAX;

	find_origins(&plan);
	find_lives(&plan);
	find_owners(&plan);
	find_heirs(&plan);
	memset(offsets, 0, graph->tensor_count * sizeof(*offsets));
	for (enum order by = 0; by < ORDERS; by++) {
		size_t arena;

		sort(&plan, by, order);
		arena = place_all(&plan, order, tried);
		if (arena < best) {
			best = arena;
			memcpy(offsets, tried, graph->tensor_count * sizeof(*offsets));
		}
	}
	for (uint16_t t = 0; t < graph->tensor_count; t++)
		offsets[t] = offsets[plan.origin[t]];
	return best;
}
