/* SPDX-License-Identifier: Apache-2.0 */
/*
 * preprocess.c - from a frame to the network's input.
 *
 * Edges as in the training of ST's models: the gate is min <= nearest <= max and a zone at exactly
 * nearest + background still belongs to the hand. (ST's firmware leaves both edges out; that concerns 1 frame in
 * some thousand.) Distances and signals keep their fractions of a millimetre and a kcps.
 */
#include "nn/runtime/preprocess.h"

#include "nn/runtime/format.h"
#include "nn/runtime/math.h"
#include "nn/runtime/model.h"

enum {
	SIDE = 8,
	ZONES = SIDE * SIDE,
};

/* The hand as the representations want it: millimetres and kcps/SPAD of the zones that belong to it. */
struct view {
	bool hand[ZONES];
	float distance_mm[ZONES], signal_kcps[ZONES];
};

static bool zone_seen(const struct frame *frame, unsigned zone)
{
	return frame->status[zone] == FRAME_STATUS_VALID || frame->status[zone] == FRAME_STATUS_VALID_WIDE;
}

static void view_find_hand(const struct nn_preprocess *p, const struct frame *frame, struct view *view,
			   struct nn_hand *ret_hand)
{
	struct nn_hand hand = {.centroid_col = 3.5f, .centroid_row = 3.5f};
	int nearest_q2 = INT16_MAX;
	bool any = false;
	unsigned cols = 0, rows = 0;

	for (unsigned z = 0; z < ZONES; z++) {
		view->hand[z] = false;
		if (zone_seen(frame, z) && frame->distance_q2[z] <= nearest_q2) {
			nearest_q2 = frame->distance_q2[z];
			any = true;
		}
	}
	if (any)
		hand.nearest_mm = (float)nearest_q2 / 4;
	hand.present = any && hand.nearest_mm >= p->min_mm && hand.nearest_mm <= p->max_mm;
	for (unsigned z = 0; hand.present && z < ZONES; z++) {
		view->distance_mm[z] = (float)frame->distance_q2[z] / 4;
		view->signal_kcps[z] = (float)frame->signal_q11[z] / 2048;
		view->hand[z] = zone_seen(frame, z) && view->distance_mm[z] <= hand.nearest_mm + p->background_mm;
		if (view->hand[z]) {
			hand.zones++;
			cols += z % SIDE;
			rows += z / SIDE;
		}
	}
	if (hand.zones) {
		hand.centroid_col = (float)cols / hand.zones;
		hand.centroid_row = (float)rows / hand.zones;
	}
	*ret_hand = hand;
}

static void fill_background(const struct nn_preprocess *p, float *input)
{
	float distance = p->background_distance, signal = p->background_signal;

	if (p->representation == NN_REPRESENTATION_ST) {
		distance = (p->default_mm - p->distance_offset) / p->distance_scale;
		signal = -p->signal_offset / p->signal_scale;
	}
	for (unsigned z = 0; z < ZONES; z++) {
		input[2 * z] = distance;
		input[2 * z + 1] = signal;
	}
}

/*
 * Signal falls with the square of the distance, so sqrt(signal) * distance is a measure of reflectance alone;
 * over its mean in the hand neither skin nor cover glass nor the sensor's gain is left in it.
 */
static float reflectance(const struct view *view, unsigned zone)
{
	return nn_sqrt(view->signal_kcps[zone]) * view->distance_mm[zone];
}

static float mean_reflectance(const struct view *view, unsigned zones)
{
	float sum = 0;

	for (unsigned z = 0; z < ZONES; z++)
		if (view->hand[z])
			sum += reflectance(view, z);
	return sum > 0 ? sum / (float)zones : 1;
}

/* Whole zones to move so that a centroid comes to the middle, 3.5; of two equally good ones the smaller. */
static int shift_to_middle(float centroid)
{
	float shift = 3.5f - centroid;
	int whole = (int)shift;
	float rest = shift - (float)whole;

	return whole + (rest > 0.5f) - (rest < -0.5f);
}

int nn_preprocess(const struct nn_preprocess *p, const struct frame *frame, float *input, struct nn_hand *ret_hand)
{
	struct view view;
	struct nn_hand hand;
	float mean = 1;
	int down = 0, right = 0;

	if (frame->cols != SIDE || frame->rows != SIDE ||
	    (p->representation != NN_REPRESENTATION_ST && p->representation != NN_REPRESENTATION_RELATIVE))
		return NN_ERROR_INPUT;

	view_find_hand(p, frame, &view, &hand);
	fill_background(p, input);
	if (hand.present && p->representation == NN_REPRESENTATION_RELATIVE)
		mean = mean_reflectance(&view, hand.zones);
	if (hand.present && (p->flags & NN_PREPROCESS_CENTRE)) {
		down = shift_to_middle(hand.centroid_row);
		right = shift_to_middle(hand.centroid_col);
	}
	for (int z = 0; z < ZONES; z++) {
		int row = z / SIDE + down, col = z % SIDE + right;

		if (!view.hand[z] || row < 0 || row >= SIDE || col < 0 || col >= SIDE)
			continue;

		float *out = input + 2 * (row * SIDE + col);
		float d = view.distance_mm[z], s = view.signal_kcps[z];

		if (p->representation == NN_REPRESENTATION_ST) {
			out[0] = (d - p->distance_offset) / p->distance_scale;
			out[1] = (s - p->signal_offset) / p->signal_scale;
		} else {
			float nearness = (hand.nearest_mm + p->background_mm - d) / p->background_mm;

			out[0] = p->distance_offset + p->distance_scale * nearness;
			out[1] = (reflectance(&view, (unsigned)z) / mean - p->signal_offset) / p->signal_scale;
		}
	}
	*ret_hand = hand;
	return 0;
}
