/* SPDX-License-Identifier: Apache-2.0 */
/* m4-session.c - see m4-session.h. */
#include "mcu-offload/firmware/m4-session.h"

#include "mcu-offload/firmware/m4-reply.h"

void m4_session_start(struct m4_session *session, struct m4_board *board, struct m4_network *network,
		      const struct m4_boot *boot)
{
	session->board = board;
	session->network = network;
	session->boot = *boot;
	m4_session_end(session);
}

void m4_session_end(struct m4_session *session)
{
	session->id = 0;
	session->queued = 0;
	if (session->network->upload)
		session->network->upload->drop(session->network);
}

static struct m4_session_slot *slot_at(struct m4_session *session, unsigned position)
{
	return &session->slots[(session->oldest + position) % (M4_SESSION_QUEUE + 1)];
}

void *m4_session_room(struct m4_session *session)
{
	return &session->reply;
}

static size_t take_hello(struct m4_session *session, const struct protocol_message *message)
{
	const struct protocol_hello *hello = &message->body.hello;

	if (hello->version_min > PROTOCOL_VERSION_MAX || hello->version_max < PROTOCOL_VERSION_MIN)
		return m4_reply_error(session, message, PROTOCOL_STATUS_BAD_VERSION, 0);
	if (!message->header.session)
		return m4_reply_error(session, message, PROTOCOL_STATUS_NO_SESSION, 0);
	m4_session_end(session);
	session->id = message->header.session;
	session->last_seq = message->header.seq;
	session->board->trace(session->board, "hello ", session->id);
	return m4_reply_hello(session, message);
}

static size_t take_infer(struct m4_session *session, const struct protocol_message *message)
{
	int status = PROTOCOL_STATUS_OK;

	if (session->network->faulty)
		status = PROTOCOL_STATUS_INTERNAL;
	else if (!session->network->active)
		status = PROTOCOL_STATUS_NO_MODEL;
	else if (session->queued >= M4_SESSION_QUEUE)
		status = PROTOCOL_STATUS_BUSY;
	else if (message->body.infer.model_tag != protocol_model_tag(session->network->sha256))
		status = PROTOCOL_STATUS_MODEL_TAG;
	if (status != PROTOCOL_STATUS_OK)
		return m4_reply_refusal(session, message, status);
	session->queued++;
	return 0;
}

static size_t take_upload(struct m4_session *session, const struct protocol_message *message)
{
	struct m4_network *network = session->network;
	struct protocol_upload upload = {.status = PROTOCOL_STATUS_OK};

	if (!network->upload)
		return m4_reply_error(session, message, PROTOCOL_STATUS_UNSUPPORTED, 0);
	network->upload->take(network, message, &upload);
	session->stats.uploads += message->header.type == PROTOCOL_MODEL_COMMIT && upload.status == PROTOCOL_STATUS_OK;
	return m4_reply_upload(session, message, &upload);
}

/* A request of this session, for the first time. */
static size_t take_request(struct m4_session *session, const struct protocol_message *message)
{
	switch (message->header.type) {
	case PROTOCOL_PING:
		return m4_reply_pong(session, message);
	case PROTOCOL_STATS:
		return m4_reply_stats(session, message);
	case PROTOCOL_SELFTEST:
		return m4_reply_selftest(session, message);
	case PROTOCOL_INFER:
		return take_infer(session, message);
	case PROTOCOL_BYE:
		m4_session_end(session);
		return 0;
	default:
		return take_upload(session, message);
	}
}

static size_t count_silently(uint32_t *counter)
{
	(*counter)++;
	return 0;
}

