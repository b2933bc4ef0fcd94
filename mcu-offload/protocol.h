/* SPDX-License-Identifier: Apache-2.0 */
/*
 * protocol.h - the wire between the two cores, version 1: fixed layouts, little-endian, read in place by both.
 *
 * A message is a header of 24 bytes and a body of at most 472, so that one message fits one RPMsg buffer. What each side
 * does with which message in which state is written in mcu-offload/PROTOCOL.md. Over a byte stream (a tty) the same
 * messages follow each other without anything between them: mcu-offload/framing.h.
 *
 *   0   magic  version  type | body_bytes  flags | session | seq | boot_id | crc32 | body
 *       2      1        1      2           2       4         4     4         4       0..472
 *
 * Layouts of HELLO, HELLO_ACK and ERROR stay as they are in every version, so that versions can always tell each other
 * that they differ. A longer body than known: the tail is ignored. A shorter one: the rest counts as 0, if the body has
 * at least protocol_body_least() bytes. Freestanding C11.
 *
 * Source of facts: the RPMsg buffers of the Linux kernel (512 bytes, 16 of them its own header).
 */
#ifndef MCU_OFFLOAD_PROTOCOL_H
#define MCU_OFFLOAD_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "messages are read in place: a big-endian machine needs a conversion first"
#endif

enum {
	PROTOCOL_MAGIC = 0x4e4e,
	PROTOCOL_VERSION = 1,	  /* that we write */
	PROTOCOL_VERSION_MIN = 1, /* that we understand */
	PROTOCOL_VERSION_MAX = 1,
	PROTOCOL_MESSAGE_BYTES = 496,
	PROTOCOL_HEADER_BYTES = 24,
	PROTOCOL_BODY_BYTES = PROTOCOL_MESSAGE_BYTES - PROTOCOL_HEADER_BYTES,
	PROTOCOL_ZONES = 64,
	PROTOCOL_OUTPUT_BYTES = 256,
	PROTOCOL_CHUNK_BYTES = 448,
	PROTOCOL_IN_FLIGHT_MAX = 4, /* requests that either side keeps track of */
	PROTOCOL_SHA256_BYTES = 32,
};

/* The M4's RPMsg endpoints: fixed, so that a channel is known by name and address. */
#define PROTOCOL_CHANNEL     "rpmsg-raw" /* at PROTOCOL_ADDRESS, messages */
#define PROTOCOL_TTY_CHANNEL "rpmsg-tty" /* at PROTOCOL_TTY_ADDRESS, a byte stream */
enum {
	PROTOCOL_ADDRESS = 0x500,
	PROTOCOL_TTY_ADDRESS = 0x501,
};

/* A reply's type is its request's with PROTOCOL_REPLY. Linux asks, the M4 answers; the M4 never speaks first. */
enum protocol_type {
	PROTOCOL_REPLY = 0x80,
	PROTOCOL_HELLO = 0x01,
	PROTOCOL_HELLO_ACK = PROTOCOL_HELLO | PROTOCOL_REPLY,
	PROTOCOL_PING = 0x02,
	PROTOCOL_PONG = PROTOCOL_PING | PROTOCOL_REPLY,
	PROTOCOL_BYE = 0x03, /* no body, no reply */
	PROTOCOL_INFER = 0x10,
	PROTOCOL_RESULT = PROTOCOL_INFER | PROTOCOL_REPLY,
	PROTOCOL_MODEL_BEGIN = 0x20, /* the four of them are answered by struct protocol_upload */
	PROTOCOL_MODEL_CHUNK = 0x21,
	PROTOCOL_MODEL_COMMIT = 0x22,
	PROTOCOL_MODEL_ABORT = 0x23, /* no body */
	PROTOCOL_STATS = 0x30,	     /* no body */
	PROTOCOL_STATS_REPLY = PROTOCOL_STATS | PROTOCOL_REPLY,
	PROTOCOL_SELFTEST = 0x31, /* no body */
	PROTOCOL_SELFTEST_REPLY = PROTOCOL_SELFTEST | PROTOCOL_REPLY,
	PROTOCOL_ERROR = 0x7f, /* the answer to a request that can't be understood or has no place now */
};

