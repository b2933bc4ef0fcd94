/* SPDX-License-Identifier: Apache-2.0 */
/* bus-decode.c - see bus-decode.h. */
#include "daemon/posturectl/bus-decode.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "daemon/dbus-names.h"

static void take_text(char ret_text[REPORT_TEXT], const char *text)
{
	report_text(text, strlen(text), REPORT_TEXT, ret_text);
}

static double finite_or_0(double value)
{
	return isfinite(value) ? value : 0;
}

int bus_decode_posture(sd_bus_message *signal, struct bus_posture *ret_posture)
{
	const char *text, *before;
	struct bus_posture posture = {.seq = 0};
	int hand;

	if (sd_bus_message_read(signal, DBUS_POSTURE_TYPE, &text, &before, &posture.confidence, &posture.distance_mm,
				&hand, &posture.seq, &posture.realtime_us) < 0)
		return -EBADMSG;
	take_text(posture.posture, text);
	take_text(posture.previous, before);
	posture.confidence = finite_or_0(posture.confidence);
	posture.distance_mm = finite_or_0(posture.distance_mm);
	posture.hand = hand;
	*ret_posture = posture;
	return 0;
}

/* One value a zone; or none at all when the array is optional, which a bit of fields must say. */
static int read_zones(sd_bus_message *signal, char type, size_t zones, size_t size, bool wanted, void *ret_values)
{
	const void *values;
	size_t bytes;

	if (sd_bus_message_read_array(signal, type, &values, &bytes) < 0)
		return -EBADMSG;
	if (bytes != (wanted ? zones * size : 0))
		return -EBADMSG;
	if (bytes > 0)
		memcpy(ret_values, values, bytes);
	return 0;
}

static int read_grids(sd_bus_message *signal, struct frame *frame)
{
	size_t zones = (size_t)frame->cols * frame->rows;
	const struct {
		char type;
		size_t size;
		bool wanted;
		void *values;
	} grids[] = {
		{'y', 1, true, frame->count},
		{'y', 1, true, frame->status},
		{'n', 2, true, frame->distance_q2},
		{'u', 4, true, frame->signal_q11},
		{'u', 4, frame->fields & FRAME_HAS_AMBIENT, frame->ambient_q11},
		{'u', 4, frame->fields & FRAME_HAS_SPADS, frame->spads},
		{'q', 2, frame->fields & FRAME_HAS_SIGMA, frame->sigma_q7},
		{'y', 1, frame->fields & FRAME_HAS_REFLECTANCE, frame->reflectance},
	};
	int r = 0;

	for (size_t i = 0; i < sizeof(grids) / sizeof(grids[0]) && r == 0; i++)
		r = read_zones(signal, grids[i].type, zones, grids[i].size, grids[i].wanted, grids[i].values);
	return r;
}

static int read_head(sd_bus_message *signal, struct bus_frame *frame)
{
	struct frame *grid = &frame->frame;
	int16_t temperature;

	if (sd_bus_message_read(signal, DBUS_FRAME_HEAD_TYPE, &grid->t_ns, &grid->wall_us, &grid->seq, &grid->lost,
				&frame->dropped, &grid->fields, &grid->cols, &grid->rows, &grid->stream,
				&temperature) < 0)
		return -EBADMSG;
	if (grid->cols != grid->rows || (grid->cols != 4 && grid->cols != 8) || temperature < INT8_MIN ||
	    temperature > INT8_MAX)
		return -EBADMSG;
	grid->temperature_c = (int8_t)temperature;
	/* Motion and labels don't travel. */
	grid->fields &=
		FRAME_HAS_AMBIENT | FRAME_HAS_SPADS | FRAME_HAS_SIGMA | FRAME_HAS_REFLECTANCE | FRAME_HAS_TEMPERATURE;
	return 0;
}

static int read_result(sd_bus_message *signal, struct bus_frame *frame)
{
	const char *posture, *class, *label;
	double probability;
	int hand, r = sd_bus_message_read(signal, "sdbds", &posture, &frame->state.confidence, &hand,
					  &frame->state.distance_mm, &class);

	if (r < 0 || sd_bus_message_enter_container(signal, 'a', "{sd}") < 0)
		return -EBADMSG;
	take_text(frame->state.posture, posture);
	take_text(frame->class, class);
	frame->state.confidence = finite_or_0(frame->state.confidence);
	frame->state.distance_mm = finite_or_0(frame->state.distance_mm);
	frame->state.hand = hand;
	while ((r = sd_bus_message_read(signal, "{sd}", &label, &probability)) > 0) {
		if (frame->classes == REPORT_CLASSES)
			return -EBADMSG;
		take_text(frame->label[frame->classes], label);
		frame->probability[frame->classes++] = fmin(1, fmax(0, finite_or_0(probability)));
	}
	return r < 0 || sd_bus_message_exit_container(signal) < 0 ? -EBADMSG : 0;
}

int bus_decode_frame(sd_bus_message *signal, struct bus_frame *ret_frame)
{
	struct bus_frame frame = {.dropped = 0};
	int r = sd_bus_message_has_signature(signal, DBUS_FRAME_TYPE) > 0 ? 0 : -EBADMSG;

	if (r == 0)
		r = read_head(signal, &frame);
	if (r == 0)
		r = read_grids(signal, &frame.frame);
	if (r == 0)
		r = read_result(signal, &frame);
	if (r < 0)
		return r;
	frame.state.seq = frame.frame.seq;
	frame.state.realtime_us = frame.frame.wall_us;
	*ret_frame = frame;
	return 0;
}
