/* SPDX-License-Identifier: Apache-2.0 */
/* test-nn-preprocess.c - frames whose network input was worked out by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/nn-fixture.h"

static const struct nn_preprocess st = {
	.representation = NN_REPRESENTATION_ST,
	.min_mm = 100,
	.max_mm = 400,
	.background_mm = 120,
	.default_mm = 4000,
	.distance_offset = 295,
	.distance_scale = 196,
	.signal_offset = 281,
	.signal_scale = 452,
};

static const struct nn_preprocess relative = {
	.representation = NN_REPRESENTATION_RELATIVE,
	.flags = NN_PREPROCESS_CENTRE,
	.min_mm = 100,
	.max_mm = 400,
	.background_mm = 120,
	.distance_offset = -0.8f,
	.distance_scale = 2,
	.signal_scale = 1,
	.background_distance = -1.3f,
	.background_signal = -0.25f,
};

static float input[128];
static struct nn_hand hand;

static void run(const struct nn_preprocess *preprocess, const struct frame *frame)
{
	for (int i = 0; i < 128; i++)
		input[i] = NAN;
	assert_int_equal(nn_preprocess(preprocess, frame, input, &hand), 0);
}

static void near(float value, double wanted)
{
	if (!(fabs((double)value - wanted) < 1e-5))
		fail_msg("%.7g, wanted %.7g", (double)value, wanted);
}

static void zone_is(unsigned row, unsigned col, double distance, double signal)
{
	near(input[2 * (row * 8 + col)], distance);
	near(input[2 * (row * 8 + col) + 1], signal);
}

static unsigned count_background(float distance, float signal)
{
	unsigned n = 0;

	for (int z = 0; z < 64; z++)
		n += input[2 * z] == distance && input[2 * z + 1] == signal;
	return n;
}

static void st_form_is_as_in_st_training(void **unused)
{
	struct frame frame = fixture_empty_frame();

	(void)unused;
	fixture_zone(&frame, 2, 3, 295, 281);
	fixture_zone(&frame, 2, 4, 300.25f, 733.5f);
	fixture_zone(&frame, 7, 7, 2000, 50);
	frame.status[2 * 8 + 4] = FRAME_STATUS_VALID_WIDE;
	run(&st, &frame);
	zone_is(2, 3, 0, 0);
	zone_is(2, 4, 5.25 / 196, 452.5 / 452);
	zone_is(0, 0, 3705.0 / 196, -281.0 / 452);
	zone_is(7, 7, 3705.0 / 196, -281.0 / 452);
	assert_true(hand.present);
	assert_int_equal(hand.zones, 2);
	near(hand.nearest_mm, 295);
	near(hand.centroid_col, 3.5);
	near(hand.centroid_row, 2);
}

static void other_statuses_are_not_seen(void **unused)
{
	const uint8_t unseen[] = {0, 1, 2, 3, 4, 6, 7, 8, 10, 11, 12, 13, 14, 255};

	(void)unused;
	for (unsigned i = 0; i < sizeof(unseen); i++) {
		struct frame frame = fixture_empty_frame();

		fixture_zone(&frame, 1, 1, 250, 100);
		frame.status[9] = unseen[i];
		run(&st, &frame);
		assert_false(hand.present);
		assert_int_equal(hand.zones, 0);
		near(hand.nearest_mm, 0);
		near(hand.centroid_col, 3.5);
		assert_int_equal(count_background(input[0], input[1]), 64);
	}
}

static void gate_includes_both_ends(void **unused)
{
	const struct {
		float nearest;
		bool present;
	} cases[] = {{99.75f, false}, {100, true}, {400, true}, {400.25f, false}, {-5, false}};

	(void)unused;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct frame frame = fixture_empty_frame();

		fixture_zone(&frame, 4, 4, cases[i].nearest, 100);
		run(&st, &frame);
		assert_int_equal(hand.present, cases[i].present);
		near(hand.nearest_mm, (double)cases[i].nearest);
		assert_int_equal(hand.zones, cases[i].present);
	}
}

static void background_begins_beyond_its_distance(void **unused)
{
	struct frame frame = fixture_empty_frame();

	(void)unused;
	fixture_zone(&frame, 0, 0, 200, 100);
	fixture_zone(&frame, 0, 1, 320, 100);
	fixture_zone(&frame, 0, 2, 320.25f, 100);
	run(&st, &frame);
	assert_int_equal(hand.zones, 2);
	zone_is(0, 1, 25.0 / 196, -181.0 / 452);
	zone_is(0, 2, 3705.0 / 196, -281.0 / 452);
}

static void relative_form_knows_neither_distance_nor_gain(void **unused)
{
	struct frame frame = fixture_empty_frame();

	(void)unused;
	/* sqrt(s) * d = 4000, 2600 and 5400: mean 4000 */
	fixture_zone(&frame, 3, 3, 200, 400);
	fixture_zone(&frame, 3, 4, 260, 100);
	fixture_zone(&frame, 4, 3, 300, 324);
	fixture_zone(&frame, 0, 0, 321, 900);
	run(&relative, &frame);
	zone_is(3, 3, 1.2, 1);
	zone_is(3, 4, 0.2, 0.65);
	zone_is(4, 3, -0.8 + 2.0 * 20 / 120, 1.35);
	assert_int_equal(count_background(-1.3f, -0.25f), 61);

	/* A quarter of the signal changes nothing. */
	for (int z = 0; z < 64; z++)
		frame.signal_q11[z] /= 4;
	run(&relative, &frame);
	zone_is(3, 4, 0.2, 0.65);
	zone_is(4, 3, -0.8 + 2.0 * 20 / 120, 1.35);
}

