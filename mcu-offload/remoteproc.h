/* SPDX-License-Identifier: Apache-2.0 */
/*
 * remoteproc.h - the life of the Cortex-M4's firmware, through the kernel's remoteproc class in sysfs.
 *
 * The core is found by its name, never by its number. A firmware that isn't ours is left alone. Starts are counted by the
 * kernel: `start` is written only to a core that is off or waits to be attached, and `stop` until it is off. A missing
 * file is never asked for: some kernels wait a minute for somebody to bring it.
 *
 * Source of facts: remoteproc core and stm32_rproc of Linux 6.1 (Documentation/ABI/testing/sysfs-class-remoteproc).
 */
#ifndef MCU_OFFLOAD_REMOTEPROC_H
#define MCU_OFFLOAD_REMOTEPROC_H

#include <stdbool.h>
#include <stddef.h>

#define REMOTEPROC_FIRMWARE "postured/m4.elf" /* as the kernel takes it, below its places for firmware */

enum {
	REMOTEPROC_TEXT = 256,
	REMOTEPROC_PATH = 512,
};

enum remoteproc_outcome {
	REMOTEPROC_STARTED,    /* by us */
	REMOTEPROC_RUNNING,    /* our firmware was running already */
	REMOTEPROC_ATTACHED,   /* the boot loader's; the kernel does not know its file */
	REMOTEPROC_STOPPED,    /* by us */
	REMOTEPROC_OFF,	       /* nothing was to be stopped */
	REMOTEPROC_NONE,       /* this machine has no Cortex-M4 that Linux knows */
	REMOTEPROC_OTHER_CORE, /* a core of another kind, such as the MP2's Cortex-M33 */
	REMOTEPROC_FOREIGN,    /* somebody else's firmware is running */
	REMOTEPROC_NO_FILE,    /* our firmware isn't installed */
	REMOTEPROC_FAILED,     /* the kernel refused; its log says why */
};

struct remoteproc {
	const char *root;     /* "" or a directory that stands for / in tests */
	const char *firmware; /* REMOTEPROC_FIRMWARE, or another one as the kernel takes it */
	unsigned patience_ms; /* for a state that is on its way */
	int (*write)(const char *folder, const char *name, const char *text); /* sysfs_write, or a test's kernel */
	char folder[REMOTEPROC_PATH];
	char reason[REMOTEPROC_TEXT + 128]; /* one line for the operator */
};

/* Both fill reason. */
enum remoteproc_outcome remoteproc_start(struct remoteproc *remoteproc);
/* Stops our firmware and no other. One that the boot loader started is left running. */
enum remoteproc_outcome remoteproc_stop(struct remoteproc *remoteproc);
/* What is: RUNNING, ATTACHED, OFF, NONE, OTHER_CORE or FOREIGN. FAILED: crashed. */
enum remoteproc_outcome remoteproc_look(struct remoteproc *remoteproc);

/* Our firmware is in one of the kernel's places. */
bool remoteproc_is_installed(const struct remoteproc *remoteproc);

#endif
