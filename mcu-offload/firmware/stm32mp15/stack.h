/* SPDX-License-Identifier: Apache-2.0 */
/* stack.h - how much of the stack was never used. */
#ifndef MCU_OFFLOAD_FIRMWARE_STM32MP15_STACK_H
#define MCU_OFFLOAD_FIRMWARE_STM32MP15_STACK_H

#include <stdint.h>

/* What lies below the caller is marked as unused. */
void stack_paint(void);
uint32_t stack_free_bytes(void);

#endif