static void centring_moves_whole_zones(void **unused)
{
	struct frame frame = fixture_empty_frame();

	(void)unused;
	/* Centroid (col 6.5, row 0.5): 3 to the left, 3 down. */
	fixture_zone(&frame, 0, 6, 200, 400);
	fixture_zone(&frame, 1, 7, 200, 400);
	run(&relative, &frame);
	zone_is(3, 3, 1.2, 1);
	zone_is(4, 4, 1.2, 1);
	near(hand.centroid_col, 6.5);
	near(hand.centroid_row, 0.5);
	assert_int_equal(count_background(-1.3f, -0.25f), 62);

	/* One zone: 3.5 - 5 = -1.5, one zone less than two. */
	frame = fixture_empty_frame();
	fixture_zone(&frame, 2, 5, 200, 400);
	run(&relative, &frame);
	zone_is(3, 4, 1.2, 1);
}

static void centring_treats_both_hands_alike(void **unused)
{
	struct frame left = fixture_empty_frame(), right = fixture_empty_frame();
	float mirrored[128];
	uint64_t state = 3;

	(void)unused;
	for (int round = 0; round < 200; round++) {
		left = right = fixture_empty_frame();
		for (unsigned z = 0; z < 64; z++)
			if (fixture_random(&state) > 0.8f) {
				fixture_zone(&left, z / 8, z % 8, 200 + (float)z, 100);
				fixture_zone(&right, z / 8, 7 - z % 8, 200 + (float)z, 100);
			}
		run(&relative, &left);
		for (unsigned z = 0; z < 64; z++)
			for (unsigned c = 0; c < 2; c++)
				mirrored[2 * z + c] = input[2 * (z / 8 * 8 + 7 - z % 8) + c];
		run(&relative, &right);
		for (unsigned i = 0; i < 128; i++)
			near(input[i], (double)mirrored[i]);
	}
}

static void signal_of_zero_is_no_division_by_zero(void **unused)
{
	struct frame frame = fixture_empty_frame();

	(void)unused;
	fixture_zone(&frame, 3, 3, 200, 0);
	run(&relative, &frame);
	for (int i = 0; i < 128; i++)
		assert_true(isfinite(input[i]));
}

static void other_grids_and_forms_are_refused(void **unused)
{
	struct frame frame = fixture_empty_frame();
	struct nn_preprocess unknown = st;

	(void)unused;
	frame.cols = frame.rows = 4;
	assert_int_equal(nn_preprocess(&st, &frame, input, &hand), NN_ERROR_INPUT);
	frame.cols = frame.rows = 8;
	unknown.representation = 3;
	assert_int_equal(nn_preprocess(&unknown, &frame, input, &hand), NN_ERROR_INPUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(st_form_is_as_in_st_training),
		cmocka_unit_test(other_statuses_are_not_seen),
		cmocka_unit_test(gate_includes_both_ends),
		cmocka_unit_test(background_begins_beyond_its_distance),
		cmocka_unit_test(relative_form_knows_neither_distance_nor_gain),
		cmocka_unit_test(centring_moves_whole_zones),
		cmocka_unit_test(centring_treats_both_hands_alike),
		cmocka_unit_test(signal_of_zero_is_no_division_by_zero),
		cmocka_unit_test(other_grids_and_forms_are_refused),
	};

	return cmocka_run_group_tests_name("nn-preprocess", tests, NULL, NULL);
}
