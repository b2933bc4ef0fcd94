/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace.h - text for Linux' debugfs (remoteproc/remoteprocN/trace0), which shows the buffer up to its first NUL. When it is
 * full it begins anew.
 */
#ifndef MCU_OFFLOAD_FIRMWARE_STM32MP15_TRACE_H
#define MCU_OFFLOAD_FIRMWARE_STM32MP15_TRACE_H

#include <stdint.h>

enum { TRACE_BYTES = 384 };

extern char trace_buffer[TRACE_BYTES];

/* "what 0000002a", a line; what has at most 28 characters. */
void trace_line(const char *what, uint32_t number);

#endif
