/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - the firmware of the STM32MP15's Cortex-M4: turns, sleeps, and lets the watchdog know. */
#include "mcu-offload/firmware/stm32mp15/board.h"
#include "mcu-offload/firmware/stm32mp15/hardware.h"
#include "mcu-offload/firmware/stm32mp15/resources.h"

int main(void);

static struct m4_core core;

int main(void)
{
	struct m4_boot boot;
	struct m4_board *board = board_start(&boot);

	m4_core_start(&core, board, &resources.vdev, m4_network_start(), &boot);
	while (core.state != M4_CORE_OFF) {
		bool more = m4_core_turn(&core);

		if (core.state == M4_CORE_ONLINE)
			board_watch(); /* it can't be stopped again, but by reset */
		board_feed();
		if (!more)
			board_sleep();
	}
	/* Linux has its answer and resets this core in milliseconds. */
	hardware_interrupts_off();
	return 0;
}
