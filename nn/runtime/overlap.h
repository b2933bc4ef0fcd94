/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overlap.h - how far an output may lie over the input it is made from.
 *
 *   out  |row 0|row 1|row 2|...
 *   in         |row 0|row 1|...       a window of 3 rows, padding 1: row 1 of out needs row 0 of in
 *        |lead |
 *
 * An operator that works by rows writes the rows of its output in order, and behind row n never again reads input rows
 * above the window of row n + 1. Within a row it may do as it likes, if it reads only the window's rows. So the output
 * may end, row by row, where the rows still needed begin: it lies `lead` bytes before the input.
 */
#ifndef NN_RUNTIME_OVERLAP_H
#define NN_RUNTIME_OVERLAP_H

#include <stdint.h>

/* What in's place must be above out's at least. The end of out's row n is furthest ahead at one of three rows. */
static inline int64_t nn_overlap_lead(int64_t in_row_bytes, int64_t out_row_bytes, int64_t out_rows, int64_t stride,
				      int64_t pad)
{
	int64_t padded = pad / stride, rows[3] = {padded, padded + 1, out_rows - 1}, lead = 0;

	for (int i = 0; i < 3; i++) {
		int64_t row = rows[i] < out_rows ? rows[i] : out_rows - 1;
		int64_t needed = row * stride > pad ? row * stride - pad : 0;
		int64_t ahead = (row + 1) * out_row_bytes - needed * in_row_bytes;

		lead = ahead > lead ? ahead : lead;
	}
	return lead;
}

#endif
