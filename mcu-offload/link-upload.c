/* SPDX-License-Identifier: Apache-2.0 */
/* link-upload.c - a model on its way to the other core: up to four chunks under way, again from where it stopped. */
#include <stdio.h>
#include <string.h>

#include "mcu-offload/link-private.h"
#include "nn/runtime/operators.h"

#define REPLY_NS  (200 * NS_PER_MS)
#define CHUNK_NS  (50 * NS_PER_MS)
#define COMMIT_NS (2000 * NS_PER_MS) /* it hashes all and looks at every layer */

enum {
	TRIES = 5,
	WINDOW = 4,
};

static void ask(struct link *link, uint8_t type, uint64_t now_ns)
{
	struct protocol_message message = {.header = {.type = type}};

	link->upload.request = type;
	if (type == PROTOCOL_MODEL_BEGIN) {
		message.header.body_bytes = sizeof(struct protocol_model_begin);
		message.body.model_begin.bytes = link->model.bytes_size;
		message.body.model_begin.arena_bytes = link->model.arena_bytes;
		memcpy(message.body.model_begin.sha256, link->model.sha256, PROTOCOL_SHA256_BYTES);
		link->wake_ns = now_ns + REPLY_NS;
	} else {
		message.header.body_bytes = sizeof(struct protocol_model_commit);
		memcpy(message.body.model_commit.sha256, link->model.sha256, PROTOCOL_SHA256_BYTES);
		link->wake_ns = now_ns + COMMIT_NS;
	}
	(void)link_request(link, &message, NULL);
}

static void send_chunks(struct link *link, uint64_t now_ns)
{
	struct link_upload *upload = &link->upload;
	uint32_t most = link->peer.chunk_bytes_max;

	upload->request = PROTOCOL_MODEL_CHUNK;
	while (upload->sent < link->model.bytes_size && upload->sent - upload->taken < WINDOW * most) {
		struct protocol_message message = {.header = {.type = PROTOCOL_MODEL_CHUNK}};
		uint32_t rest = link->model.bytes_size - upload->sent, n = rest < most ? rest : most;

		message.header.body_bytes = (uint16_t)(offsetof(struct protocol_model_chunk, data) + n);
		message.body.model_chunk.offset = upload->sent;
		message.body.model_chunk.bytes = (uint16_t)n;
		memcpy(message.body.model_chunk.data, (const uint8_t *)link->model.bytes + upload->sent, n);
		if (link_request(link, &message, NULL) < 0)
			break;
		upload->sent += n;
	}
	link->wake_ns = now_ns + CHUNK_NS;
}

void link_upload_start(struct link *link, uint64_t now_ns)
{
	link->upload = (struct link_upload){.tries = 1};
	ask(link, PROTOCOL_MODEL_BEGIN, now_ns);
}

static void finish(struct link *link, uint64_t now_ns)
{
	memcpy(link->peer.model_sha256, link->model.sha256, PROTOCOL_SHA256_BYTES);
	link->counters.uploads += link->upload.request == PROTOCOL_MODEL_COMMIT;
	link_enter(link, LINK_READY, now_ns);
}

/* offset is what the other core wants next. */
static void go_on(struct link *link, uint32_t offset, uint64_t now_ns)
{
	struct link_upload *upload = &link->upload;

	if (offset > link->model.bytes_size) {
		link->counters.bad++;
		return;
	}
	if (offset > upload->taken)
		upload->tries = 0;
	else if (upload->request == PROTOCOL_MODEL_CHUNK)
		return; /* a chunk was lost or came twice: time brings it again */
	upload->taken = offset;
	if (upload->sent < offset)
		upload->sent = offset;
	if (offset == link->model.bytes_size)
		ask(link, PROTOCOL_MODEL_COMMIT, now_ns);
	else
		send_chunks(link, now_ns);
}

/* Of an operator, by its number in the file that was sent. */
static const char *operator_name(const struct link_model *model, uint32_t number)
{
	const struct nn_operator_kind *kind;
	struct nn_header header;
	struct nn_section section;
	uint16_t code;

	if (model->bytes_size < sizeof(header))
		return "unknown";
	memcpy(&header, model->bytes, sizeof(header));
	section = header.sections[NN_SECTION_OPERATORS];
	if (section.offset > model->bytes_size || section.bytes > model->bytes_size - section.offset ||
	    number >= section.bytes / sizeof(struct nn_operator))
		return "unknown";
	memcpy(&code, (const uint8_t *)model->bytes + section.offset + number * sizeof(struct nn_operator),
	       sizeof(code));
	kind = nn_operator_kind(code);
	return kind ? kind->name : "unknown";
}

/* The other core's firmware may be older than the model. */
static void park_refused(struct link *link, const struct protocol_upload *reply, uint64_t now_ns)
{
	const char *status = protocol_status_text(reply->status);
	char *text = link->refusal;

	if (reply->status != PROTOCOL_STATUS_BAD_MODEL)
		snprintf(text, sizeof(link->refusal), "the other core refuses the model: %s",
			 status ? status : "for a reason that we don't know");
	else if (reply->offset == NN_NO_OPERATOR)
		snprintf(text, sizeof(link->refusal), "the other core refuses the model: %s",
			 nn_error_text(reply->detail));
	else
		snprintf(text, sizeof(link->refusal), "the other core refuses the model at operator %u, %s: %s",
			 reply->offset, operator_name(&link->model, reply->offset), nn_error_text(reply->detail));
	link_park(link, text, now_ns);
}

void link_upload_take(struct link *link, uint8_t type, const struct protocol_upload *reply, uint64_t now_ns)
{
	if (type != (link->upload.request | PROTOCOL_REPLY))
		link->counters.unexpected++;
	else if (reply->status == PROTOCOL_STATUS_ALREADY ||
		 (reply->status == PROTOCOL_STATUS_OK && link->upload.request == PROTOCOL_MODEL_COMMIT))
		finish(link, now_ns);
	else if (reply->status != PROTOCOL_STATUS_OK)
		park_refused(link, reply, now_ns);
	else
		go_on(link, reply->offset, now_ns);
}

void link_upload_tick(struct link *link, uint64_t now_ns)
{
	struct link_upload *upload = &link->upload;

	if (++upload->tries > TRIES) {
		link_park(link, "it has stopped answering while the model was sent", now_ns);
		return;
	}
	if (upload->request != PROTOCOL_MODEL_CHUNK) {
		ask(link, upload->request, now_ns);
		return;
	}
	upload->sent = upload->taken;
	send_chunks(link, now_ns);
}
