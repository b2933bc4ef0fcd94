/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault-bench.h - the real frame source on an emulated chip with a fault script, in virtual time, watched from inside.
 *
 * Whatever the source says of itself goes through vl53l8cx_source_state(), which the linker wraps (--wrap): the bench
 * keeps a history of it, and can hold the source's thread in that call. While it is held nothing moves, so that the
 * counters, the chip's memory and the clock can be read in peace and are the same in every run.
 */
#ifndef TESTS_FAULT_FAULT_BENCH_H
#define TESTS_FAULT_FAULT_BENCH_H

#include <stdbool.h>

#include "sensor/source.h"

enum {
	FAULT_HISTORY = 128,
	FAULT_MEMORY = 0x10000,
	FAULT_GIVE_UP = 40,
	FAULT_RATE_HZ = 15,
	FAULT_PERIOD_MS = 67,
};

/* A state that the source declared. Repeated RUNNING is one moment; a wait or a rung is one each time. */
struct fault_moment {
	enum source_state state;
	int error;
	uint64_t t_ns; /* since the emulator was made */
	uint64_t transfers, bytes_out;
	char reason[sizeof(((struct source_health *)0)->reason)];
};

struct fault_bench {
	struct source *source;
	struct source_config config;
	/* valid while the source is held */
	struct fault_moment history[FAULT_HISTORY];
	unsigned moments; /* of them, the rest was not kept */
	uint64_t now_ns;  /* virtual, since the emulator was made */
	struct source_health health;
	uint64_t made; /* frames by the chip */
	bool ranging;  /* the chip */
	uint16_t address;
	bool has_bus; /* the source has opened it */
	/* frames as they were taken */
	unsigned frames;
	uint64_t lost;
	uint64_t gap_ns;  /* the longest time without a frame; the first counts from power-on */
	uint64_t last_ns; /* when the last frame came */
	struct frame frame;
	uint64_t *times_ns; /* of all frames, NULL = not kept */
	unsigned times_max;
};

/* 8x8 at 15 Hz, INT and LPn, 1 MHz, a scene without anything. */
struct source_config fault_config(const char *script);

/* Only one bench at a time. The caller may set times_ns and times_max after it. */
void fault_bench_open(struct fault_bench *bench, const struct source_config *config);
void fault_bench_close(struct fault_bench *bench);

/*
 * Takes frames until the source has declared the state `times` more times (RUNNING is declared with each frame), and
 * holds it there. False when the source waits and waits instead, FAULT_GIVE_UP times without a frame.
 */
bool fault_bench_try(struct fault_bench *bench, enum source_state state, unsigned times);
/* The same, but that fails the test. */
void fault_bench_until(struct fault_bench *bench, enum source_state state, unsigned times);

/* The moment whose reason has this text, NULL for none. */
const struct fault_moment *fault_bench_find(const struct fault_bench *bench, const char *text);

/* All that a host sets in the held chip's memory, and zeros: equal for equal settings. */
void fault_bench_settings(const struct fault_bench *bench, uint8_t ret_memory[FAULT_MEMORY]);

/*
 * Compares all counters of the source with "name value name low-high name *", where names that are not mentioned must
 * be 0. Fails the test with all counters and the history when they differ.
 */
void fault_bench_check_counters(const struct fault_bench *bench, const char *expected);

/* Prints the counters that are not 0 and the history. */
void fault_bench_print(const struct fault_bench *bench);

#endif
