/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recording-layout.h - the channels of a recording and where each lies in a frame; for reader and writer alone.
 *
 * In the file every value is a double in the unit that ST's tools use; in a frame it is the chip's fixed point.
 */
#ifndef SENSOR_RECORDING_LAYOUT_H
#define SENSOR_RECORDING_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "sensor/frame.h"

enum recording_need {
	RECORDING_REQUIRED,
	RECORDING_CONSTANT, /* ST's files have it, it says nothing: written as 1, not read */
	RECORDING_EXTRA,
};

struct recording_channel {
	const char *name;
	enum recording_need need;
	uint16_t field; /* FRAME_HAS_*, 0 = always there */
	uint8_t bytes;	/* of one zone's value in struct frame, 0 = nowhere */
	bool is_signed;
	uint16_t offset; /* of the array in struct frame */
	double scale;	 /* frame value = file value x scale */
};

enum { RECORDING_CHANNELS = 9 };

/* In the order of ST's files, ours after them. */
extern const struct recording_channel recording_channels[RECORDING_CHANNELS];

#define RECORDING_LABEL_CHANNEL	      ".GestureGT"
#define RECORDING_TEMPERATURE_CHANNEL ".silicon_temp_degc"

/* Stores the file's value, rounded and clamped to what the frame can hold; value is finite. */
void recording_channel_store(const struct recording_channel *channel, struct frame *frame, unsigned zone, double value);
double recording_channel_load(const struct recording_channel *channel, const struct frame *frame, unsigned zone);

#endif
