/* SPDX-License-Identifier: Apache-2.0 */
/* board.h - m4-board.h on the STM32MP15's Cortex-M4: mailbox, watchdog, sleep. */
#ifndef MCU_OFFLOAD_FIRMWARE_STM32MP15_BOARD_H
#define MCU_OFFLOAD_FIRMWARE_STM32MP15_BOARD_H

#include "mcu-offload/firmware/m4-board.h"

/* Clocks, mailbox, the record of crashes; ret_boot is what HELLO_ACK tells. Interrupts are on afterwards. */
struct m4_board *board_start(struct m4_boot *ret_boot);

/* From here on board_feed() has to come every 300 ms, or Linux is told that this core has crashed. */
void board_watch(void);
void board_feed(void);

/* Until Linux rings or a tick is over. */
void board_sleep(void);

/* The core is reset by its watchdog, at once, and Linux is told. */
__attribute__((noreturn)) void board_reset(void);

void mailbox_receive_handler(void);
void mailbox_free_handler(void);

#endif