/* X(name, value, text) */
#define PROTOCOL_STATUSES(X)                                                                                           \
	X(OK, 0, "ok")                                                                                                 \
	X(ALREADY, 1, "that model is the active one")                                                                  \
	X(BAD_VERSION, -1, "protocol version is not supported")                                                        \
	X(NO_SESSION, -2, "no session, or another one")                                                                \
	X(BAD_LENGTH, -3, "body is too short or too long")                                                             \
	X(BAD_CRC, -4, "check sum does not match")                                                                     \
	X(BAD_TYPE, -5, "unknown request")                                                                             \
	X(BUSY, -6, "too many requests under way")                                                                     \
	X(LATE, -7, "the time budget was over before the network could start")                                         \
	X(NO_MODEL, -8, "there is no model")                                                                           \
	X(MODEL_TAG, -9, "another model is the active one")                                                            \
	X(BAD_FRAME, -10, "the model does not take this frame")                                                        \
	X(NO_MEMORY, -12, "the model is too large")                                                                    \
	X(HASH, -13, "the model's bytes do not match its SHA-256")                                                     \
	X(BAD_MODEL, -14, "the model's file is refused; detail: enum nn_error")                                        \
	X(SELFTEST, -15, "the network's self-test failed")                                                             \
	X(INTERNAL, -16, "the other core has a fault")                                                                 \
	X(NO_UPLOAD, -17, "no upload is under way")                                                                    \
	X(UNSUPPORTED, -18, "not a capability of this firmware")

/* A negative status that a receiver doesn't know ends that request only. */
#define PROTOCOL_ENUM(name, value, text) PROTOCOL_STATUS_##name = value,
enum protocol_status { PROTOCOL_STATUSES(PROTOCOL_ENUM) };
#undef PROTOCOL_ENUM

struct protocol_header { /* 24 bytes */
	uint16_t magic;
	uint8_t version;
	uint8_t type; /* enum protocol_type */
	uint16_t body_bytes;
	uint16_t flags;	  /* none is defined: 0, ignored */
	uint32_t session; /* Linux's choice in HELLO, random, not 0; a reply has its request's */
	uint32_t seq;	  /* from 1, rising by at least 1 within a session, skips 0; a reply has its request's */
	uint32_t boot_id; /* M4: its own, changes with every boot; Linux: what HELLO_ACK said, 0 in HELLO */
	uint32_t crc32;	  /* of header, with this field 0, and body */
};

struct protocol_hello { /* 32 bytes */
	uint8_t version_min, version_max;
	uint16_t zero;
	uint32_t wanted; /* PROTOCOL_CAN_*: what Linux would use */
	uint64_t t_ms;	 /* Linux's monotonic time, for traces */
	char host[16];	 /* NUL-padded, for traces */
};

enum protocol_capability {
	PROTOCOL_CAN_UPLOAD = 1u << 0,
	PROTOCOL_CAN_STATS = 1u << 1,
	PROTOCOL_CAN_CYCLES = 1u << 2, /* protocol_result.cycles is counted */
	PROTOCOL_CAN_SELFTEST = 1u << 3,
};

/* What the M4 is, as HELLO_ACK and PONG say. */
enum protocol_state {
	PROTOCOL_STATE_READY = 0,    /* a model is active */
	PROTOCOL_STATE_NO_MODEL = 1, /* INFER is answered by NO_MODEL */
	PROTOCOL_STATE_LOADING = 2,  /* an upload is under way; an active model stays active */
	PROTOCOL_STATE_FAULT = 3,    /* its self-test failed: INFER is answered by INTERNAL */
};

struct protocol_hello_ack { /* 128 bytes */
	uint8_t version;    /* chosen from both ranges */
	uint8_t state;	    /* enum protocol_state */
	uint16_t body_bytes_max;
	uint32_t boot_id, boot_count, reset_cause;
	uint32_t can; /* PROTOCOL_CAN_* */
	uint32_t core_hz;
	uint32_t arena_bytes;	  /* for activations of an uploaded model */
	uint32_t model_bytes_max; /* of an uploaded file */
	uint16_t in_flight_max;	  /* 1..PROTOCOL_IN_FLIGHT_MAX: INFERs that may be under way */
	uint16_t chunk_bytes_max; /* of MODEL_CHUNK, a multiple of 4 */
	uint32_t input_elements;
	uint16_t output_elements;
	uint8_t input_type, output_type;	     /* enum nn_type */
	uint8_t model_sha256[PROTOCOL_SHA256_BYTES]; /* of the active one, as in its file's header; zeros: none */
	char firmware[24];			     /* version, NUL-padded */
	uint32_t fault_pc, fault_status;	     /* of the last crash, 0: none known */
	uint8_t zero[20];
};

