/* SPDX-License-Identifier: Apache-2.0 */
/* trace.c - see trace.h. */
#include "mcu-offload/firmware/stm32mp15/trace.h"

enum { LINE_MOST = 40 };

char trace_buffer[TRACE_BYTES];
static uint32_t used;

/* The NUL behind the text comes first, so that a reader never runs into old text. */
static void put(char c)
{
	trace_buffer[used + 1] = 0;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	trace_buffer[used++] = c;
}

void trace_line(const char *what, uint32_t number)
{
	if (used + LINE_MOST >= TRACE_BYTES)
		used = 0;
	for (unsigned i = 0; what[i] && i < LINE_MOST - 12; i++)
		put(what[i]);
	for (int shift = 28; shift >= 0; shift -= 4)
		put("0123456789abcdef"[number >> shift & 15]);
	put('\n');
}
