/* SPDX-License-Identifier: Apache-2.0 */
/*
 * npz.h - numpy's .npz files: a zip of .npy arrays. Reading is a stream, so that a member costs no more memory
 * than the caller's own buffer, however large it claims to be; nothing of a file is trusted.
 *
 * .npy, format 1.0 (facts: numpy.lib.format):
 *
 *   0  "\x93NUMPY"  6  u8 major, u8 minor  8  u16 header length (format 2 and 3: u32)
 *   10 header: a Python literal {'descr': '<f8', 'fortran_order': False, 'shape': (4, 64, 118), } padded with
 *      blanks and a final newline, then the items.
 *
 * Read: little-endian floats (4, 8), integers (1, 2, 4, 8) and text (<U), C and Fortran order. Objects (pickles)
 * and big-endian arrays are refused. Every error text (NPZ_REASON bytes) names the member.
 */
#ifndef SENSOR_NPZ_H
#define SENSOR_NPZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	NPZ_DIMS_MAX = 3,
	NPZ_REASON = 192,
	NPZ_NAME = 32,
};

struct npz;
struct npz_stream;

struct npz_array {
	char name[NPZ_NAME]; /* without ".npy" */
	char kind;	     /* 'f', 'i', 'u', 'U' */
	uint32_t item_bytes;
	bool fortran; /* first index fastest */
	unsigned dims;
	uint64_t shape[NPZ_DIMS_MAX];
	uint64_t items;
	struct npz_stream *stream;
};

/* Errors: ENOENT, EACCES, EBADMSG not a zip, ENOMEM. */
int npz_open(const char *path, struct npz **ret_npz, char *reason);
/* The same from memory, which is borrowed until npz_close(). */
int npz_open_memory(const void *data, size_t n, struct npz **ret_npz, char *reason);
void npz_close(struct npz *npz); /* NULL allowed */

bool npz_has(struct npz *npz, const char *name);

/*
 * Opens a member and reads its header. Errors: ENOENT no such member, EBADMSG, EFBIG its items take more than
 * bytes_max, ENOMEM. After success the array must be closed.
 */
int npz_array_open(struct npz *npz, const char *name, uint64_t bytes_max, struct npz_array *ret_array, char *reason);

/* The next n items in the file's own order, as doubles. EBADMSG when the member ends early. */
int npz_array_numbers(struct npz_array *array, double *ret_values, size_t n, char *reason);

/* The next item of a text array, as ASCII (other characters become '?'), cut to size - 1. */
int npz_array_text(struct npz_array *array, char *ret_text, size_t size, char *reason);

/* Checks that all items were read, that nothing follows, and zip's checksum; closes in any case. */
int npz_array_finish(struct npz_array *array, char *reason);
void npz_array_close(struct npz_array *array); /* without the checks; closed twice is fine */

/* Writing: members are collected in memory; the file appears complete with npz_writer_commit(), or not at all. */
struct npz_writer;
int npz_writer_open(const char *path, struct npz_writer **ret_writer, char *reason);
/* <f8, C order; dims 0 writes one number. */
int npz_writer_numbers(struct npz_writer *writer, const char *name, const double *values, unsigned dims,
		       const uint64_t *shape);
/* <U, as wide as the longest. ASCII only. */
int npz_writer_texts(struct npz_writer *writer, const char *name, const char *const *texts, size_t n);
/* Both free the writer. */
int npz_writer_commit(struct npz_writer *writer, char *reason);
void npz_writer_discard(struct npz_writer *writer); /* NULL allowed */

#endif
