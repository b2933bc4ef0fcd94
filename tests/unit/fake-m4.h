/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake-m4.h - the other core as PROTOCOL.md wants it, behind a socket in the test's own thread, with faults to order. It
 * does nothing but what fake_m4_work() finds to do.
 */
#ifndef TESTS_UNIT_FAKE_M4_H
#define TESTS_UNIT_FAKE_M4_H

#include "mcu-offload/framing.h"
#include "nn/model-file.h"
#include "nn/runtime/run.h"

/* What is wrong with answers to INFER from now on, besides SILENT, which concerns all. */
enum fake_fault {
	FAKE_FINE,
	FAKE_SILENT,	/* hangs: reads and says nothing */
	FAKE_CORRUPT,	/* one bit */
	FAKE_TRUNCATED, /* the last byte is missing */
	FAKE_TWICE,
	FAKE_STALE, /* of another session */
	FAKE_KEPT,  /* said only before the next one: late and, two at a time, out of order */
	FAKE_WRONG, /* one output bit, check sums right */
	FAKE_HUGE,  /* claims more output than there is */
	FAKE_NAN,   /* a hand at no distance */
	FAKE_BUSY,
	FAKE_VERSION, /* only knows version 2 */
	FAKE_FUTURE,  /* speaks version 2 in HELLO_ACK */
	FAKE_SICK,    /* its self-test fails */
};

struct fake_m4 {
	int listener, fd;
	bool stream;
	char path[128];
	enum fake_fault fault;
	struct model_file model;
	struct nn_run run;
	void *arena;
	bool has_model, can_upload;
	uint8_t staging[65536];
	uint32_t staged, staging_bytes;
	uint32_t boot_id, session, last_seq;
	struct framing framing;
	struct protocol_message kept;
	bool keeps;
	unsigned hellos, infers, uploads, byes, asked_stats;
};

/* Listens at path. The built-in model is active; without it there is none, and uploads are taken. */
void fake_m4_start(struct fake_m4 *m4, const char *path, bool stream, bool with_model);
void fake_m4_stop(struct fake_m4 *m4);

/* Accepts, reads and answers what is there. */
void fake_m4_work(struct fake_m4 *m4);

/* Another boot; with the channel gone (a crash) or still there (attached). */
void fake_m4_reboot(struct fake_m4 *m4, bool channel_goes);

#endif
