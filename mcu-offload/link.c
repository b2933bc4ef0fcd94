/* SPDX-License-Identifier: Apache-2.0 */
/* link.c - Linux's end of the protocol (see link.h and mcu-offload/PROTOCOL.md). */
#include "mcu-offload/link.h"

#include <string.h>

#include "mcu-offload/link-private.h"

#define HELLO_NS  (200 * NS_PER_MS)
#define PING_NS	  (100 * NS_PER_MS)
#define IDLE_NS	  (1000 * NS_PER_MS)
#define PONG_NS	  (300 * NS_PER_MS)
#define STEADY_NS (60000 * NS_PER_MS)

enum {
	TRIES = 3,
	FORGOTTEN = 3,
};

const char *link_state_text(enum link_state state)
{
#define TEXT(name, text) [LINK_##name] = text,
	static const char *const texts[] = {LINK_STATES(TEXT)};
#undef TEXT

	return texts[state];
}

void link_init(struct link *link, const struct link_model *model, uint64_t seed, link_send send, void *userdata)
{
	*link = (struct link){
		.state = LINK_ABSENT,
		.wake_ns = LINK_NEVER,
		.random = seed,
		.model = *model,
		.send = send,
		.userdata = userdata,
	};
}

/* xorshift64*: sessions need to differ, not to be secret. */
static uint32_t next_session(struct link *link)
{
	uint32_t session;

	do {
		link->random ^= link->random >> 12;
		link->random ^= link->random << 25;
		link->random ^= link->random >> 27;
		session = (uint32_t)((link->random * 0x2545f4914f6cdd1dull) >> 32);
	} while (session == 0 || session == link->session);
	return session;
}

int link_request(struct link *link, struct protocol_message *message, uint32_t *ret_seq)
{
	int r;

	if (++link->seq == 0)
		link->seq = 1;
	message->header.session = link->session;
	message->header.seq = link->seq;
	message->header.boot_id = message->header.type == PROTOCOL_HELLO ? 0 : link->peer.boot_id;
	r = link->send(link->userdata, message, protocol_seal(message));
	if (r < 0) {
		link->counters.send_failed++;
		return r;
	}
	link->counters.sent++;
	if (ret_seq)
		*ret_seq = link->seq;
	return 0;
}

/* --- states --------------------------------------------------------------------------------------------------- */

static bool takes_frames(enum link_state state)
{
	return state == LINK_READY || state == LINK_SUSPECT;
}

static void send_hello(struct link *link, uint64_t now_ns)
{
	struct protocol_message message = {
		.header = {.type = PROTOCOL_HELLO, .body_bytes = sizeof(struct protocol_hello)},
		.body.hello = {.version_min = PROTOCOL_VERSION_MIN,
			       .version_max = PROTOCOL_VERSION_MAX,
			       .wanted = PROTOCOL_CAN_UPLOAD | PROTOCOL_CAN_STATS | PROTOCOL_CAN_CYCLES |
					 PROTOCOL_CAN_SELFTEST,
			       .t_ms = now_ns / NS_PER_MS},
	};

	memcpy(message.body.hello.host, "postured", sizeof("postured"));
	(void)link_request(link, &message, NULL);
	link->tries++;
	link->wake_ns = now_ns + HELLO_NS;
}

static void send_ping(struct link *link, uint64_t now_ns)
{
	struct protocol_message message = {
		.header = {.type = PROTOCOL_PING, .body_bytes = sizeof(struct protocol_ping)},
		.body.ping.opaque = now_ns,
	};

	(void)link_request(link, &message, NULL);
	link->tries++;
}

static void ask_selftest(struct link *link)
{
	struct protocol_message message = {.header = {.type = PROTOCOL_SELFTEST}};

	link->selftested = false;
	if (link->peer.can & PROTOCOL_CAN_SELFTEST)
		(void)link_request(link, &message, NULL);
}

static uint64_t parked_ns(unsigned parkings)
{
	static const uint64_t seconds[] = {1, 5, 30, 60};
	unsigned last = sizeof(seconds) / sizeof(seconds[0]) - 1;

	return seconds[parkings < last ? parkings : last] * 1000 * NS_PER_MS;
}

