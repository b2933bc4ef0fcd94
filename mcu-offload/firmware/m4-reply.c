/* SPDX-License-Identifier: Apache-2.0 */
/* m4-reply.c - see m4-reply.h. */
#include "mcu-offload/firmware/m4-reply.h"

#include "mcu-offload/firmware/m4-channel.h"

_Static_assert((int)PROTOCOL_MESSAGE_BYTES == (int)M4_CHANNEL_PAYLOAD_BYTES, "one message fits one buffer");

/* The reply's empty body. */
static union protocol_body *begin(struct m4_session *session)
{
	__builtin_memset(&session->reply.body, 0, sizeof(session->reply.body));
	return &session->reply.body;
}

static size_t seal(struct m4_session *session, const struct protocol_message *request, uint8_t type, size_t body_bytes)
{
	session->reply.header = (struct protocol_header){
		.type = type,
		.body_bytes = (uint16_t)body_bytes,
		.session = request->header.session,
		.seq = request->header.seq,
		.boot_id = session->boot.boot_id,
	};
	return protocol_seal(&session->reply);
}

size_t m4_reply_error(struct m4_session *session, const struct protocol_message *request, int status, uint16_t detail)
{
	begin(session)->error = (struct protocol_error){
		.status = (int16_t)status,
		.detail = detail,
		.type = request->header.type,
		.version_min = PROTOCOL_VERSION_MIN,
		.version_max = PROTOCOL_VERSION_MAX,
	};
	session->stats.last_error = status;
	return seal(session, request, PROTOCOL_ERROR, sizeof(struct protocol_error));
}

static enum protocol_state state_of(const struct m4_session *session)
{
	const struct m4_network *network = session->network;

	if (network->faulty)
		return PROTOCOL_STATE_FAULT;
	if (network->loading)
		return PROTOCOL_STATE_LOADING;
	return network->active ? PROTOCOL_STATE_READY : PROTOCOL_STATE_NO_MODEL;
}

size_t m4_reply_hello(struct m4_session *session, const struct protocol_message *request)
{
	const struct m4_network *network = session->network;
	const struct m4_boot *boot = &session->boot;
	struct protocol_hello_ack *ack = &begin(session)->hello_ack;

	ack->version = PROTOCOL_VERSION;
	ack->state = (uint8_t)state_of(session);
	ack->body_bytes_max = PROTOCOL_BODY_BYTES;
	ack->boot_id = boot->boot_id;
	ack->boot_count = boot->boot_count;
	ack->reset_cause = boot->reset_cause;
	ack->can = PROTOCOL_CAN_STATS | PROTOCOL_CAN_SELFTEST | (network->upload ? PROTOCOL_CAN_UPLOAD : 0u);
	if (session->board->cycles(session->board))
		ack->can |= PROTOCOL_CAN_CYCLES;
	ack->core_hz = boot->core_hz;
	ack->arena_bytes = network->upload ? network->arena_bytes : 0;
	ack->model_bytes_max = network->model_bytes_max;
	ack->in_flight_max = M4_SESSION_QUEUE;
	ack->chunk_bytes_max = network->upload ? PROTOCOL_CHUNK_BYTES : 0;
	if (network->active) {
		ack->input_elements = network->input_elements;
		ack->output_elements = network->output_elements;
		ack->input_type = network->input_type;
		ack->output_type = network->output_type;
		__builtin_memcpy(ack->model_sha256, network->sha256, sizeof(ack->model_sha256));
	}
	__builtin_memcpy(ack->firmware, M4_SESSION_FIRMWARE, sizeof(M4_SESSION_FIRMWARE));
	ack->fault_pc = boot->fault_pc;
	ack->fault_status = boot->fault_status;
	return seal(session, request, PROTOCOL_HELLO_ACK, sizeof(*ack));
}