struct protocol_ping { /* 8 bytes */
	uint64_t opaque;
};

struct protocol_pong {	 /* 16 bytes */
	uint64_t opaque; /* the request's */
	uint32_t uptime_ms;
	uint8_t state;	/* enum protocol_state */
	uint8_t queued; /* INFERs that wait */
	uint16_t zero;
};

/*
 * One frame of 8x8 zones, what nn_preprocess() looks at: the M4 runs preprocessing and network. Zones that are not seen
 * have status FRAME_STATUS_NONE there and FRAME_STATUS_VALID if they are; that makes no difference to the outcome.
 */
struct protocol_infer {	    /* 408 bytes */
	uint32_t model_tag; /* the first 4 bytes of the model's SHA-256, little-endian */
	uint32_t frame;	    /* its number, for traces; comes back */
	uint32_t budget_us; /* since arrival; a network that has not started by then is not run: LATE. 0: no limit */
	uint32_t zero;
	uint8_t seen[PROTOCOL_ZONES / 8]; /* bit zone % 8 of byte zone / 8: a target of status 5 or 9 */
	int16_t distance_q2[PROTOCOL_ZONES];
	uint32_t signal_q11[PROTOCOL_ZONES];
};

struct protocol_result {     /* 40 bytes and the output */
	int16_t status;	     /* enum protocol_status; all but frame and model_tag is 0 if it is not OK */
	uint8_t output_type; /* enum nn_type */
	uint8_t present;     /* a hand is in the gate; without one the network isn't run: no output */
	uint32_t frame;
	uint32_t model_tag; /* of the active model */
	uint32_t wait_us, run_us;
	uint32_t cycles; /* of preprocessing and network, 0: not counted */
	float nearest_mm, centroid_col, centroid_row;
	uint8_t zones;
	uint8_t zero;
	uint16_t output_bytes;
	uint8_t output[PROTOCOL_OUTPUT_BYTES]; /* the network's output tensor as it is stored */
};

struct protocol_model_begin {		       /* 40 bytes */
	uint8_t sha256[PROTOCOL_SHA256_BYTES]; /* as in the file's header */
	uint32_t bytes, arena_bytes;
};

struct protocol_model_chunk { /* 8 bytes and the data */
	uint32_t offset;
	uint16_t bytes;
	uint16_t zero;
	uint8_t data[PROTOCOL_CHUNK_BYTES];
};

struct protocol_model_commit { /* 32 bytes */
	uint8_t sha256[PROTOCOL_SHA256_BYTES];
};

struct protocol_upload { /* 8 bytes */
	int16_t status;	 /* enum protocol_status */
	int16_t detail;	 /* enum nn_error with BAD_MODEL, else 0 */
	/*
	 * OK: what the M4 wants next; another one in a chunk is no error. BAD_MODEL: the number of the operator that is
	 * refused, or NN_NO_OPERATOR.
	 */
	uint32_t offset;
};

struct protocol_stats { /* 64 bytes */
	uint32_t uptime_ms;
	uint32_t inferences, busy, late, refused; /* INFERs by outcome; refused: any other status */
	uint32_t bad_messages;			  /* that could not be read, or had another session */
	uint32_t duplicates;			  /* seq not above the last */
	uint32_t no_buffer;			  /* replies lost because Linux did not read */
	uint32_t kick_waits;			  /* a doorbell had to wait for the one before */
	uint32_t run_us_min, run_us_average, run_us_max;
	uint32_t stack_free_least_bytes;
	uint32_t watchdog_margin_least_us;
	int32_t last_error; /* enum protocol_status */
	uint32_t uploads;   /* models that became active */
};