void link_enter(struct link *link, enum link_state state, uint64_t now_ns)
{
	bool steady = link->state == LINK_READY && now_ns - link->since_ns >= STEADY_NS;
	bool fresh = link->state == LINK_HELLO || link->state == LINK_UPLOAD;

	if (steady)
		link->parkings = 0;
	if (state == LINK_PARKED || (link->state == LINK_READY && now_ns - link->since_ns >= IDLE_NS))
		link->forgotten = 0;
	if (takes_frames(link->state) && !takes_frames(state))
		link_requests_fail(link);
	link->state = state;
	link->since_ns = now_ns;
	link->tries = link->misses = 0;
	link->wake_ns = LINK_NEVER;
	switch (state) {
	case LINK_ABSENT:
		link->has_stats = false;
		break;
	case LINK_HELLO:
		link->session = next_session(link);
		link->seq = 0;
		link->has_stats = false;
		link->counters.sessions++;
		send_hello(link, now_ns);
		break;
	case LINK_UPLOAD:
		link_upload_start(link, now_ns);
		break;
	case LINK_READY:
		link->reason = NULL;
		link->pinged = false;
		link->wake_ns = now_ns + IDLE_NS;
		if (fresh)
			ask_selftest(link);
		break;
	case LINK_SUSPECT:
		link->counters.suspicions++;
		send_ping(link, now_ns);
		link->wake_ns = now_ns + PING_NS;
		break;
	case LINK_PARKED:
		link->counters.parkings++;
		link->wake_ns = now_ns + parked_ns(link->parkings++);
		break;
	}
}

void link_park(struct link *link, const char *reason, uint64_t now_ns)
{
	link->reason = reason;
	if (link->state != LINK_ABSENT && link->state != LINK_PARKED)
		link_enter(link, LINK_PARKED, now_ns);
}

/* The other core has lost the session. One that loses each at once would be greeted without an end. */
static void begin_anew(struct link *link, uint64_t now_ns)
{
	if (++link->forgotten > FORGOTTEN)
		link_park(link, "it forgets each session at once", now_ns);
	else
		link_enter(link, LINK_HELLO, now_ns);
}

void link_opened(struct link *link, uint64_t now_ns)
{
	link_enter(link, LINK_HELLO, now_ns);
}

void link_closed(struct link *link, uint64_t now_ns)
{
	if (link->state != LINK_ABSENT)
		link_enter(link, LINK_ABSENT, now_ns);
}

void link_bye(struct link *link, uint64_t now_ns)
{
	struct protocol_message message = {.header = {.type = PROTOCOL_BYE}};

	if (link->state == LINK_UPLOAD || takes_frames(link->state))
		(void)link_request(link, &message, NULL);
	link_closed(link, now_ns);
}

/* --- messages ------------------------------------------------------------------------------------------------- */

/* It is printed, logged and published. */
static void make_printable(char *text, size_t size)
{
	for (size_t i = 0; i < size && text[i]; i++)
		if (text[i] < ' ' || text[i] > '~')
			text[i] = '?';
}

static void take_hello_ack(struct link *link, const struct protocol_hello_ack *ack, uint64_t now_ns)
{
	if (ack->in_flight_max == 0 || ack->in_flight_max > PROTOCOL_IN_FLIGHT_MAX ||
	    ack->body_bytes_max < sizeof(struct protocol_infer)) {
		link->counters.bad++;
		return;
	}
	if (link->peer.boot_id != 0 && ack->boot_id != link->peer.boot_id)
		link->counters.reboots++;
	link->peer = *ack;
	make_printable(link->peer.firmware, sizeof(link->peer.firmware));
	if (ack->version < PROTOCOL_VERSION_MIN || ack->version > PROTOCOL_VERSION_MAX)
		link_park(link, "the other core chose a version of the protocol that we don't have", now_ns);
	else if (ack->state == PROTOCOL_STATE_FAULT)
		link_park(link, "the other core's self-test failed", now_ns);
	else if (memcmp(ack->model_sha256, link->model.sha256, PROTOCOL_SHA256_BYTES) == 0)
		link_enter(link, LINK_READY, now_ns);
	else if (!(ack->can & PROTOCOL_CAN_UPLOAD) || !link->model.bytes)
		link_park(link, "the other core has another model and takes no upload", now_ns);
	else if (link->model.bytes_size > ack->model_bytes_max || link->model.arena_bytes > ack->arena_bytes ||
		 ack->chunk_bytes_max == 0 || ack->chunk_bytes_max > PROTOCOL_CHUNK_BYTES)
		link_park(link, "the model is too large for the other core", now_ns);
	else
		link_enter(link, LINK_UPLOAD, now_ns);
}

static void take_selftest(struct link *link, const struct protocol_selftest *selftest, uint64_t now_ns)
{
	link->selftest = *selftest;
	link->selftested = true;
	if (selftest->status != PROTOCOL_STATUS_OK)
		link_park(link, "the other core's self-test failed", now_ns);
}

static void take_error(struct link *link, const struct protocol_message *message, uint64_t now_ns)
{
	const struct protocol_error *error = &message->body.error;
	struct link_request *request = link_request_of(link, message->header.seq);

	if (error->status == PROTOCOL_STATUS_BAD_VERSION) {
		link_park(link, "the other core has another version of the protocol", now_ns);
	} else if (link->state == LINK_HELLO) {
		link_park(link, "the other core refuses to talk", now_ns);
	} else if (error->status == PROTOCOL_STATUS_NO_SESSION) {
		begin_anew(link, now_ns);
	} else if (link->state == LINK_UPLOAD) {
		link_park(link, "the other core refuses the model", now_ns);
	} else if (request) {
		link->counters.refused++;
		request->failed = true;
	}
}

