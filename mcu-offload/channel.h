/* SPDX-License-Identifier: Apache-2.0 */
/* channel.h - our firmware's RPMsg channel among the machine's: by name and address in sysfs, never by number. */
#ifndef MCU_OFFLOAD_CHANNEL_H
#define MCU_OFFLOAD_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The node below root, "" or a directory that stands for / in tests: /dev/rpmsgN of PROTOCOL_CHANNEL or, when there is none,
 * /dev/ttyRPMSGN of PROTOCOL_TTY_CHANNEL. Returns 0, or -ENODEV.
 */
int channel_find(const char *root, char *ret_path, size_t size, bool *ret_tty);

/* Our firmware has announced its channel to the kernel, whether or not a driver has made a node of it. */
bool channel_is_announced(const char *root);

#endif
