/* SPDX-License-Identifier: Apache-2.0 */
/* test-take.c - which takes are kept, and what is said of those that are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "daemon/posturectl/take.h"

enum { FRAMES = 60 };

/* A hand of 4x4 zones at mm, its left upper corner at col, row; noise makes each frame another one. */
static void render(struct frame *frame, unsigned n, double mm, unsigned col, unsigned row)
{
	*frame = (struct frame){.seq = n, .cols = 8, .rows = 8};
	for (unsigned i = 0; i < 64; i++) {
		bool hand = i % 8 >= col && i % 8 < col + 4 && i / 8 >= row && i / 8 < row + 4;

		frame->count[i] = 1;
		frame->status[i] = FRAME_STATUS_VALID;
		frame->distance_q2[i] = (int16_t)((hand ? mm : 1500.0) * 4 + (n * 7 + i) % 9);
		frame->signal_q11[i] = 2048u * (hand ? 300 : 20) + (n * 31 + i) % 101;
	}
}

/* mm and column as functions of time: from and to. */
static void fill(struct take *take, unsigned frames, double from_mm, double to_mm, unsigned cols)
{
	struct frame frame;

	assert_int_equal(take_init(take, FRAMES), 0);
	for (unsigned i = 0; i < frames; i++) {
		render(&frame, i, from_mm + (to_mm - from_mm) * i / frames, i * cols / frames, 2);
		take_add(take, &frame, true, 0);
	}
}

static void judge(struct take *take, bool none, struct take_verdict *verdict)
{
	take_judge(take, none, FRAMES, verdict);
	take_clear(take);
}

static void test_good(void **state)
{
	struct take take;
	struct take_verdict verdict;

	(void)state;
	fill(&take, FRAMES, 250, 300, 1);
	judge(&take, false, &verdict);
	assert_string_equal(verdict.reason, "");
	assert_true(verdict.good);
	assert_int_equal(verdict.frames, FRAMES);
	assert_in_range((uintmax_t)verdict.span_mm, 35, 55);
	fill(&take, FRAMES, 250, 250, 3);
	judge(&take, false, &verdict);
	assert_true(verdict.good); /* sideways is movement as well */
	assert_in_range((uintmax_t)(verdict.span_zones * 10), 18, 22);
}

static void test_still(void **state)
{
	struct take take;
	struct take_verdict verdict;

	(void)state;
	fill(&take, FRAMES, 250, 250, 1);
	judge(&take, false, &verdict);
	assert_false(verdict.good);
	assert_non_null(strstr(verdict.reason, "the hand moved by"));
	fill(&take, FRAMES, 250, 250, 1);
	judge(&take, true, &verdict);
	assert_true(verdict.good); /* None need not move */
}

static void test_gate(void **state)
{
	struct take take;
	struct take_verdict verdict;
	struct frame frame;

	(void)state;
	assert_int_equal(take_init(&take, FRAMES), 0);
	for (unsigned i = 0; i < FRAMES; i++) {
		render(&frame, i, 200 + i, 2, 2);
		take_add(&take, &frame, i % 4 != 0, 0);
	}
	judge(&take, false, &verdict);
	assert_false(verdict.good);
	assert_int_equal(verdict.in_gate, FRAMES * 3 / 4);
	assert_non_null(strstr(verdict.reason, "45 of 60 frames show a hand in the gate"));
}

static void test_short(void **state)
{
	struct take take;
	struct take_verdict verdict;

	(void)state;
	fill(&take, TAKE_FRAMES_MIN - 1, 200, 300, 1);
	judge(&take, false, &verdict);
	assert_non_null(strstr(verdict.reason, "only 19 frames came"));
	fill(&take, FRAMES / 2, 200, 300, 1); /* of the 60 that the time should have given */
	judge(&take, false, &verdict);
	assert_non_null(strstr(verdict.reason, "30 frames of 60 came"));
	fill(&take, 0, 0, 0, 1);
	judge(&take, false, &verdict);
	assert_false(verdict.good);
}

static void test_duplicates(void **state)
{
	struct take take;
	struct take_verdict verdict;
	struct frame frame;

	(void)state;
	assert_int_equal(take_init(&take, FRAMES), 0);
	for (unsigned i = 0; i < FRAMES; i++) {
		render(&frame, i / 2, 200 + i / 2 * 2, 2, 2);
		take_add(&take, &frame, true, 0);
	}
	judge(&take, false, &verdict);
	assert_int_equal(verdict.duplicates, FRAMES / 2);
	assert_non_null(strstr(verdict.reason, "the sensor is stuck"));
}

static void test_missing(void **state)
{
	struct take take;
	struct take_verdict verdict;
	struct frame frame;

	(void)state;
	assert_int_equal(take_init(&take, FRAMES), 0);
	for (unsigned i = 0; i < FRAMES; i++) {
		render(&frame, i, 200 + i, 2, 2);
		frame.lost = i == 10 ? 10 : 0;
		take_add(&take, &frame, true, i == 20 ? 10 : 0);
	}
	judge(&take, false, &verdict);
	assert_int_equal(verdict.missing, 20);
	assert_non_null(strstr(verdict.reason, "60 frames of 80 came"));
}

static void test_full(void **state)
{
	struct take take;
	struct frame frame;

	(void)state;
	fill(&take, FRAMES, 200, 300, 1);
	render(&frame, 99, 200, 0, 0);
	take_add(&take, &frame, true, 0);
	assert_int_equal(take.n, FRAMES);
	assert_true(take.full);
	take_clear(&take);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),  cmocka_unit_test(test_still),	 cmocka_unit_test(test_gate),
		cmocka_unit_test(test_short), cmocka_unit_test(test_duplicates), cmocka_unit_test(test_missing),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
