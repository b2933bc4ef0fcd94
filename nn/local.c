/* SPDX-License-Identifier: Apache-2.0 */
/* local.c - the classifier that works on this core, at once: a result waits as soon as submit returns. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/classifier.h"
#include "nn/model-file.h"
#include "nn/runtime/run.h"
#include "nn/runtime/sha256.h"
#include "nn/runtime/value.h"

struct local {
	struct classifier base;
	struct model_file file;
	struct nn_run run;
	void *arena;
	char sha256[NN_SHA256_TEXT];
	struct nn_result result;
	bool ready;
};

static struct local *local_of(struct classifier *classifier)
{
	return (struct local *)classifier;
}

static struct classifier *local_free(struct classifier *classifier)
{
	struct local *local = local_of(classifier);

	if (local) {
		model_file_close(&local->file);
		free(local->arena);
		free(local);
	}
	return NULL;
}

static int refuse_unsuitable(const struct nn_model *model, char *ret_reason)
{
	if (model->main->input_form != NN_INPUT_FRAME)
		snprintf(ret_reason, MODEL_FILE_REASON,
			 "model \"%s\" does not take sensor frames; import it with --preprocess", model->main->name);
	else if (!model->main->classes || model->main->classes > NN_CLASSES_MAX)
		snprintf(ret_reason, MODEL_FILE_REASON, "model \"%s\" has %u labels, 1 to %d are needed",
			 model->main->name, model->main->classes, NN_CLASSES_MAX);
	else if (!nn_value_supported(nn_model_input(model)) || !nn_value_supported(nn_model_output(model)))
		snprintf(ret_reason, MODEL_FILE_REASON,
			 "model \"%s\" has an input or output of another type than f32, i8, u8, i16",
			 model->main->name);
	else
		return 0;
	return -EBADMSG;
}

static int local_open(const struct nn_config *config, struct classifier **ret_classifier, char *ret_reason)
{
	struct local *local = calloc(1, sizeof(*local));
	size_t bytes;
	int r;

	if (!local) {
		snprintf(ret_reason, MODEL_FILE_REASON, "out of memory");
		return -ENOMEM;
	}
	local->base.ops = &local_classifier_ops;
	if (config->bytes)
		r = model_file_open_memory(config->bytes, config->bytes_size, &local->file, ret_reason);
	else
		r = model_file_open(config->model, &local->file, ret_reason);
	if (r == 0)
		r = refuse_unsuitable(&local->file.model, ret_reason);
	if (r < 0) {
		local_free(&local->base);
		return r;
	}
	bytes = nn_run_bytes(&local->file.model);
	local->arena = aligned_alloc(NN_FORMAT_ALIGN, bytes);
	if (!local->arena || nn_run_start(&local->run, &local->file.model, local->arena, bytes) != 0) {
		snprintf(ret_reason, MODEL_FILE_REASON, "no memory for an arena of %zu bytes", bytes);
		local_free(&local->base);
		return -ENOMEM;
	}
	nn_sha256_text(local->file.model.header->sha256, local->sha256);
	*ret_classifier = &local->base;
	return 0;
}

static int local_submit(struct classifier *classifier, const struct frame *frame)
{
	struct local *local = local_of(classifier);
	const struct nn_model *model = &local->file.model;
	struct nn_result result = {
		.t_ns = frame->t_ns,
		.seq = frame->seq,
		.classes = (uint8_t)model->main->classes,
	};
	float planes[FRAME_ZONES_MAX * 2];

	if (local->ready)
		return -EBUSY;
	if (nn_preprocess(&model->main->preprocess, frame, planes, &result.hand) != 0)
		return -EINVAL;
	if (result.hand.present) {
		nn_value_write(&local->run, nn_model_input(model), planes);
		nn_run(&local->run);
		nn_value_read(&local->run, nn_model_output(model), result.probability);
		result.best = nn_result_best(&result);
	}
	local->result = result;
	local->ready = true;
	return 0;
}

static int local_fd(struct classifier *classifier)
{
	(void)classifier;
	return -1;
}

static int local_result(struct classifier *classifier, struct nn_result *ret_result)
{
	struct local *local = local_of(classifier);

	if (!local->ready)
		return 0;
	*ret_result = local->result;
	local->ready = false;
	return 1;
}

static void local_describe(struct classifier *classifier, struct nn_description *ret_description)
{
	struct local *local = local_of(classifier);
	const struct nn_main *main = local->file.model.main;
	struct nn_description description = {
		.backend = "local",
		.model = main->name,
		.classes = main->classes,
		.preprocess = main->preprocess,
		.file = local->file.model.header,
		.file_bytes = local->file.model.header->bytes,
	};

	memcpy(description.sha256, local->sha256, sizeof(description.sha256));
	for (uint32_t i = 0; i < main->classes; i++)
		description.labels[i] = local->file.model.labels[i];
	*ret_description = description;
}

const struct nn_model *local_classifier_model(const struct classifier *classifier)
{
	return &((const struct local *)classifier)->file.model;
}

const struct classifier_ops local_classifier_ops = {
	.name = "local",
	.open = local_open,
	.submit = local_submit,
	.fd = local_fd,
	.result = local_result,
	.describe = local_describe,
	.free = local_free,
};
