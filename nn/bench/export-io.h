/* SPDX-License-Identifier: Apache-2.0 */
/* export-io.h - files and texts for export-drive.c and runtime-drive.c, by the C library or by semihosting. */
#ifndef NN_BENCH_EXPORT_IO_H
#define NN_BENCH_EXPORT_IO_H

#include <stddef.h>

int drive(const char *in_path, const char *out_path);

int io_open(const char *path, int for_writing);	 /* negative: it can't be opened */
int io_read(int file, void *bytes, size_t size); /* 1: all of it was there */
void io_write(int file, const void *bytes, size_t size);
/* Prints "what number". */
void io_tell(const char *what, unsigned number);
/* Fills the stack below the caller; looks how much of that has been used; prints the most of it as "stack N", and ends. */
void io_paint(void);
void io_measure(void);
void io_finish(void);

#endif