/* Of this session, and long enough for its type. */
static bool take_reply(struct link *link, const struct protocol_message *message, uint64_t now_ns, uint32_t *ret_token)
{
	uint8_t type = message->header.type;
	bool frames = takes_frames(link->state);

	if (type == PROTOCOL_ERROR) {
		take_error(link, message, now_ns);
	} else if (type == PROTOCOL_HELLO_ACK && link->state == LINK_HELLO) {
		take_hello_ack(link, &message->body.hello_ack, now_ns);
	} else if (type == PROTOCOL_RESULT && frames) {
		return link_requests_take(link, message, ret_token);
	} else if (type == PROTOCOL_PONG && (frames || link->state == LINK_UPLOAD)) {
		if (link->state == LINK_SUSPECT)
			link_enter(link, LINK_READY, now_ns);
	} else if (type == PROTOCOL_STATS_REPLY && frames) {
		link->stats = message->body.stats;
		link->has_stats = true;
	} else if (type == PROTOCOL_SELFTEST_REPLY && frames) {
		take_selftest(link, &message->body.selftest, now_ns);
	} else if (link->state == LINK_UPLOAD && type >= (PROTOCOL_MODEL_BEGIN | PROTOCOL_REPLY) &&
		   type <= (PROTOCOL_MODEL_ABORT | PROTOCOL_REPLY)) {
		link_upload_take(link, type, &message->body.upload, now_ns);
	} else if (type == PROTOCOL_RESULT) {
		link->counters.late++;
	} else {
		link->counters.unexpected++;
	}
	return false;
}

bool link_take(struct link *link, const struct protocol_message *message, int status, uint64_t now_ns,
	       uint32_t *ret_token)
{
	uint8_t type = message->header.type;
	int least = protocol_body_least(type);

	link->counters.received++;
	if (link->state == LINK_ABSENT || link->state == LINK_PARKED) {
		link->counters.unexpected++;
		return false;
	}
	if (message->header.session != link->session) {
		link->counters.stale++;
		return false;
	}
	if (status == PROTOCOL_STATUS_BAD_VERSION) {
		link_park(link, "the other core has another version of the protocol", now_ns);
		return false;
	}
	if (least < 0 || message->header.body_bytes < least || (!(type & PROTOCOL_REPLY) && type != PROTOCOL_ERROR)) {
		link->counters.bad++;
		return false;
	}
	link->heard_ns = now_ns;
	link->pinged = false;
	if (link->state != LINK_HELLO && message->header.boot_id != link->peer.boot_id) {
		begin_anew(link, now_ns);
		return false;
	}
	return take_reply(link, message, now_ns, ret_token);
}

/* --- time ----------------------------------------------------------------------------------------------------- */

static void tick_ready(struct link *link, uint64_t now_ns)
{
	uint64_t silent_ns = now_ns - link->heard_ns;

	if (link->pinged && silent_ns >= IDLE_NS + PONG_NS) {
		link_enter(link, LINK_SUSPECT, now_ns);
	} else if (!link->pinged && silent_ns >= IDLE_NS) {
		send_ping(link, now_ns);
		link->pinged = true;
		link->wake_ns = now_ns + PONG_NS;
	} else {
		link->wake_ns = link->heard_ns + IDLE_NS + (link->pinged ? PONG_NS : 0);
	}
}

static void tick_state(struct link *link, uint64_t now_ns)
{
	switch (link->state) {
	case LINK_HELLO:
		if (link->tries >= TRIES)
			link_park(link, "no answer", now_ns);
		else
			send_hello(link, now_ns);
		break;
	case LINK_UPLOAD:
		link_upload_tick(link, now_ns);
		break;
	case LINK_READY:
		tick_ready(link, now_ns);
		break;
	case LINK_SUSPECT:
		if (link->tries >= TRIES) {
			link_park(link, "it has stopped answering", now_ns);
		} else {
			send_ping(link, now_ns);
			link->wake_ns = now_ns + PING_NS;
		}
		break;
	case LINK_PARKED:
		link_enter(link, LINK_HELLO, now_ns);
		break;
	case LINK_ABSENT:
		break;
	}
}

void link_tick(struct link *link, uint64_t now_ns)
{
	link_requests_tick(link, now_ns);
	if (now_ns >= link->wake_ns)
		tick_state(link, now_ns);
}

void link_ask_stats(struct link *link)
{
	struct protocol_message message = {.header = {.type = PROTOCOL_STATS}};

	if (link->state == LINK_READY && (link->peer.can & PROTOCOL_CAN_STATS))
		(void)link_request(link, &message, NULL);
}
