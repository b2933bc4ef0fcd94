/* SPDX-License-Identifier: Apache-2.0 */
/* m4-board.h - what the portable firmware wants of the board: doorbells, Linux' memory, time, a trace. Freestanding C11. */
#ifndef MCU_OFFLOAD_FIRMWARE_M4_BOARD_H
#define MCU_OFFLOAD_FIRMWARE_M4_BOARD_H

#include <stdbool.h>
#include <stdint.h>

/* As in Linux' device tree: mailboxes vq0, vq1, shutdown, detach. */
enum m4_doorbell {
	M4_DOORBELL_VRING0, /* ours: "a message is in vring 0"; Linux': "buffers are there again" */
	M4_DOORBELL_VRING1, /* ours: "your buffers are free"; Linux': "a message is in vring 1" */
	M4_DOORBELL_SHUTDOWN,
	M4_DOORBELL_DETACH,
	M4_DOORBELLS,
};

struct m4_board {
	/*
	 * Bit m4_doorbell: Linux has rung since the last call. The flags of the two vrings are cleared before this returns, so
	 * that no ring between it and the draining is lost; those of shutdown and detach wait for acknowledge().
	 */
	uint32_t (*events)(struct m4_board *board);
	void (*acknowledge)(struct m4_board *board, enum m4_doorbell doorbell);
	/* false: Linux has not yet taken the ring before this one, and could lose another; try again later. */
	bool (*ring)(struct m4_board *board, enum m4_doorbell doorbell);
	/* Memory that Linux shares with us; NULL if this is not in it as a whole. */
	void *(*memory)(struct m4_board *board, uint64_t address, uint32_t bytes);
	uint32_t (*now_ms)(struct m4_board *board); /* since boot, wraps */
	uint32_t (*now_us)(struct m4_board *board); /* any start, wraps */
	uint32_t (*cycles)(struct m4_board *board); /* 0: not counted */
	void (*trace)(struct m4_board *board, const char *what, uint32_t number);
	uint32_t (*stack_free_bytes)(struct m4_board *board);	/* the least so far; 0: not known */
	uint32_t (*watchdog_margin_us)(struct m4_board *board); /* the least so far; 0: not known */
};

/* What HELLO_ACK tells of this boot. */
struct m4_boot {
	uint32_t boot_id, boot_count, reset_cause, core_hz;
	uint32_t fault_pc, fault_status; /* of the boot before; 0: none */
};

#endif
