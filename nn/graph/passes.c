/* SPDX-License-Identifier: Apache-2.0 */
/* passes.c - the table of passes. */
#include "nn/graph/passes.h"

#include <errno.h>
#include <string.h>

#include "nn/graph/edit.h"

const struct graph_pass graph_passes[] = {
	{"fold-constants", "what reads constants alone is one", true, graph_fold_constants},
	{"layout", "transpositions cancel, or go into weights", true, graph_layout},
	{"fuse-padding", "padding becomes part of the convolution behind it", true, graph_fuse_padding},
	{"fuse-activations", "activations become part of the layer before", true, graph_fuse_activations},
	{"fold-linear", "normalisations become part of the layer before", false, graph_fold_linear},
	{"merge-branches", "sums of convolutions of one tensor become one", false, graph_merge_branches},
	{"dead-filters", "filters of zeros go, with what reads them", false, graph_remove_dead_filters},
	{NULL, NULL, false, NULL},
};

static void run(struct graph *graph, const struct graph_pass *pass)
{
	pass->run(graph);
	graph_sweep(graph);
}

void graph_tidy(struct graph *graph)
{
	for (const struct graph_pass *pass = graph_passes; pass->name; pass++)
		if (pass->exact)
			run(graph, pass);
}

void graph_optimise(struct graph *graph)
{
	for (const struct graph_pass *pass = graph_passes; pass->name; pass++)
		run(graph, pass);
}

static bool is_named(const char *list, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = list; *at; at += strcspn(at, ","), at += *at == ',')
		if (strcspn(at, ",") == length && !strncmp(at, name, length))
			return true;
	return false;
}

static bool is_pass(const char *name, size_t length)
{
	for (const struct graph_pass *pass = graph_passes; pass->name; pass++)
		if (strlen(pass->name) == length && !strncmp(pass->name, name, length))
			return true;
	return false;
}

int graph_run_passes(struct graph *graph, const char *comma_separated)
{
	for (const char *at = comma_separated; *at; at += strcspn(at, ","), at += *at == ',')
		if (!is_pass(at, strcspn(at, ",")))
			return -EINVAL;
	for (const struct graph_pass *pass = graph_passes; pass->name; pass++)
		if (is_named(comma_separated, pass->name))
			run(graph, pass);
	return 0;
}
