/* SPDX-License-Identifier: Apache-2.0 */
/* m4-models.c - see m4-models.h. */
#include "mcu-offload/firmware/m4-models.h"

#include "mcu-offload/firmware/m4-upload.h"
#include "nn/runtime/math.h"
#include "nn/runtime/sha256.h"
#include "nn/runtime/value.h"

enum { IDENTITY = offsetof(struct nn_header, sections) }; /* what its SHA-256 is of begins here */

static struct m4_models *models_of(struct m4_network *network)
{
	return (struct m4_models *)(void *)network;
}

static bool baked_is_active(const struct m4_models *models)
{
	return models->active == M4_MODELS_SLOTS;
}

static bool same_sha256(const uint8_t *a, const uint8_t *b)
{
	return __builtin_memcmp(a, b, PROTOCOL_SHA256_BYTES) == 0;
}

/* --- running --------------------------------------------------------------------------------------------------- */

static int infer(struct m4_network *network, const struct frame *frame, struct nn_hand *ret_hand)
{
	struct m4_models *models = models_of(network);
	int r;

	if (baked_is_active(models))
		return models->baked->infer(models->baked, frame, ret_hand);
	r = nn_preprocess(&models->run.model->main->preprocess, frame, models->planes, ret_hand);
	if (r != 0 || !ret_hand->present)
		return r;
	nn_value_write(&models->run, nn_model_input(models->run.model), models->planes);
	nn_run(&models->run);
	return 0;
}

static const void *output(const struct m4_network *network)
{
	const struct m4_models *models = (const struct m4_models *)(const void *)network;

	if (baked_is_active(models))
		return models->baked->output(models->baked);
	return nn_run_tensor(&models->run, nn_model_output(models->run.model));
}

/* --- self-test --------------------------------------------------------------------------------------------------- */

/* Something like a hand, as near as the middle of the model's gate. */
static void make_frame(const struct nn_preprocess *p, struct frame *ret_frame)
{
	float middle_mm = (p->min_mm + p->max_mm) / 2;
	int16_t near_q2 = (int16_t)(middle_mm > 0 && middle_mm < 4000 ? middle_mm * 4 : 0);

	__builtin_memset(ret_frame, 0, sizeof(*ret_frame));
	ret_frame->cols = ret_frame->rows = 8;
	for (unsigned zone = 0; zone < PROTOCOL_ZONES; zone++) {
		ret_frame->status[zone] = (uint8_t)(zone % 5 ? FRAME_STATUS_VALID : FRAME_STATUS_NONE);
		ret_frame->distance_q2[zone] = (int16_t)(near_q2 + (int16_t)(zone * 37 % 64));
		ret_frame->signal_q11[zone] = 20480 + zone * 1237;
	}
}

static bool outputs_finite(const struct nn_tensor *tensor, const uint8_t *bytes)
{
	for (uint32_t at = 0; tensor->type == NN_TYPE_F32 && at < tensor->bytes; at += sizeof(float)) {
		float x;

		__builtin_memcpy(&x, bytes + at, sizeof(x));
		if (!nn_is_finite(x))
			return false;
	}
	return true;
}

/* The same, but for the order in which another core's kernels add floats. */
static bool outputs_same(const struct nn_tensor *tensor, const uint8_t *a, const uint8_t *b)
{
	for (uint32_t at = 0; tensor->type == NN_TYPE_F32 && at < tensor->bytes; at += sizeof(float)) {
		float x, y;

		__builtin_memcpy(&x, a + at, sizeof(x));
		__builtin_memcpy(&y, b + at, sizeof(y));
		if (!(x - y <= 1e-4f * (1 + (x < 0 ? -x : x)) && y - x <= 1e-4f * (1 + (x < 0 ? -x : x))))
			return false;
	}
	return tensor->type == NN_TYPE_F32 || __builtin_memcmp(a, b, tensor->bytes) == 0;
}

/*
 * Two kinds of code come to the same outputs: this core's kernels on weights that were packed for them, and the portable
 * ones on the weights of the file.
 */