size_t m4_reply_pong(struct m4_session *session, const struct protocol_message *request)
{
	begin(session)->pong = (struct protocol_pong){
		.opaque = request->body.ping.opaque,
		.uptime_ms = session->board->now_ms(session->board),
		.state = (uint8_t)state_of(session),
		.queued = session->queued,
	};
	return seal(session, request, PROTOCOL_PONG, sizeof(struct protocol_pong));
}

size_t m4_reply_stats(struct m4_session *session, const struct protocol_message *request)
{
	struct protocol_stats *stats = &begin(session)->stats;
	struct m4_board *board = session->board;

	*stats = session->stats;
	stats->uptime_ms = board->now_ms(board);
	if (session->runs_summed)
		stats->run_us_average = session->run_us_sum / session->runs_summed;
	stats->stack_free_least_bytes = board->stack_free_bytes(board);
	stats->watchdog_margin_least_us = board->watchdog_margin_us(board);
	return seal(session, request, PROTOCOL_STATS_REPLY, sizeof(*stats));
}

/* Runs it, too. */
size_t m4_reply_selftest(struct m4_session *session, const struct protocol_message *request)
{
	struct protocol_selftest *selftest = &begin(session)->selftest;
	struct m4_network *network = session->network;
	struct m4_board *board = session->board;

	selftest->status = PROTOCOL_STATUS_NO_MODEL;
	if (network->active || network->faulty) {
		selftest->cycles = board->cycles(board);
		selftest->run_us = board->now_us(board);
		selftest->status = network->selftest(network) ? PROTOCOL_STATUS_OK : PROTOCOL_STATUS_SELFTEST;
		selftest->run_us = board->now_us(board) - selftest->run_us;
		selftest->cycles = board->cycles(board) - selftest->cycles;
	}
	return seal(session, request, PROTOCOL_SELFTEST_REPLY, sizeof(*selftest));
}

size_t m4_reply_upload(struct m4_session *session, const struct protocol_message *request,
		       const struct protocol_upload *upload)
{
	begin(session)->upload = *upload;
	if (upload->status < 0)
		session->stats.last_error = upload->status;
	return seal(session, request, request->header.type | PROTOCOL_REPLY, sizeof(*upload));
}

static struct protocol_result *begin_result(struct m4_session *session, const struct protocol_message *request,
					    int status)
{
	struct protocol_result *result = &begin(session)->result;

	result->status = (int16_t)status;
	result->frame = request->body.infer.frame;
	if (session->network->active)
		result->model_tag = protocol_model_tag(session->network->sha256);
	return result;
}

size_t m4_reply_refusal(struct m4_session *session, const struct protocol_message *request, int status)
{
	begin_result(session, request, status);
	session->stats.busy += status == PROTOCOL_STATUS_BUSY;
	session->stats.late += status == PROTOCOL_STATUS_LATE;
	session->stats.refused += status != PROTOCOL_STATUS_BUSY && status != PROTOCOL_STATUS_LATE;
	session->stats.last_error = status;
	return seal(session, request, PROTOCOL_RESULT, offsetof(struct protocol_result, output));
}

size_t m4_reply_result(struct m4_session *session, const struct protocol_message *request, const struct m4_run *run)
{
	struct protocol_result *result = begin_result(session, request, PROTOCOL_STATUS_OK);
	const struct m4_network *network = session->network;

	result->output_type = network->output_type;
	result->present = run->hand.present;
	result->wait_us = run->wait_us;
	result->run_us = run->run_us;
	result->cycles = run->cycles;
	result->nearest_mm = run->hand.nearest_mm;
	result->centroid_col = run->hand.centroid_col;
	result->centroid_row = run->hand.centroid_row;
	result->zones = run->hand.zones;
	if (run->hand.present) {
		result->output_bytes = network->output_bytes;
		__builtin_memcpy(result->output, network->output(network), network->output_bytes);
	}
	return seal(session, request, PROTOCOL_RESULT, offsetof(struct protocol_result, output) + result->output_bytes);
}
