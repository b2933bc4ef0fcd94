/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench.h - the M4's portable firmware on a bench: a board whose doorbells and clock are the test's, a network that needs
 * no arithmetic, and Linux' side of the rings. One bench per program.
 */
#ifndef TESTS_OFFLOAD_BENCH_H
#define TESTS_OFFLOAD_BENCH_H

#include "mcu-offload/firmware/mps2/driver.h"

enum {
	BENCH_ADDRESS = 0x10040000,
	BENCH_LINUX = 0x400, /* Linux' endpoint */
	BENCH_BOOT = 0xb0071d,
	BENCH_TAG = 0x04030201, /* of its model */
	BENCH_OUTPUTS = 8,
};

struct bench {
	struct m4_board board;
	struct m4_network network;
	struct m4_vdev vdev;
	struct m4_core core;
	struct driver driver;
	uint8_t memory[DRIVER_BYTES] __attribute__((aligned(16)));

	uint32_t to_m4, to_linux; /* bit m4_doorbell: flags of the mailbox that are up */
	uint32_t acknowledged;	  /* shutdown and detach */
	unsigned rings;		  /* of ours that were set */
	uint32_t now_us;
	uint32_t network_us; /* a run takes so long */
	int network_error;
	bool selftest_fails;
	void (*while_running)(struct bench *bench); /* happens during a run */
	void (*while_looking)(struct bench *bench); /* happens once, between the events and the rings */
	struct m4_upload_ops upload_ops;	    /* that answer OK */
	float output[BENCH_OUTPUTS];
	uint32_t seq; /* of the last message that bench_message() made */
};

/* With power on, and no driver. */
void bench_start(struct bench *bench);
/* Linux' driver comes up, and rings as it does. */
void bench_probe(struct bench *bench);

/* A request of this session (seq goes on) with an empty body of body_bytes. */
struct protocol_message bench_message(struct bench *bench, uint8_t type, size_t body_bytes);
struct protocol_message bench_ping(struct bench *bench, uint64_t opaque);
/* Sends it by the rings, with its ring. False: no buffer. */
bool bench_send(struct bench *bench, struct protocol_message *message);
/* Turns until there is nothing more to do. */
void bench_run(struct bench *bench);
/* The next message for Linux; false: none. Linux takes the ring, too. */
bool bench_receive(struct bench *bench, struct protocol_message *ret_message);
/* send, run, receive; type 0: no reply came. */
struct protocol_message bench_ask(struct bench *bench, struct protocol_message *message);
/* A session is begun. */
void bench_hello(struct bench *bench);

#endif