static bool runs_alike(struct m4_models *models)
{
	const struct nn_model *model = models->run.model;
	const struct nn_tensor *input = nn_model_input(model), *output = nn_model_output(model);
	struct nn_run portable = {.model = model, .arena = models->run.arena};
	const uint8_t *made = nn_run_tensor(&models->run, output);
	struct frame frame;
	struct nn_hand hand;

	make_frame(&model->main->preprocess, &frame);
	if (nn_preprocess(&model->main->preprocess, &frame, models->planes, &hand) != 0)
		return false;
	nn_value_write(&models->run, input, models->planes);
	nn_run(&models->run);
	__builtin_memcpy(models->output, made, output->bytes);
	nn_value_write(&portable, input, models->planes);
	nn_run(&portable);
	return outputs_finite(output, made) && outputs_same(output, models->output, made);
}

/* --- switching --------------------------------------------------------------------------------------------------- */

/* A model that has been started before. */
static void start_again(struct m4_models *models)
{
	if (!baked_is_active(models))
		nn_run_start(&models->run, &models->models[models->active], models->memory.room,
			     models->memory.room_bytes);
}

static void show_baked(struct m4_models *models)
{
	const struct m4_network *baked = models->baked;
	struct m4_network *network = &models->network;

	models->active = M4_MODELS_SLOTS;
	network->active = baked->active;
	network->faulty = baked->faulty;
	network->input_elements = baked->input_elements;
	network->output_elements = baked->output_elements;
	network->output_bytes = baked->output_bytes;
	network->input_type = baked->input_type;
	network->output_type = baked->output_type;
	__builtin_memcpy(network->sha256, baked->sha256, sizeof(network->sha256));
}

static void show_uploaded(struct m4_models *models, unsigned slot)
{
	const struct nn_tensor *input = nn_model_input(&models->models[slot]);
	const struct nn_tensor *output = nn_model_output(&models->models[slot]);
	struct m4_network *network = &models->network;

	models->active = slot;
	network->active = true;
	network->input_elements = nn_tensor_elements(input);
	network->output_elements = (uint16_t)nn_tensor_elements(output);
	network->output_bytes = (uint16_t)output->bytes;
	network->input_type = input->type;
	network->output_type = output->type;
	__builtin_memcpy(network->sha256, models->wanted_sha256, sizeof(network->sha256));
}

/* An uploaded network that fails gives way to the baked one: it can be uploaded again. */
static bool selftest(struct m4_network *network)
{
	struct m4_models *models = models_of(network);
	bool good;

	if (baked_is_active(models)) {
		good = models->baked->selftest(models->baked);
		show_baked(models);
		return good;
	}
	good = nn_model_verify(models->run.model) == 0 && runs_alike(models);
	if (!good)
		show_baked(models);
	return good;
}

/* --- uploads ----------------------------------------------------------------------------------------------------- */

static void drop(struct m4_network *network)
{
	network->loading = false;
	models_of(network)->staged_bytes = 0;
}

static void refuse(struct protocol_upload *reply, int status, int detail)
{
	reply->status = (int16_t)status;
	reply->detail = (int16_t)detail;
	reply->offset = NN_NO_OPERATOR;
}

static void begin(struct m4_network *network, const struct protocol_model_begin *request, struct protocol_upload *reply)
{
	struct m4_models *models = models_of(network);

	reply->status = PROTOCOL_STATUS_OK;
	if (network->loading && request->bytes == models->wanted_bytes &&
	    same_sha256(request->sha256, models->wanted_sha256)) {
		reply->offset = models->staged_bytes;
		return;
	}
	drop(network);
	/* The way back: the baked one needs no bytes. */
	if (models->baked->active && same_sha256(request->sha256, models->baked->sha256))
		show_baked(models);
	if (network->active && same_sha256(request->sha256, network->sha256)) {
		reply->status = PROTOCOL_STATUS_ALREADY;
	} else if (request->bytes > models->memory.slot_bytes || request->arena_bytes > models->memory.room_bytes) {
		refuse(reply, PROTOCOL_STATUS_NO_MEMORY, 0);
	} else if (request->bytes < sizeof(struct nn_header)) {
		refuse(reply, PROTOCOL_STATUS_BAD_MODEL, NN_ERROR_TRUNCATED);
	} else {
		__builtin_memcpy(models->wanted_sha256, request->sha256, sizeof(models->wanted_sha256));
		models->wanted_bytes = request->bytes;
		models->staging = models->active == 0 ? 1 : 0;
		network->loading = true;
	}
}

