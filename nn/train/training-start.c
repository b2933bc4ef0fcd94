/* SPDX-License-Identifier: Apache-2.0 */
/* training-start.c - the model that a training begins with (see training.h). */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "nn/graph/dequantise.h"
#include "nn/graph/edit.h"
#include "nn/import/import.h"
#include "nn/import/pnn.h"
#include "nn/train/rehearsal.h"
#include "nn/train/training.h"

/* Files of others have no names; those of ST's network have to be known, or its outputs would be given to other classes. */
static int name_outputs(struct graph *graph, char *ret_reason)
{
	const struct graph_tensor *input = &graph->tensors[graph->input];

	if (graph->label_count || graph_elements(&graph->tensors[graph->output]) != 8 || input->dims != 4 ||
	    input->shape[1] != 8 || input->shape[2] != 8 || input->shape[3] != 2)
		return 0;
	if (graph_set_labels(graph, import_st_labels) == 0)
		return 0;
	snprintf(ret_reason, TRAINING_REASON, "out of memory");
	return -ENOMEM;
}

int training_open_start(const struct recipe *recipe, struct graph **ret_graph, char *ret_reason)
{
	struct model_file file;
	int r;

	if (strcmp(recipe->start, "builtin") != 0) {
		r = import_file(recipe->start, ret_graph, ret_reason);
		return r < 0 ? r : name_outputs(*ret_graph, ret_reason);
	}
	r = model_file_open(NULL, &file, ret_reason);
	if (r < 0)
		return r;
	*ret_graph = graph_new();
	r = *ret_graph ? pnn_import(&file.model, *ret_graph) : -ENOMEM;
	if (r < 0) {
		snprintf(ret_reason, TRAINING_REASON, "%s", strerror(-r));
		*ret_graph = graph_free(*ret_graph);
	}
	model_file_close(&file);
	return r;
}

int training_take_preprocessing(struct recipe *recipe, char *ret_reason)
{
	struct graph *graph = NULL;
	int r;

	if (!*recipe->start)
		return 0;
	r = training_open_start(recipe, &graph, ret_reason);
	if (r == 0 && graph->input_form == NN_INPUT_FRAME)
		recipe->preprocess = graph->preprocess;
	graph_free(graph);
	return r;
}

int training_rehearse(const struct training *training, const struct lesson *lesson, uint32_t n,
		      struct lesson_rehearsal *ret_rehearsal, char *ret_reason)
{
	struct model_file teacher;
	struct graph *graph = NULL;
	int r = training_open_start(training->recipe, &graph, ret_reason);

	if (r < 0)
		return r;
	r = graph_dequantise(graph);
	if (r < 0)
		snprintf(ret_reason, TRAINING_REASON, "out of memory");
	r = r < 0 ? r : training_model(graph, &teacher, ret_reason);
	graph_free(graph);
	if (r < 0)
		return r;
	r = rehearsal_make(lesson, &teacher, n, training->seed, ret_rehearsal);
	if (r < 0)
		snprintf(ret_reason, TRAINING_REASON, "out of memory");
	model_file_close(&teacher);
	return r;
}
