/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model.h - the STM32MP15 around its Cortex-M4, as the firmware's board layer sees it through hardware.h: mailbox, watchdog,
 * clocks, cycle counter, ticks and interrupts. A register that is none of the firmware's fails the test, and so does one of
 * a peripheral without its clock. Time passes only when the test lets it, or while the core sleeps.
 *
 * Source of facts: ST RM0436; Arm "ARMv7-M Architecture Reference Manual". The same documents as the firmware's: what they
 * were misread to say is misread here as well.
 */
#ifndef TESTS_OFFLOAD_MODEL_H
#define TESTS_OFFLOAD_MODEL_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

#include "mcu-offload/firmware/m4-board.h"
#include "mcu-offload/firmware/mps2/driver.h"

enum {
	MODEL_SHARED = 0x10040000, /* Linux' rings and buffers */
	MODEL_RETAINED = 0xff00,
	MODEL_RETAINED_BYTES = 256,
	MODEL_LOG = 64,
	MODEL_SETTLE = 1, /* in the log: a barrier, in place of an address */
	MODEL_RESET_BY_WATCHDOG = 1 << 10,
};

struct model {
	uint32_t from_linux, to_linux; /* flags of the mailbox that are up */
	uint32_t mailbox_masks, mailbox_control;

	bool watchdog_on;
	uint32_t watchdog_left, watchdog_config;
	uint64_t watchdog_cycles; /* of this step */
	unsigned resets;	  /* of the core, by its watchdog */

	/* As the boot loader left them. */
	uint32_t source, divider, bus_divider, pll3_source, pll3_config[2], pll3_fraction;

	uint32_t reset_cause, apb1_clocks, ahb3_clocks, ahb3_clocks_asleep;
	uint32_t faults[4]; /* CFSR, HFSR, MMFAR, BFAR */
	uint32_t debug, cycle_control;
	uint64_t cycles, cycles_from; /* passed since power-on; of the counter's 0 */
	uint32_t tick_reload, tick_control;
	uint64_t tick_from;
	bool tick_pending;
	uint32_t tick_sleeps; /* the core slept until a tick, because nothing else came */

	bool masked, handling;
	uint32_t enabled[5]; /* of the interrupt controller */

	uint32_t access_cycles;	       /* time that passes with each read */
	void (*while_sleeping)(void);  /* what others do meanwhile */
	void (*before_unmasked)(void); /* what others do, once, before interrupts are on again */

	struct {
		uint32_t address, value;
	} log[MODEL_LOG]; /* the last that were written */
	unsigned logged;

	uint8_t retained[MODEL_RETAINED_BYTES] __attribute__((aligned(16)));
	uint8_t shared[DRIVER_BYTES] __attribute__((aligned(16)));
	jmp_buf reset;
	bool running;
};

extern struct model model;

/* Memory is noise; the clocks are those of an STM32MP157F-DK2. */
void model_power_on(void);

/* Runs the firmware's code from reset on. False: the watchdog has reset the core. */
bool model_run(void (*code)(void));

void model_pass_us(uint32_t us);
void model_linux_rings(enum m4_doorbell doorbell);
void model_linux_takes(enum m4_doorbell doorbell);

/* The place in the log of the first such write from there on; fails without one. */
unsigned model_find(unsigned from, uint32_t address, uint32_t value);

#endif
