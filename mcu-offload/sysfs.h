/* SPDX-License-Identifier: Apache-2.0 */
/* sysfs.h - attributes of sysfs: one line of text each. */
#ifndef MCU_OFFLOAD_SYSFS_H
#define MCU_OFFLOAD_SYSFS_H

#include <stddef.h>

/* The attribute's line without its end. Returns 0 or a negative errno. */
int sysfs_read(const char *folder, const char *name, char *ret_text, size_t size);

/* One write of the whole text, as drivers want it. Returns 0 or the driver's negative errno. */
int sysfs_write(const char *folder, const char *name, const char *text);

#endif
