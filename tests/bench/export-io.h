/* SPDX-License-Identifier: Apache-2.0 */
/* export-io.h - files for export-drive.c, by the C library or by semihosting. */
#ifndef TESTS_BENCH_EXPORT_IO_H
#define TESTS_BENCH_EXPORT_IO_H

#include <stddef.h>

int drive(const char *in_path, const char *out_path);

int io_open(const char *path, int for_writing);	 /* negative: it can't be opened */
int io_read(int file, void *bytes, size_t size); /* 1: all of it was there */
void io_write(int file, const void *bytes, size_t size);
/* Fills the stack below the caller; io_finish() prints "stack N" for what was used since the last io_paint(). */
void io_paint(void);
void io_finish(void);

#endif
