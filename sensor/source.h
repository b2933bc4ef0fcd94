/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source.h - where frames come from. The hall sees only this: a descriptor to poll and a frame to take.
 *
 * Implementations: vl53l8cx-source.c (the chip, on a real bus or on the emulator), replay.c (recordings).
 * A source never blocks its caller, never ends on its own because a device is missing, and never logs: it
 * waits, recovers, counts, and says in its health what it is doing and why.
 */
#ifndef SENSOR_SOURCE_H
#define SENSOR_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "sensor/frame.h"
#include "sensor/i2c.h"

/* Why a frame was thrown away. The texts are the keys of the diagnostics payload. */
#define SOURCE_REJECTS(X)                                                                                              \
	X(TORN, "torn")		  /* header id and footer id differ */                                                 \
	X(MALFORMED, "malformed") /* a wanted block is missing or has another size */                                  \
	X(CRC, "crc")		  /* results CRC, firmware MM1.8.0.1 */                                                \
	X(STALE, "stale")	  /* the same stream count again */                                                    \
	X(BUS, "bus")		  /* the read failed after all retries */                                              \
	X(OVERRUN, "overrun")	  /* the hall did not take it in time */

/* The rungs of the recovery ladder, also the levels of source_ops.recover. */
#define SOURCE_RUNGS(X)                                                                                                \
	X(RESYNC, "resync")                                                                                            \
	X(RESTART, "restart")                                                                                          \
	X(REBOOT, "reboot")                                                                                            \
	X(POWER_CYCLE, "power_cycle")

#define SOURCE_STATES(X)                                                                                               \
	X(STARTING, "starting")	    /* opening the bus, uploading, configuring */                                      \
	X(RUNNING, "running")	    /* frames arrive */                                                                \
	X(RECOVERING, "recovering") /* on the ladder, bounded by deadline_ns */                                        \
	X(WAITING, "waiting")	    /* for something outside: device, firmware, retry time */                          \
	X(ENDED, "ended")	    /* a recording or a scene is over */                                               \
	X(FAULT, "fault")	    /* latched: laser safety; only a restart by hand helps */

#define SOURCE_ENUM(name, text) SOURCE_REJECT_##name,
enum source_reject { SOURCE_REJECTS(SOURCE_ENUM) SOURCE_REJECTS_COUNT };
#undef SOURCE_ENUM
#define SOURCE_ENUM(name, text) SOURCE_RUNG_##name,
enum source_rung { SOURCE_RUNGS(SOURCE_ENUM) SOURCE_RUNGS_COUNT };
#undef SOURCE_ENUM
#define SOURCE_ENUM(name, text) SOURCE_##name,
enum source_state { SOURCE_STATES(SOURCE_ENUM) SOURCE_STATES_COUNT };
#undef SOURCE_ENUM

/* "torn", "restart", "running"; NULL when out of range. */
const char *source_reject_text(enum source_reject reject);
const char *source_rung_text(enum source_rung rung);
const char *source_state_text(enum source_state state);

/* A copy of what the source knows of itself; all counters since it was opened. */
struct source_health {
	enum source_state state;
	uint64_t state_since_ns;
	uint64_t deadline_ns; /* a healthy source changes state or delivers before this; 0 = none */
	int error;	      /* negative errno behind the state, 0 = none */
	char reason[192];     /* one sentence: what is wrong and what to do; "" when running */
	uint64_t frames;
	uint64_t lost; /* stream count jumps */
	uint64_t rejects[SOURCE_REJECTS_COUNT];
	uint64_t recoveries[SOURCE_RUNGS_COUNT];
	uint64_t reboots_failed;
	uint64_t spurious_edges;
	uint64_t missed_edges; /* data was ready, the INT line said nothing */
	uint64_t warnings;     /* charge pump, AVDD, bus too slow: see warning */
	char warning[128];     /* the newest of them, "" = none so far */
	struct i2c_counters i2c;
	char device[96];  /* "vl53l8cx rev 0x0c at /dev/i2c-1:0x29, firmware MM1.8" or a path */
	uint16_t rate_hz; /* as configured; a recording's own rate, rounded */
	int8_t temperature_c;
};

enum source_order { SOURCE_ORDER_CLOSEST = 1, SOURCE_ORDER_STRONGEST = 2 };

/* Everything any source needs to know; strings are borrowed until open returns. */
struct source_config {
	const char *type; /* "vl53l8cx" or "replay" */

	/* vl53l8cx: where */
	const char *bus;      /* "/dev/i2c-1", an adapter's name, or "emulator" */
	uint16_t address;     /* 7 bit, 0x29 */
	const char *firmware; /* path of the container that vl53l8cx-fwcut makes */
	const char *int_line; /* "" = poll data-ready */
	const char *lpn_line; /* "" = no LPn */
	/* vl53l8cx: how */
	uint8_t resolution; /* 4 or 8 */
	uint8_t rate_hz;    /* 1..15 at 8x8, 1..60 at 4x4; replay: 0 = as recorded */
	uint16_t integration_ms;
	bool continuous;
	uint8_t sharpener_percent;
	enum source_order order;
	uint16_t xtalk_margin_kcps;
	uint16_t vhv_repeat; /* frames between temperature compensations, 0 = off */
	bool external_sync;
	bool all_outputs; /* also ambient, SPADs, sigma, reflectance, motion */

	/* emulator below the driver */
	const char *scene;  /* see sensor/emulator/scene.h */
	const char *faults; /* script text, see sensor/emulator/faults.h; NULL or "" = none */
	uint32_t scl_hz;    /* bus clock for the emulated wire time, 0 = instant */
	uint64_t seed;
	bool virtual_time; /* as fast as possible, and nothing is ever dropped */

	/* replay */
	const char *path; /* file or directory of recordings */
	bool fast;	  /* as fast as the hall takes them */
	bool loop;
};

struct source;

struct source_ops {
	const char *name;
	/* Starts it. Returns 0, or a negative errno for what waiting can't mend (EINVAL, ENOMEM, bad recording). */
	int (*open)(const struct source_config *config, struct source **ret_source);
	/* Readable when dispatch has work. Never changes. */
	int (*fd)(struct source *source);
	/* 1: ret_frame filled; 0: nothing now; -ENODATA: ended, no frame will ever come; other negative errno. */
	int (*dispatch)(struct source *source, struct frame *ret_frame);
	/* Asks for a rung of the ladder (health says how it goes). Replay answers -EOPNOTSUPP. */
	int (*recover)(struct source *source, enum source_rung rung);
	/* Thread-safe copy. */
	void (*health)(struct source *source, struct source_health *ret_health);
	/* Stops and frees within two seconds, NULL allowed, returns NULL. */
	struct source *(*free)(struct source *source);
};

struct source {
	const struct source_ops *ops;
};

extern const struct source_ops vl53l8cx_source_ops;
extern const struct source_ops replay_source_ops;

/* Opens the type that the configuration names; EINVAL for an unknown one. */
int source_open(const struct source_config *config, struct source **ret_source);

static inline struct source *source_free(struct source *source)
{
	return source ? source->ops->free(source) : NULL;
}

#endif
