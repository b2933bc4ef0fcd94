/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transport.h - how messages reach the emulated board, as a byte stream: its first serial line (transport-uart.c), or files
 * of the host, in.bin and out.bin, by semihosting (transport-files.c).
 */
#ifndef MCU_OFFLOAD_FIRMWARE_MPS2_TRANSPORT_H
#define MCU_OFFLOAD_FIRMWARE_MPS2_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STACK_PAINT = 0x5a5a5a5a };

void transport_start(void);
/* From a free-running counter; with files always 1, because the questions are written before the boot. */
uint32_t transport_boot_id(uint32_t counter);
/* Waits for at least one byte; 0: there is no more. */
size_t transport_read(void *bytes, size_t size);
void transport_write(const void *bytes, size_t size);
__attribute__((noreturn)) void transport_end(bool good);

#endif
