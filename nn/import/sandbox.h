/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox.h - for a process that works on bytes that nobody trusts. */
#ifndef NN_IMPORT_SANDBOX_H
#define NN_IMPORT_SANDBOX_H

#include <stddef.h>

/*
 * From here on this process can compute, allocate and use the descriptors that it has, but open, write to a file, or start
 * nothing: limits everywhere, and a filter of system calls where Linux has one for the processor. Beyond addresses bytes of
 * memory allocations fail; beyond cpu_s seconds of work it is killed. Returns 0 or a negative errno.
 */
int sandbox_enter(size_t addresses, unsigned cpu_s);

#endif
