/* SPDX-License-Identifier: Apache-2.0 */
/*
 * npy.h - one array of numpy's, read from memory and checked (facts: numpy.lib.format).
 *
 *   0  "\x93NUMPY"  6  u8 major, u8 minor  8  u16 header length (format 2 and 3: u32)
 *   10 header: a Python literal {'descr': '<f4', 'fortran_order': False, 'shape': (4, 32, 32, 3), } padded with
 *      blanks and a final newline, then the items.
 */
#ifndef NN_TOOL_NPY_H
#define NN_TOOL_NPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	NPY_DIMS_MAX = 5,
	NPY_REASON = 128,
};

struct npy {
	char kind;	    /* 'f', 'i', 'u' */
	uint8_t item_bytes; /* 1, 2, 4, 8 */
	unsigned dims;	    /* 0: one number */
	uint64_t shape[NPY_DIMS_MAX];
	uint64_t items;
	const uint8_t *data; /* borrowed, not aligned */
};

bool npy_is(const void *bytes, size_t size);
/* Little-endian numbers in C order. Returns 0 or -EBADMSG; ret_reason (NPY_REASON bytes) says what is wrong. */
int npy_read(const void *bytes, size_t size, struct npy *ret_npy, char *ret_reason);
/* Item i < items; 64-bit integers beyond 2^53 lose their last digits. */
double npy_number(const struct npy *npy, uint64_t i);

#endif
