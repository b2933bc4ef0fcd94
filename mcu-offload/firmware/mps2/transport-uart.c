/* SPDX-License-Identifier: Apache-2.0 */
/* transport-uart.c - see transport.h. Source of facts: Arm "Cortex-M System Design Kit", APB UART. */
#include <stdint.h>

#include "mcu-offload/firmware/mps2/transport.h"

#define UART_DATA    (*(volatile uint32_t *)0x40004000)
#define UART_STATE   (*(volatile uint32_t *)0x40004004)
#define UART_CONTROL (*(volatile uint32_t *)0x40004008)
#define UART_PENDING (*(volatile uint32_t *)0x4000400c)
#define UART_DIVIDER (*(volatile uint32_t *)0x40004010)
#define NVIC_ENABLE  (*(volatile uint32_t *)0xe000e100)
#define NVIC_CLEAR   (*(volatile uint32_t *)0xe000e280)

enum {
	UART_SENDING = 1, /* of the state: no room */
	UART_RECEIVED = 2,
	UART_ON = 3,		 /* of control: both ways */
	UART_INTERRUPT = 1 << 3, /* when something was received: line 0 */
};

void transport_start(void)
{
	UART_DIVIDER = 16;
	UART_CONTROL = UART_ON | UART_INTERRUPT;
	__asm__ volatile("cpsid i"); /* interrupts wake, and are not taken */
	NVIC_ENABLE = 1;
}

uint32_t transport_boot_id(uint32_t counter)
{
	return counter | 1;
}

size_t transport_read(void *bytes, size_t size)
{
	uint8_t *to = bytes;
	size_t n = 0;

	while (n == 0 || (n < size && UART_STATE & UART_RECEIVED)) {
		if (UART_STATE & UART_RECEIVED) {
			to[n++] = (uint8_t)UART_DATA;
			continue;
		}
		__asm__ volatile("dsb\nwfi" ::: "memory");
		UART_PENDING = UART_RECEIVED;
		NVIC_CLEAR = 1;
	}
	return n;
}

void transport_write(const void *bytes, size_t size)
{
	for (const uint8_t *from = bytes; size--; from++) {
		while (UART_STATE & UART_SENDING)
			continue;
		UART_DATA = *from;
	}
}

/* A core that locks up, as one without a watchdog does. */
void transport_end(bool good)
{
	(void)good;
	for (;;)
		__asm__ volatile("wfi");
}