size_t m4_session_take(struct m4_session *session, size_t size, uint32_t source)
{
	struct m4_session_slot *slot = slot_at(session, session->queued);
	struct protocol_message *message = &slot->message;
	int status = protocol_open(&session->reply, size, message);
	int least;

	slot->source = source;
	slot->arrived_us = session->board->now_us(session->board);
	session->reply_to = source;
	if (status != PROTOCOL_STATUS_OK && status != PROTOCOL_STATUS_BAD_VERSION)
		return count_silently(&session->stats.bad_messages);
	if (message->header.type & PROTOCOL_REPLY || message->header.type == PROTOCOL_ERROR)
		return count_silently(&session->stats.bad_messages);
	if (status == PROTOCOL_STATUS_BAD_VERSION)
		return m4_reply_error(session, message, status, 0);
	least = protocol_body_least(message->header.type);
	if (least < 0)
		return m4_reply_error(session, message, PROTOCOL_STATUS_BAD_TYPE, 0);
	if (message->header.body_bytes < least)
		return m4_reply_error(session, message, PROTOCOL_STATUS_BAD_LENGTH, (uint16_t)least);
	if (message->header.type == PROTOCOL_HELLO)
		return take_hello(session, message);
	if (!session->id || message->header.session != session->id ||
	    message->header.boot_id != session->boot.boot_id) {
		session->stats.bad_messages++;
		return m4_reply_error(session, message, PROTOCOL_STATUS_NO_SESSION, 0);
	}
	if (!protocol_seq_after(message->header.seq, session->last_seq))
		return count_silently(&session->stats.duplicates);
	session->last_seq = message->header.seq;
	return take_request(session, message);
}

/* What nn_preprocess() looks at. */
static void frame_from(const struct protocol_infer *infer, struct frame *frame)
{
	frame->cols = 8;
	frame->rows = 8;
	for (unsigned zone = 0; zone < PROTOCOL_ZONES; zone++) {
		bool seen = infer->seen[zone / 8] >> zone % 8 & 1;

		frame->status[zone] = (uint8_t)(seen ? FRAME_STATUS_VALID : FRAME_STATUS_NONE);
		frame->distance_q2[zone] = infer->distance_q2[zone];
		frame->signal_q11[zone] = infer->signal_q11[zone];
	}
}

static void count_run(struct m4_session *session, uint32_t us)
{
	struct protocol_stats *stats = &session->stats;

	stats->inferences++;
	stats->run_us_min = stats->inferences == 1 || us < stats->run_us_min ? us : stats->run_us_min;
	stats->run_us_max = us > stats->run_us_max ? us : stats->run_us_max;
	if (session->run_us_sum > UINT32_MAX - us) {
		session->run_us_sum /= 2;
		session->runs_summed /= 2;
	}
	session->run_us_sum += us;
	session->runs_summed++;
}

size_t m4_session_work(struct m4_session *session)
{
	struct m4_session_slot *slot = slot_at(session, 0);
	struct m4_board *board = session->board;
	const struct protocol_infer *infer = &slot->message.body.infer;
	struct m4_run run = {.status = PROTOCOL_STATUS_OK};
	uint32_t begun_us, begun_cycles;

	if (!session->queued)
		return 0;
	session->reply_to = slot->source;
	session->oldest = (uint8_t)((session->oldest + 1) % (M4_SESSION_QUEUE + 1));
	session->queued--;

	begun_us = board->now_us(board);
	run.wait_us = begun_us - slot->arrived_us;
	if (session->network->faulty)
		run.status = PROTOCOL_STATUS_INTERNAL; /* its self-test failed meanwhile */
	else if (infer->model_tag != protocol_model_tag(session->network->sha256))
		run.status = PROTOCOL_STATUS_MODEL_TAG; /* a model was uploaded while it waited */
	else if (infer->budget_us && run.wait_us > infer->budget_us)
		run.status = PROTOCOL_STATUS_LATE;
	if (run.status != PROTOCOL_STATUS_OK)
		return m4_reply_refusal(session, &slot->message, run.status);

	begun_cycles = board->cycles(board);
	frame_from(infer, &session->frame);
	if (session->network->infer(session->network, &session->frame, &run.hand) != 0)
		return m4_reply_refusal(session, &slot->message, PROTOCOL_STATUS_BAD_FRAME);
	run.cycles = board->cycles(board) - begun_cycles;
	run.run_us = board->now_us(board) - begun_us;
	count_run(session, run.run_us);
	return m4_reply_result(session, &slot->message, &run);
}
