/* SPDX-License-Identifier: Apache-2.0 */
/* heatmap.c - see heatmap.h. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "daemon/posturectl/heatmap.h"

enum { DEPTH_MM = 200, DEPTH_MIN_MM = 40, SIGNAL_MIN_KCPS = 10 };

/* From far to near: night blue, violet, red, orange, yellow, white. */
static const struct {
	double level;
	unsigned char r, g, b;
} palette[] = {
	{0.0, 18, 14, 54},    {0.25, 94, 22, 110}, {0.5, 188, 45, 78},
	{0.75, 246, 125, 20}, {0.9, 250, 206, 60}, {1.0, 255, 252, 220},
};

static const char ramp[] = ".:-=+*#%@";

struct heatmap_scale heatmap_scale(const struct report_frame *frame)
{
	struct heatmap_scale scale = {INFINITY, -INFINITY};

	for (unsigned i = 0; i < frame->rows * frame->cols; i++) {
		if (isnan(frame->mm[i]))
			continue;
		scale.near_mm = fmin(scale.near_mm, frame->mm[i]);
		scale.far_mm = fmax(scale.far_mm, frame->mm[i]);
	}
	if (!isfinite(scale.near_mm))
		return (struct heatmap_scale){0, DEPTH_MM};
	scale.far_mm = fmin(scale.far_mm, scale.near_mm + DEPTH_MM);
	scale.far_mm = fmax(scale.far_mm, scale.near_mm + DEPTH_MIN_MM);
	return scale;
}

struct heatmap_scale heatmap_scale_signal(const struct report_frame *frame)
{
	double strongest = SIGNAL_MIN_KCPS;

	for (unsigned i = 0; i < frame->rows * frame->cols; i++)
		strongest = isnan(frame->kcps[i]) ? strongest : fmax(strongest, frame->kcps[i]);
	return (struct heatmap_scale){.near_mm = strongest, .far_mm = 0};
}

double heatmap_level(const struct heatmap_scale *scale, double mm)
{
	if (isnan(mm))
		return -1;
	return fmax(0, fmin(1, (scale->far_mm - mm) / (scale->far_mm - scale->near_mm)));
}

static unsigned char mix(unsigned char a, unsigned char b, double part)
{
	return (unsigned char)lround(a + (b - a) * part);
}

static int cell_colour(double level, int cell, char *text, size_t size)
{
	unsigned upper = 1;
	double part;

	if (level < 0)
		return snprintf(text, size, "\033[48;2;8;8;12m%*s", cell, "");
	while (upper < sizeof(palette) / sizeof(palette[0]) - 1 && palette[upper].level < level)
		upper++;
	part = (level - palette[upper - 1].level) / (palette[upper].level - palette[upper - 1].level);
	return snprintf(text, size, "\033[48;2;%u;%u;%um%*s", mix(palette[upper - 1].r, palette[upper].r, part),
			mix(palette[upper - 1].g, palette[upper].g, part),
			mix(palette[upper - 1].b, palette[upper].b, part), cell, "");
}

static int cell_ascii(double level, int cell, char *text)
{
	char shade = level < 0 ? ' ' : ramp[(unsigned)lround(level * (sizeof(ramp) - 2))];

	memset(text, shade, (size_t)cell);
	return cell;
}

static void draw_row(const double *values, unsigned cols, const struct heatmap_scale *scale, unsigned cell, bool colour,
		     char ret_line[HEATMAP_LINE])
{
	int width = (int)(cell < HEATMAP_CELL_MAX ? cell : HEATMAP_CELL_MAX);
	size_t length = 0;

	for (unsigned col = 0; col < cols; col++) {
		double level = heatmap_level(scale, values[col]);

		length += (size_t)(colour ? cell_colour(level, width, ret_line + length, HEATMAP_LINE - length)
					  : cell_ascii(level, width, ret_line + length));
	}
	snprintf(ret_line + length, HEATMAP_LINE - length, "%s", colour ? "\033[0m" : "");
}

void heatmap_row(const struct report_frame *frame, const struct heatmap_scale *scale, unsigned row, unsigned cell,
		 bool colour, char ret_line[HEATMAP_LINE])
{
	draw_row(&frame->mm[row * frame->cols], frame->cols, scale, cell, colour, ret_line);
}

void heatmap_row_signal(const struct report_frame *frame, const struct heatmap_scale *scale, unsigned row,
			unsigned cell, bool colour, char ret_line[HEATMAP_LINE])
{
	draw_row(&frame->kcps[row * frame->cols], frame->cols, scale, cell, colour, ret_line);
}
