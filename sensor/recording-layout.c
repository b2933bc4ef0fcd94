/* SPDX-License-Identifier: Apache-2.0 */
/* recording-layout.c - the table of channels and the posture labels (see recording-layout.h, recording.h). */
#include "sensor/recording-layout.h"

#include <errno.h>
#include <string.h>

#include "sensor/recording.h"

/* clang-format off */
#define WHERE(array) sizeof(((struct frame *)0)->array[0]), .offset = offsetof(struct frame, array)
const struct recording_channel recording_channels[RECORDING_CHANNELS] = {
	{"target_status",    RECORDING_REQUIRED, 0,                     .bytes = WHERE(status),      .scale = 1.0},
	{"valid",            RECORDING_CONSTANT, 0,                     .bytes = 0,                  .scale = 1.0},
	{"signal_per_spad",  RECORDING_REQUIRED, 0,                     .bytes = WHERE(signal_q11),  .scale = 2048.0},
	{"distance_mm",      RECORDING_REQUIRED, 0,                     .bytes = WHERE(distance_q2), .scale = 4.0,
	 .is_signed = true},
	{"nb_target",        RECORDING_EXTRA,    0,                     .bytes = WHERE(count),       .scale = 1.0},
	{"ambient_per_spad", RECORDING_EXTRA,    FRAME_HAS_AMBIENT,     .bytes = WHERE(ambient_q11), .scale = 2048.0},
	{"range_sigma_mm",   RECORDING_EXTRA,    FRAME_HAS_SIGMA,       .bytes = WHERE(sigma_q7),    .scale = 128.0},
	{"reflectance",      RECORDING_EXTRA,    FRAME_HAS_REFLECTANCE, .bytes = WHERE(reflectance), .scale = 2.0},
	{"nb_spads_enabled", RECORDING_EXTRA,    FRAME_HAS_SPADS,       .bytes = WHERE(spads),       .scale = 256.0},
};

static const struct {
	const char *name;
	int16_t id;
} labels[] = {
	{"None", 0},       {"FlatHand", 20},   {"Like", 21},       {"Love", 24},
	{"Dislike", 25},   {"BreakTime", 27},  {"CrossHands", 28}, {"Fist", 32},
};
/* clang-format on */

static double clamp(double value, double low, double high)
{
	return value < low ? low : value > high ? high : value;
}

static int64_t round_whole(double value)
{
	return (int64_t)(value < 0 ? value - 0.5 : value + 0.5);
}

void recording_channel_store(const struct recording_channel *channel, struct frame *frame, unsigned zone, double value)
{
	char *at = (char *)frame + channel->offset + zone * channel->bytes;

	value *= channel->scale;
	if (channel->bytes == 1)
		*(uint8_t *)at = (uint8_t)round_whole(clamp(value, 0, UINT8_MAX));
	else if (channel->bytes == 2 && channel->is_signed)
		*(int16_t *)(void *)at = (int16_t)round_whole(clamp(value, INT16_MIN, INT16_MAX));
	else if (channel->bytes == 2)
		*(uint16_t *)(void *)at = (uint16_t)round_whole(clamp(value, 0, UINT16_MAX));
	else if (channel->bytes == 4)
		*(uint32_t *)(void *)at = (uint32_t)round_whole(clamp(value, 0, UINT32_MAX));
}

double recording_channel_load(const struct recording_channel *channel, const struct frame *frame, unsigned zone)
{
	const char *at = (const char *)frame + channel->offset + zone * channel->bytes;

	if (channel->bytes == 1)
		return *(const uint8_t *)at / channel->scale;
	if (channel->bytes == 2 && channel->is_signed)
		return *(const int16_t *)(const void *)at / channel->scale;
	if (channel->bytes == 2)
		return *(const uint16_t *)(const void *)at / channel->scale;
	if (channel->bytes == 4)
		return *(const uint32_t *)(const void *)at / channel->scale;
	return 1.0;
}

int recording_label_id(const char *class_name)
{
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		if (strcmp(labels[i].name, class_name) == 0)
			return labels[i].id;
	return -ENOENT;
}

const char *recording_label_name(int16_t label_id)
{
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		if (labels[i].id == label_id)
			return labels[i].name;
	return NULL;
}

const char *recording_class_of(const struct recording *recording, const struct frame *frame)
{
	const char *name = frame->fields & FRAME_HAS_LABEL ? recording_label_name(frame->label) : NULL;

	if (*recording->class_name && (!name || recording_label_id(recording->class_name) < 0))
		return recording->class_name;
	return name;
}
