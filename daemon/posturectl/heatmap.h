/* SPDX-License-Identifier: Apache-2.0 */
/*
 * heatmap.h - a frame as two pictures of characters. Distance: near is bright, far is dark. Signal: strong is bright.
 * Zones without a target are darkest. Pure: numbers in, text out.
 */
#ifndef DAEMON_POSTURECTL_HEATMAP_H
#define DAEMON_POSTURECTL_HEATMAP_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/posturectl/report.h"

enum { HEATMAP_CELL_MAX = 8, HEATMAP_LINE = 512 };

struct heatmap_scale {
	double near_mm, far_mm;
};

/* From the nearest zone to 200 mm behind it, or to the farthest one when that is nearer. */
struct heatmap_scale heatmap_scale(const struct report_frame *frame);
/* 0 = far, 1 = near; -1 = no target. */
double heatmap_level(const struct heatmap_scale *scale, double mm);
/* From no signal (as far) to the strongest zone (as near), in kcps/SPAD. */
struct heatmap_scale heatmap_scale_signal(const struct report_frame *frame);
/*
 * One line of the picture, row 0..frame->rows - 1, each zone `cell` characters wide, 1..HEATMAP_CELL_MAX; colour: 24 bit,
 * else an ASCII ramp. Ends with a NUL, no newline.
 */
void heatmap_row(const struct report_frame *frame, const struct heatmap_scale *scale, unsigned row, unsigned cell,
		 bool colour, char ret_line[HEATMAP_LINE]);
void heatmap_row_signal(const struct report_frame *frame, const struct heatmap_scale *scale, unsigned row,
			unsigned cell, bool colour, char ret_line[HEATMAP_LINE]);

#endif
