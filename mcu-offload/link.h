/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link.h - Linux's end of the protocol as a state machine: mcu-offload/PROTOCOL.md, chapter Linux.
 *
 * Pure: messages and time come in, messages go out through a function of the caller's, nothing else happens. Opening and
 * reading channels is the caller's part (transport.h). Time is CLOCK_MONOTONIC in nanoseconds.
 */
#ifndef MCU_OFFLOAD_LINK_H
#define MCU_OFFLOAD_LINK_H

#include "mcu-offload/protocol.h"

#define LINK_NEVER UINT64_MAX

enum { LINK_REASON = 128 };

/* X(name, text) */
#define LINK_STATES(X)                                                                                                 \
	X(ABSENT, "absent")                                                                                            \
	X(HELLO, "hello")                                                                                              \
	X(UPLOAD, "upload")                                                                                            \
	X(READY, "ready")                                                                                              \
	X(SUSPECT, "suspect")                                                                                          \
	X(PARKED, "parked")

#define LINK_ENUM(name, text) LINK_##name,
enum link_state { LINK_STATES(LINK_ENUM) };
#undef LINK_ENUM

/* What became of what was sent and received. */
struct link_counters {
	uint64_t sent, send_failed, received;
	uint64_t results, refused; /* refused: a RESULT that is not OK */
	uint64_t misses;	   /* deadlines */
	uint64_t stale;		   /* of another session */
	uint64_t late;		   /* answers to nothing that is under way: late or duplicate */
	uint64_t bad;		   /* too short, of an unknown type or with impossible content */
	uint64_t unexpected;	   /* no place for it in this state */
	uint64_t sessions, reboots, uploads, suspicions, parkings;
};

/* The model that the other core must have; bytes stay the caller's. */
struct link_model {
	uint8_t sha256[PROTOCOL_SHA256_BYTES];
	const void *bytes; /* for an upload, NULL: never upload */
	uint32_t bytes_size, arena_bytes;
};

/* 0, or a negative errno: the message is lost. -EAGAIN: no room now. */
typedef int (*link_send)(void *userdata, const struct protocol_message *message, size_t size);

struct link_request {
	uint32_t seq; /* 0: unused */
	uint32_t token;
	uint64_t deadline_ns;
	bool failed; /* link_failed() has to tell */
};

struct link_upload {
	uint8_t request; /* the MODEL_* whose reply is awaited */
	uint32_t sent, taken;
	unsigned tries;
};

struct link {
	enum link_state state;
	uint64_t since_ns;	   /* when the state began */
	uint64_t wake_ns;	   /* of the state's next step */
	uint64_t heard_ns;	   /* last message of this session */
	bool pinged;		   /* READY: since heard_ns */
	unsigned tries;		   /* HELLOs or PINGs of this state */
	unsigned misses;	   /* deadlines in a row */
	unsigned parkings;	   /* since it was ready for long */
	unsigned forgotten;	   /* sessions in a row that the other core has ended at once */
	const char *reason;	   /* of PARKED, or NULL */
	char refusal[LINK_REASON]; /* a reason that had to be put together */
	uint32_t session, seq;
	uint64_t random;
	struct protocol_hello_ack peer; /* as of the last HELLO_ACK, made printable; the model is kept up to date */
	struct link_request requests[PROTOCOL_IN_FLIGHT_MAX];
	struct link_upload upload;
	struct link_model model;
	bool has_stats;		     /* of this session */
	struct protocol_stats stats; /* as of the last STATS_REPLY */
	/* Asked for when READY begins after HELLO or UPLOAD, if it can be had. */
	struct protocol_selftest selftest;
	bool selftested; /* it was answered */
	struct link_counters counters;
	link_send send;
	void *userdata;
};

/* seed: not 0 and another one at each start, so that sessions differ. */
void link_init(struct link *link, const struct link_model *model, uint64_t seed, link_send send, void *userdata);

/* A channel was opened, and what was queued in it has been thrown away; or it has gone. */
void link_opened(struct link *link, uint64_t now_ns);
void link_closed(struct link *link, uint64_t now_ns);

/*
 * A message as protocol_open() gave it, with its status OK or BAD_VERSION. Returns true for the result of a request under
 * way: ret_token says which; message->body.result is checked for its length, not for the model's sizes.
 */
bool link_take(struct link *link, const struct protocol_message *message, int status, uint64_t now_ns,
	       uint32_t *ret_token);

/* Time has come to link_wake(). */
void link_tick(struct link *link, uint64_t now_ns);
uint64_t link_wake(const struct link *link);

/*
 * Sends a frame. Its model_tag and budget_us are filled here. Returns 0, -ENOTCONN when the other core isn't ready, -EBUSY
 * when as many as it takes are under way, or what send() returned.
 */
int link_infer(struct link *link, struct protocol_infer *infer, uint32_t token, uint64_t deadline_ns, uint64_t now_ns);

/* Fewer INFERs are under way than the other core takes at once. */
bool link_has_room(const struct link *link);

/* Requests that will have no result; each is told once. */
bool link_failed(struct link *link, uint32_t *ret_token);

/* Asks for statistics, if they can be had; they will be in stats. */
void link_ask_stats(struct link *link);

/* The caller has seen that the other core can't be used, such as wrong results. reason must stay. */
void link_park(struct link *link, const char *reason, uint64_t now_ns);

/* Says goodbye; the channel is closed afterwards. */
void link_bye(struct link *link, uint64_t now_ns);

const char *link_state_text(enum link_state state);

#endif