struct protocol_selftest { /* 12 bytes */
	int16_t status;	   /* enum protocol_status: OK, SELFTEST, NO_MODEL */
	uint16_t zero;
	uint32_t run_us;
	uint32_t cycles; /* 0: not counted */
};

struct protocol_error {	 /* 8 bytes */
	int16_t status;	 /* enum protocol_status */
	uint16_t detail; /* BAD_LENGTH: bytes that were wanted; else 0 */
	uint8_t type;	 /* of the request */
	uint8_t version_min, version_max;
	uint8_t zero;
};

union protocol_body {
	uint8_t bytes[PROTOCOL_BODY_BYTES];
	struct protocol_hello hello;
	struct protocol_hello_ack hello_ack;
	struct protocol_ping ping;
	struct protocol_pong pong;
	struct protocol_infer infer;
	struct protocol_result result;
	struct protocol_model_begin model_begin;
	struct protocol_model_chunk model_chunk;
	struct protocol_model_commit model_commit;
	struct protocol_upload upload;
	struct protocol_stats stats;
	struct protocol_selftest selftest;
	struct protocol_error error;
};

struct protocol_message { /* aligned to 8, as uint64_t in the bodies wants it */
	struct protocol_header header;
	union protocol_body body;
};

_Static_assert(sizeof(struct protocol_header) == PROTOCOL_HEADER_BYTES, "header");
_Static_assert(sizeof(struct protocol_hello) == 32, "hello");
_Static_assert(sizeof(struct protocol_hello_ack) == 128, "hello_ack");
_Static_assert(offsetof(struct protocol_hello_ack, model_sha256) == 44, "hello_ack");
_Static_assert(offsetof(struct protocol_hello_ack, fault_pc) == 100, "hello_ack");
_Static_assert(sizeof(struct protocol_ping) == 8, "ping");
_Static_assert(sizeof(struct protocol_pong) == 16, "pong");
_Static_assert(sizeof(struct protocol_infer) == 408, "infer");
_Static_assert(offsetof(struct protocol_infer, distance_q2) == 24, "infer");
_Static_assert(offsetof(struct protocol_infer, signal_q11) == 152, "infer");
_Static_assert(sizeof(struct protocol_result) == 40 + PROTOCOL_OUTPUT_BYTES, "result");
_Static_assert(offsetof(struct protocol_result, output) == 40, "result");
_Static_assert(sizeof(struct protocol_model_begin) == 40, "model_begin");
_Static_assert(sizeof(struct protocol_model_chunk) == 8 + PROTOCOL_CHUNK_BYTES, "model_chunk");
_Static_assert(sizeof(struct protocol_model_commit) == 32, "model_commit");
_Static_assert(sizeof(struct protocol_upload) == 8, "upload");
_Static_assert(sizeof(struct protocol_stats) == 64, "stats");
_Static_assert(sizeof(struct protocol_selftest) == 12, "selftest");
_Static_assert(sizeof(struct protocol_error) == 8, "error");
_Static_assert(sizeof(union protocol_body) == PROTOCOL_BODY_BYTES, "body");
_Static_assert(sizeof(struct protocol_message) == PROTOCOL_MESSAGE_BYTES, "message");

/*
 * Fills magic, version and check sum of a message whose type, body_bytes, session, seq, boot_id and body are set.
 * Returns the bytes to send.
 */
size_t protocol_seal(struct protocol_message *message);

/*
 * Checks one message as it came and copies it, with zeros behind its body. Returns PROTOCOL_STATUS_OK; BAD_LENGTH, BAD_CRC
 * (also for a wrong magic) for what can't be believed, not even who sent it: count it and keep silent; BAD_VERSION with
 * ret_message filled when all is well but the version, and the type isn't one of those that never change.
 */
int protocol_open(const void *bytes, size_t size, struct protocol_message *ret_message);

/* The least body that a type must have to be understood; -1: no such type. */
int protocol_body_least(uint8_t type);

/* seq comes behind last, wrapped or not. */
static inline bool protocol_seq_after(uint32_t seq, uint32_t last)
{
	return seq != last && seq - last < 0x80000000u;
}

/* NULL for an unknown status. */
const char *protocol_status_text(int status);

/* What model_tag is. */
uint32_t protocol_model_tag(const uint8_t sha256[PROTOCOL_SHA256_BYTES]);

#endif