/* Another offset than the wanted one is answered with that, and the bytes are left. */
static void chunk(struct m4_network *network, const struct protocol_model_chunk *request, struct protocol_upload *reply)
{
	struct m4_models *models = models_of(network);

	if (request->bytes > sizeof(request->data) ||
	    (request->offset == models->staged_bytes && request->bytes > models->wanted_bytes - models->staged_bytes)) {
		refuse(reply, PROTOCOL_STATUS_BAD_LENGTH, 0);
	} else if (request->offset == models->staged_bytes) {
		__builtin_memcpy(models->memory.slots[models->staging] + models->staged_bytes, request->data,
				 request->bytes);
		models->staged_bytes += request->bytes;
	}
	reply->offset = models->staged_bytes;
}

/* What this firmware wants of a model beyond what nn_model_parse() does. */
static int check_use(const struct nn_model *model)
{
	const struct nn_tensor *output = nn_model_output(model);

	if (model->main->input_form != NN_INPUT_FRAME)
		return NN_ERROR_INPUT;
	if (!nn_value_supported(nn_model_input(model)) || !nn_value_supported(output))
		return NN_ERROR_TYPE;
	if (output->bytes > PROTOCOL_OUTPUT_BYTES ||
	    model->macs + M4_MODELS_STEP_WORK * (model->work - model->macs) > M4_MODELS_WORK_MAX)
		return NN_ERROR_LIMIT;
	return 0;
}

/* The staged bytes: what they are said to be, and a model. */
static bool check_staged(struct m4_models *models, unsigned slot, struct protocol_upload *reply)
{
	const uint8_t *bytes = models->memory.slots[slot];
	struct nn_model *model = &models->models[slot];
	uint8_t sha256[PROTOCOL_SHA256_BYTES];
	uint32_t op;
	int error;

	nn_sha256_of(bytes + IDENTITY, models->wanted_bytes - IDENTITY, sha256);
	if (!same_sha256(sha256, models->wanted_sha256) ||
	    !same_sha256(((const struct nn_header *)(const void *)bytes)->sha256, models->wanted_sha256)) {
		refuse(reply, PROTOCOL_STATUS_HASH, 0);
		return false;
	}
	error = nn_model_parse_where(bytes, models->wanted_bytes, model, &op);
	error = error ? error : check_use(model);
	if (error) {
		refuse(reply, PROTOCOL_STATUS_BAD_MODEL, error);
		reply->offset = op;
	}
	return !error;
}

static void commit(struct m4_network *network, const struct protocol_model_commit *request,
		   struct protocol_upload *reply)
{
	struct m4_models *models = models_of(network);
	unsigned slot = models->staging;
	uint32_t staged = models->staged_bytes;

	drop(network);
	if (staged != models->wanted_bytes || !same_sha256(request->sha256, models->wanted_sha256)) {
		refuse(reply, PROTOCOL_STATUS_HASH, 0);
		return;
	}
	if (!check_staged(models, slot, reply))
		return;
	if (nn_run_start(&models->run, &models->models[slot], models->memory.room, models->memory.room_bytes) != 0)
		refuse(reply, PROTOCOL_STATUS_NO_MEMORY, 0);
	else if (!runs_alike(models))
		refuse(reply, PROTOCOL_STATUS_SELFTEST, 0);
	if (reply->status == PROTOCOL_STATUS_OK)
		show_uploaded(models, slot);
	else
		start_again(models);
}

static const struct m4_upload_ops upload_ops = {m4_upload_take, begin, chunk, commit, drop};

struct m4_network *m4_models_start(struct m4_models *models, struct m4_network *baked,
				   const struct m4_models_memory *memory)
{
	struct m4_network *network = &models->network;

	network->infer = infer;
	network->output = output;
	network->selftest = selftest;
	network->upload = &upload_ops;
	network->arena_bytes = memory->room_bytes;
	network->model_bytes_max = memory->slot_bytes;
	models->baked = baked;
	models->memory = *memory;
	show_baked(models);
	return network;
}
