/* SPDX-License-Identifier: Apache-2.0 */
/* import.c - picks the importer. */
#include "nn/import/import.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/graph/passes.h"
#include "nn/import/h5.h"
#include "nn/import/onnx.h"
#include "nn/import/pnn.h"
#include "nn/import/tflite.h"
#include "nn/model-file.h"

const char import_st_labels[] = "None,FlatHand,Like,Love,Dislike,BreakTime,CrossHands,Fist";

#define H5_MAGIC  "\x89HDF\r\n\x1a\n"
#define ZIP_MAGIC "PK\x03\x04"

static bool begins_with(const void *bytes, size_t size, const char *magic, size_t length)
{
	return size >= length && !memcmp(bytes, magic, length);
}

enum import_format import_format_of(const char *path, const void *bytes, size_t size)
{
	const char *suffix = strrchr(path, '.');

	if (begins_with(bytes, size, NN_FORMAT_MAGIC, sizeof(NN_FORMAT_MAGIC) - 1))
		return IMPORT_PNN;
	if (begins_with(bytes, size, H5_MAGIC, sizeof(H5_MAGIC) - 1))
		return IMPORT_H5;
	if (tflite_is(bytes, size))
		return IMPORT_TFLITE;
	return suffix && !strcmp(suffix, ".onnx") ? IMPORT_ONNX : IMPORT_UNKNOWN;
}

static int import_pnn(const void *bytes, size_t size, struct graph *graph, char *ret_reason)
{
	struct nn_model model;
	int error = nn_model_parse(bytes, size, &model), r;

	error = error ? error : nn_model_verify(&model);
	if (error) {
		snprintf(ret_reason, GRAPH_REASON, "%s", nn_error_text(error));
		return -EBADMSG;
	}
	r = pnn_import(&model, graph);
	if (r < 0)
		snprintf(ret_reason, GRAPH_REASON, "out of memory");
	return r;
}

static int import_bytes(const char *path, const void *bytes, size_t size, struct graph *graph, char *ret_reason)
{
	switch (import_format_of(path, bytes, size)) {
	case IMPORT_PNN:
		return import_pnn(bytes, size, graph, ret_reason);
	case IMPORT_TFLITE:
		return tflite_import(bytes, size, graph, ret_reason);
	case IMPORT_H5:
		return h5_import(bytes, size, graph, ret_reason);
	case IMPORT_ONNX:
		return onnx_import(bytes, size, graph, ret_reason);
	case IMPORT_UNKNOWN:
		break;
	}
	if (begins_with(bytes, size, ZIP_MAGIC, sizeof(ZIP_MAGIC) - 1))
		snprintf(
			ret_reason, GRAPH_REASON,
			"an archive is not supported; .keras: load_model(\"x.keras\").save(\"x.h5\"); .pt: torch.onnx.export()");
	else
		snprintf(ret_reason, GRAPH_REASON, "no model file: .tflite, .onnx, Keras .h5 and .pnn are known");
	return -EBADMSG;
}

int import_file_as_it_is(const char *path, struct graph **ret_graph, char *ret_reason)
{
	struct graph *graph = graph_new();
	void *bytes;
	size_t size;
	int r = graph ? model_file_read(path, &bytes, &size) : -ENOMEM;

	if (r < 0) {
		snprintf(ret_reason, GRAPH_REASON, "%s", strerror(-r));
		graph_free(graph);
		return r;
	}
	r = import_bytes(path, bytes, size, graph, ret_reason);
	free(bytes);
	if (r < 0) {
		graph_free(graph);
		return r;
	}
	*ret_graph = graph;
	return 0;
}

int import_file(const char *path, struct graph **ret_graph, char *ret_reason)
{
	int r = import_file_as_it_is(path, ret_graph, ret_reason);

	if (r == 0)
		graph_tidy(*ret_graph);
	return r;
}
