/* SPDX-License-Identifier: Apache-2.0 */
/* transport-uart.c - see transport.h. Source of facts: Arm "Cortex-M System Design Kit", APB UART. */
#include <stdint.h>

#include "mcu-offload/firmware/mps2/transport.h"

#define UART_DATA    (*(volatile uint32_t *)0x40004000)
#define UART_STATE   (*(volatile uint32_t *)0x40004004)
#define UART_CONTROL (*(volatile uint32_t *)0x40004008)
#define UART_DIVIDER (*(volatile uint32_t *)0x40004010)

enum {
	UART_SENDING = 1, /* of the state: no room */
	UART_RECEIVED = 2,
};

void transport_start(void)
{
	UART_DIVIDER = 16;
	UART_CONTROL = 3;
}

uint32_t transport_boot_id(uint32_t counter)
{
	return counter | 1;
}

size_t transport_read(void *bytes, size_t size)
{
	uint8_t *to = bytes;
	size_t n = 0;

	while (n == 0 || (n < size && UART_STATE & UART_RECEIVED))
		if (UART_STATE & UART_RECEIVED)
			to[n++] = (uint8_t)UART_DATA;
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
