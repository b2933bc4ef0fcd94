/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - the firmware's core on the emulated board: what comes by the byte stream goes through the same rings as on the
 * real one, with driver.c in Linux' place. Counters of instructions stand around the core's work for one message
 * (message_begins, message_ends), and in it around preprocessing and network (inference_begins, inference_ends).
 */
#include "mcu-offload/firmware/mps2/driver.h"
#include "mcu-offload/firmware/mps2/transport.h"
#include "mcu-offload/framing.h"

enum {
	LINUX_ADDRESS = 0x400,
	CORE_HZ = 25000000,
};

/* The board's counters: hundredths of a second, and one behind a prescaler. */
#define BOARD_CENTISECONDS (*(volatile uint32_t *)0x40028014)
#define BOARD_COUNTER	   (*(volatile uint32_t *)0x40028018)
#define BOARD_PRESCALER	   (*(volatile uint32_t *)0x4002801c)

int main(void);
void message_begins(void);
void message_ends(void);
void inference_begins(void);
void inference_ends(void);

static uint8_t memory[DRIVER_BYTES] __attribute__((aligned(16)));
static struct m4_vdev vdev = {
	.vrings = M4_VDEV_VRINGS,
	.vring = {{.align = DRIVER_ALIGN, .size = DRIVER_SIZE}, {.align = DRIVER_ALIGN, .size = DRIVER_SIZE}},
};
static struct driver driver;
static struct m4_core core;
static struct framing framing;
static uint32_t rung; /* bit m4_doorbell */
static int (*network_infer)(struct m4_network *network, const struct frame *frame, struct nn_hand *ret_hand);
extern uint32_t stack_low[], stack_top[];

#define MARK(name)                                                                                                     \
	__attribute__((noipa)) void name(void)                                                                         \
	{                                                                                                              \
		__asm__ volatile("");                                                                                  \
	}
MARK(message_begins)
MARK(message_ends)
MARK(inference_begins)
MARK(inference_ends)

static uint32_t events(struct m4_board *board)
{
	uint32_t seen = rung;

	(void)board;
	rung = 0;
	return seen;
}

static void acknowledge(struct m4_board *board, enum m4_doorbell doorbell)
{
	(void)board;
	(void)doorbell;
}

static bool ring(struct m4_board *board, enum m4_doorbell doorbell)
{
	(void)board;
	(void)doorbell;
	return true;
}

static void *shared_memory(struct m4_board *board, uint64_t address, uint32_t bytes)
{
	uint64_t offset = address - (uintptr_t)memory;

	(void)board;
	return offset <= DRIVER_BYTES && bytes <= DRIVER_BYTES - offset ? memory + offset : NULL;
}

static uint32_t now_ms(struct m4_board *board)
{
	(void)board;
	return BOARD_CENTISECONDS * 10;
}

static uint32_t now_us(struct m4_board *board)
{
	(void)board;
	return BOARD_COUNTER;
}

static uint32_t nothing(struct m4_board *board)
{
	(void)board;
	return 0;
}

static void trace(struct m4_board *board, const char *what, uint32_t number)
{
	(void)board;
	(void)what;
	(void)number;
}

static uint32_t stack_free_bytes(struct m4_board *board)
{
	const uint32_t *word = stack_low;

	(void)board;
	while (word < stack_top && *word == STACK_PAINT)
		word++;
	return (uint32_t)((uintptr_t)word - (uintptr_t)stack_low);
}

static struct m4_board board = {
	.events = events,
	.acknowledge = acknowledge,
	.ring = ring,
	.memory = shared_memory,
	.now_ms = now_ms,
	.now_us = now_us,
	.cycles = nothing,
	.trace = trace,
	.stack_free_bytes = stack_free_bytes,
	.watchdog_margin_us = nothing,
};

static int counted_infer(struct m4_network *network, const struct frame *frame, struct nn_hand *ret_hand)
{
	int r;

	inference_begins();
	r = network_infer(network, frame, ret_hand);
	inference_ends();
	return r;
}

static void pass_on_replies(void)
{
	static uint8_t bytes[M4_CHANNEL_PAYLOAD_BYTES];
	struct m4_channel_header header;
	int size;

	while ((size = driver_receive(&driver, &header, bytes)) >= 0)
		if (header.destination == LINUX_ADDRESS)
			transport_write(bytes, (size_t)size);
}

static void handle(const struct protocol_message *message)
{
	driver_send(&driver, LINUX_ADDRESS, PROTOCOL_ADDRESS, message,
		    (uint16_t)(PROTOCOL_HEADER_BYTES + message->header.body_bytes));
	rung |= 1u << M4_DOORBELL_VRING1;
	message_begins();
	while (m4_core_turn(&core))
		continue;
	message_ends();
	pass_on_replies();
}

/* A whole message at a time: the rest of a batch waits in the framing. */
static void handle_all(const uint8_t *bytes, size_t size)
{
	static struct protocol_message message;

	while (size > 0) {
		size_t taken = framing_put(&framing, bytes, size);
		int status;

		bytes += taken;
		size -= taken;
		while ((status = framing_next(&framing, &message)) != 1)
			handle(&message);
	}
}

int main(void)
{
	static uint8_t bytes[4096];
	struct m4_network *network = m4_network_start();
	struct m4_boot boot = {.core_hz = CORE_HZ, .boot_count = 1};
	size_t size;

	BOARD_PRESCALER = CORE_HZ / 1000000 - 1;
	boot.boot_id = transport_boot_id(BOARD_COUNTER);
	network_infer = network->infer;
	network->infer = counted_infer;
	transport_start();
	m4_core_start(&core, &board, &vdev, network, &boot);
	driver_start(&driver, &vdev, memory, (uint32_t)(uintptr_t)memory);
	while (m4_core_turn(&core))
		continue;
	pass_on_replies();
	while ((size = transport_read(bytes, sizeof(bytes))) > 0)
		handle_all(bytes, size);
	return 0;
}
