/* SPDX-License-Identifier: Apache-2.0 */
/*
 * c-arrays.h - takes byte arrays out of a C header, without a compiler: the header is somebody else's.
 *
 *   [static] const uint8_t NAME[] [PROGMEM] = { 0xE0, 0x00, 12, MACRO, ... };
 *
 * Knows comments, line ends of all kinds, preprocessor lines (skipped) and integer constants; everything else in an
 * array is an error with its line. Input of any kind is safe.
 */
#ifndef SENSOR_C_ARRAYS_H
#define SENSOR_C_ARRAYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { C_ARRAYS_REASON = 192 };

/* One array that we look for. */
struct c_array {
	const char *name;
	const char *refusal; /* finding it is an error, and this says why; NULL = good */
	uint8_t *data;	     /* [size], filled */
	size_t size;	     /* exactly so many elements */
	size_t macro_at;     /* this element may be an identifier, which counts as macro_value; size = none may */
	uint8_t macro_value;
	unsigned line; /* where its name stands, 0 = not found */
};

/*
 * Returns 0 (look at line, whether each was found), or -EBADMSG with the line and the sentence that go behind
 * "FILE:".
 */
int c_arrays_parse(const char *text, size_t n, struct c_array *arrays, size_t count, unsigned *ret_line,
		   char *ret_reason);

/* How many bytes of comments, with the blanks between them, the text starts with: its licence as a rule. */
size_t c_arrays_comment(const char *text, size_t n);

#endif
