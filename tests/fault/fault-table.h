/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault-table.h - the forty faults, each with scripts that inject it and what the frame source has to do about it.
 *
 * docs/faults.md is this table for readers; a test holds the two together.
 */
#ifndef TESTS_FAULT_FAULT_TABLE_H
#define TESTS_FAULT_FAULT_TABLE_H

#include <stdbool.h>

enum { FAULTS = 40, FAULT_ROWS = 12 };

enum fault_end {
	ENDS_WELL,  /* frames come in time, with all settings, and the state is RUNNING */
	ENDS_WAITS, /* it waits, longer each time, and says why */
};

enum fault_variant {
	VARIANT_PLAIN,
	VARIANT_POLL,	/* no INT line */
	VARIANT_NO_LPN, /* no LPn line */
	VARIANT_MOVED,	/* at another address than 0x29 */
};

struct fault_row {
	const char *script;
	const char *counters; /* see fault_bench_check_counters() */
	const char *reason;   /* the source says it on the way; NULL = it says nothing at all */
	unsigned gap_ms;      /* ENDS_WELL: the longest time without a frame, from power-on. ENDS_WAITS: one attempt */
	enum fault_variant variant;
	enum fault_end end;
	const char *warning;
};

struct fault_case {
	const char *name; /* "12: MCU traps at boot" */
	struct fault_row rows[FAULT_ROWS];
	void (*check)(void); /* what a row can't say, NULL = nothing */
};

extern const struct fault_case fault_cases[FAULTS];

#endif
