/* SPDX-License-Identifier: Apache-2.0 */
/* m4-upload.c - see m4-upload.h. */
#include "mcu-offload/firmware/m4-upload.h"

static bool is_whole(const struct protocol_message *message)
{
	return offsetof(struct protocol_model_chunk, data) + message->body.model_chunk.bytes <=
	       message->header.body_bytes;
}

/* A COMMIT that comes once more because its answer was lost. */
static bool is_done(const struct m4_network *network, const struct protocol_message *message)
{
	return message->header.type == PROTOCOL_MODEL_COMMIT && network->active &&
	       __builtin_memcmp(message->body.model_commit.sha256, network->sha256, PROTOCOL_SHA256_BYTES) == 0;
}

void m4_upload_take(struct m4_network *network, const struct protocol_message *message, struct protocol_upload *reply)
{
	const struct m4_upload_ops *ops = network->upload;
	const union protocol_body *body = &message->body;
	uint8_t type = message->header.type;

	if (type == PROTOCOL_MODEL_BEGIN && network->faulty)
		reply->status = PROTOCOL_STATUS_INTERNAL;
	else if (type == PROTOCOL_MODEL_BEGIN)
		ops->begin(network, &body->model_begin, reply);
	else if (!network->loading)
		reply->status = is_done(network, message) ? PROTOCOL_STATUS_ALREADY : PROTOCOL_STATUS_NO_UPLOAD;
	else if (type == PROTOCOL_MODEL_CHUNK && !is_whole(message))
		reply->status = PROTOCOL_STATUS_BAD_LENGTH;
	else if (type == PROTOCOL_MODEL_CHUNK)
		ops->chunk(network, &body->model_chunk, reply);
	else if (type == PROTOCOL_MODEL_COMMIT)
		ops->commit(network, &body->model_commit, reply);
	else
		ops->drop(network);
}
