/* SPDX-License-Identifier: Apache-2.0 */
/* test-teaching.c - changed and made-up frames, exams of known answers, and trainings from end to end. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "nn/graph/dequantise.h"
#include "nn/import/pnn.h"
#include "nn/train/exam.h"
#include "nn/train/training.h"
#include "nn/train/zones.h"

static char reason[TRAINING_REASON];

static void parse(const char *text, struct recipe *recipe)
{
	if (recipe_parse("r", text, strlen(text), NULL, recipe, reason) < 0)
		fail_msg("%s", reason);
}

/* Zones of one column and one row, so that every turn shows. */
static struct frame corner(void)
{
	struct frame frame;

	zones_clear(&frame);
	for (unsigned i = 0; i < 5; i++) {
		zone_set(&frame, 8 * i + 1, 250 + (float)i, 300);
		zone_set(&frame, 8 + i, 250, 300);
	}
	return frame;
}

static bool seen(const struct frame *frame, unsigned row, unsigned col)
{
	return frame->count[8 * row + col];
}

static void test_twelve(void **state)
{
	struct frame frame = corner(), changed, back;
	struct nn_preprocess preprocess;
	struct recipe recipe;

	(void)state;
	parse("", &recipe);
	preprocess = recipe_preprocess(&recipe);
	augment_twelve(&preprocess, &frame, 3, &changed); /* left-right */
	for (unsigned z = 0; z < ZONES; z++)
		assert_int_equal(seen(&frame, z / 8, z % 8), seen(&changed, z / 8, 7 - z % 8));
	augment_twelve(&preprocess, &frame, 4, &changed); /* top-bottom */
	for (unsigned z = 0; z < ZONES; z++)
		assert_int_equal(seen(&frame, z / 8, z % 8), seen(&changed, 7 - z / 8, z % 8));
	augment_twelve(&preprocess, &frame, 1, &changed); /* half a turn */
	for (unsigned z = 0; z < ZONES; z++)
		assert_int_equal(frame.count[z], changed.count[63 - z]);
	augment_twelve(&preprocess, &frame, 0, &changed); /* a quarter, and three more */
	augment_twelve(&preprocess, &changed, 2, &back);
	assert_memory_equal(back.count, frame.count, sizeof(frame.count));
	assert_memory_not_equal(changed.count, frame.count, sizeof(frame.count));
	augment_twelve(&preprocess, &frame, 9, &changed); /* one zone down and right */
	for (unsigned z = 0; z < ZONES; z++)
		if (z / 8 < 7 && z % 8 < 7)
			assert_int_equal(seen(&frame, z / 8, z % 8), seen(&changed, z / 8 + 1, z % 8 + 1));
	/* The middle stretched: what was at its edge is at the edge now. */
	augment_twelve(&preprocess, &frame, 11, &changed);
	assert_true(seen(&changed, 0, 0));
	assert_false(seen(&changed, 7, 7));
}

static void test_spoiling(void **state)
{
	const struct augmentation dropout = {.zone_dropout = 0.5f}, farther = {.distance_mm = 100, .tilt_mm = 4},
				  none = {0};
	struct frame frame = corner(), changed;
	struct nn_preprocess preprocess;
	struct random random = {1};
	struct recipe recipe;
	unsigned left = 0, all = 0;
	bool moved = false;

	(void)state;
	parse("", &recipe);
	preprocess = recipe_preprocess(&recipe);
	augment_frame(&none, &preprocess, &frame, &random, &changed);
	assert_memory_equal(changed.distance_q2, frame.distance_q2, sizeof(frame.distance_q2));
	for (unsigned i = 0; i < 100; i++) {
		augment_frame(&dropout, &preprocess, &frame, &random, &changed);
		for (unsigned z = 0; z < ZONES; z++) {
			left += changed.count[z];
			all += frame.count[z];
		}
		augment_frame(&farther, &preprocess, &frame, &random, &changed);
		/* Reflectance stays: sqrt(signal) * distance. */
		for (unsigned z = 0; z < ZONES; z++)
			if (changed.count[z]) {
				double was = sqrt(frame.signal_q11[z]) * frame.distance_q2[z];

				assert_true(fabs(sqrt(changed.signal_q11[z]) * changed.distance_q2[z] / was - 1) <
					    0.01);
				moved = moved || changed.distance_q2[z] != frame.distance_q2[z];
			}
	}
	assert_true(moved);
	assert_in_range(left, all * 4 / 10, all * 6 / 10);
}

static void test_negatives(void **state)
{
	struct frame frame = corner(), made, again;

	(void)state;
	for (unsigned f = 0; f < NEGATIVE_FAMILIES; f++)
		for (unsigned i = 0; i < 200; i++) {
			struct random one = random_of(1, f, i), two = one;
			unsigned zones = 0;

			negative_make((enum negative_family)f, &frame, &frame, &one, &made);
			negative_make((enum negative_family)f, &frame, &frame, &two, &again);
			assert_memory_equal(&made, &again, sizeof(made));
			for (unsigned z = 0; z < ZONES; z++) {
				zones += made.count[z];
				assert_true(!made.count[z] || made.distance_q2[z] > 0);
			}
			if (f == NEGATIVE_BLOB)
				assert_in_range(zones, 1, 12);
			if (f == NEGATIVE_LEAVING)
				assert_true(zones < 9);
		}
	assert_true(negative_is_fair(NEGATIVE_PLANE, 10, 10));
	assert_true(negative_is_fair(NEGATIVE_GRAZING, 100, 44));
	assert_false(negative_is_fair(NEGATIVE_GRAZING, 100, 45));
}

/* --- exams ----------------------------------------------------------------------------------------------------- */

/* Two files: ten frames of Like, of which the first three and one in the middle look like Fist; ten of None. */
static void test_exam(void **state)
{
	static const char answers[] = "FFFLLLFLLLNNNNNNNNNN";
	struct group group = {.user = "Ann", .log = "log"};
	struct sample samples[20] = {0};
	uint32_t order[20], integers[20];
	float probabilities[20][3];
	char labels[3][NN_LABEL_MAX] = {"None", "Like", "Fist"};
	struct material material = {.is_frames = true,
				    .n = 20,
				    .classes = 3,
				    .labels = labels,
				    .frames = {.samples = samples, .n = 20, .groups = &group, .group_count = 1}};
	struct exam_take take = {
		.n = 20, .classes = 3, .samples = order, .probabilities = probabilities[0], .integers = integers};
	struct history history = {.classes = 3};
	const struct history_risk *one, *three;

	(void)state;
	for (uint32_t i = 0; i < 20; i++) {
		uint32_t answer = answers[i] == 'N' ? 0 : answers[i] == 'L' ? 1 : 2;

		samples[i].label = i < 10;
		samples[i].file = i / 10;
		order[i] = i;
		integers[i] = i == 0 ? 1 : answer;
		for (uint32_t c = 0; c < 3; c++)
			probabilities[i][c] = c == answer ? 0.92f : 0.04f;
	}
	assert_int_equal(history_start_exam(&history, "p"), 0);
	assert_int_equal(exam_sum(&material, RECIPE_SPLIT_USER, &take, 1, &history), 0);
	assert_int_equal(history.exam.all.right, 16);
	assert_int_equal(history.exam.without_none.right, 6);
	assert_int_equal(history.exam.without_none.n, 10);
	assert_int_equal(history.exam.confident_wrong, 4);
	/* Frames 0 to 4 have more of Fist behind them. */
	assert_int_equal(history.exam.smoothed.right, 15);
	assert_int_equal(history.exam.confusion[1 * 3 + 2], 4);
	assert_int_equal(history.exam.integer.right, 17);
	assert_int_equal(history.exam.agreement.right, 19);
	assert_int_equal(history.exam.part_count, 1);
	assert_string_equal(history.exam.parts[0].name, "Ann");
	assert_int_equal(history.exam.bins[9].n, 20);
	assert_true(fabs(history_calibration_error(&history.exam) - 0.12) < 1e-6);
	one = &history.exam.risks[0];
	three = &history.exam.risks[1];
	assert_int_equal(one->events, 2);
	assert_true(one->median == 4);
	assert_int_equal(one->takes, 1);
	assert_int_equal(three->equal, 3);
	assert_int_equal(three->events, 1);
	assert_true(three->median == 6);
	/* At 0.95 nothing is ever confirmed. */
	assert_int_equal(history.exam.risks[18].events, 0);
	assert_int_equal(history.exam.risks[18].never, 1);
	assert_true(isnan(history.exam.risks[18].median));
	history_exam_clear(&history.exam);
}

static void test_history_files(void **state)
{
	struct history history = {0}, back = {0};
	char path[] = "/tmp/test-teaching-XXXXXX";
	const struct history_epoch epoch = {3, 0.25f, 0.5f, NAN, NAN, 1e-3f, 2};
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(history_add_epoch(&history, &epoch), 0);
	assert_int_equal(history_write_csv(&history, path), 0);
	assert_int_equal(history_read_csv(path, &back), 0);
	assert_int_equal(back.epoch_count, 1);
	assert_int_equal(back.epochs[0].epoch, 3);
	assert_true(back.epochs[0].loss == 0.25f && isnan(back.epochs[0].other_loss));
	assert_int_equal(history_write_json(&history, path), 0);
	assert_true(history_read_csv(path, &back) < 0);
	history_clear(&history);
	history_clear(&back);
	unlink(path);
}

/* --- trainings ------------------------------------------------------------------------------------------------- */

/* Pictures of 6x6: a bright bar that stands, lies or leans, with noise. */
static void make_bars(struct material *material, uint32_t n, uint64_t seed)
{
	static char labels[3][NN_LABEL_MAX] = {"stands", "lies", "leans"};

	*material = (struct material){.n = n, .shape = {6, 6, 1}, .classes = 3, .labels = labels};
	material->pixels = calloc(n, 36);
	material->picture_labels = calloc(n, sizeof(*material->picture_labels));
	for (uint32_t i = 0; i < n; i++) {
		struct random random = random_of(seed, 0, i);
		uint32_t label = i % 3, at = random_below(&random, 6);

		material->picture_labels[i] = (uint16_t)label;
		for (uint32_t p = 0; p < 36; p++) {
			bool bright = label == 0 ? p % 6 == at : label == 1 ? p / 6 == at : p % 6 == (p / 6 + at) % 6;

			material->pixels[36 * i + p] = (uint8_t)(random_below(&random, 80) + 150 * bright);
		}
	}
}

static void free_bars(struct material *material)
{
	free(material->pixels);
	free(material->picture_labels);
}

static const char bars_recipe[] = "data: x\nmean: 0.3\nbatch: 16\nepochs: 25\nrate: 0.01\nlayers:\n  - conv: 6\n"
				  "    activation: relu\n  - dense: 3\n  - softmax\n";

static double accuracy(const struct recipe *recipe, const struct material *material, const struct graph *graph)
{
	bool *use = calloc(material->n, sizeof(*use));
	struct history history = {.classes = material->classes};
	struct exam_take take;
	struct model_file model;
	double percent;

	memset(use, true, material->n);
	assert_int_equal(training_model(graph, &model, reason), 0);
	assert_int_equal(exam_run(recipe, material, use, &model, NULL, 0, 1, &take), 0);
	assert_int_equal(history_start_exam(&history, ""), 0);
	assert_int_equal(exam_sum(material, RECIPE_SPLIT_USER, &take, 1, &history), 0);
	percent = history_percent(history.exam.all);
	exam_take_clear(&take);
	history_exam_clear(&history.exam);
	model_file_close(&model);
	free(use);
	return percent;
}

static struct graph *train(const struct recipe *recipe, const struct material *material, struct history *history,
			   unsigned threads)
{
	bool *use = calloc(material->n, sizeof(*use));
	const struct training training = {
		.recipe = recipe, .material = material, .use = use, .seed = 1, .threads = threads};
	struct graph *graph = NULL;

	memset(use, true, material->n);
	if (training_run(&training, history, &graph, reason) < 0)
		fail_msg("%s", reason);
	free(use);
	return graph;
}

static void test_learns_bars(void **state)
{
	struct material seen_ones, new_ones;
	struct history history = {0}, other = {0};
	struct graph *graph, *twin, *integers, *floats;
	struct model_file model, integer_model;
	struct recipe recipe;
	bool use[300];

	(void)state;
	parse(bars_recipe, &recipe);
	make_bars(&seen_ones, 300, 1);
	make_bars(&new_ones, 300, 2);
	graph = train(&recipe, &seen_ones, &history, 1);
	assert_int_equal(history.epoch_count, 25);
	assert_true(history.epochs[24].loss < history.epochs[0].loss);
	assert_true(accuracy(&recipe, &new_ones, graph) > 95);

	/* Any number of threads gives the same. */
	twin = train(&recipe, &seen_ones, &other, 2);
	assert_true(history.epochs[24].loss == other.epochs[24].loss);

	/* int8, and back to floats. */
	memset(use, true, sizeof(use));
	{
		const struct training training = {.recipe = &recipe, .material = &seen_ones, .use = use, .seed = 1};

		assert_int_equal(training_model(graph, &model, reason), 0);
		assert_int_equal(training_quantise(&training, &model, &integers, reason), 0);
	}
	assert_true(accuracy(&recipe, &new_ones, integers) > 94);
	assert_int_equal(training_model(integers, &integer_model, reason), 0);
	floats = graph_new();
	assert_int_equal(pnn_import(&integer_model.model, floats), 0);
	assert_int_equal(graph_dequantise(floats), 0);
	for (unsigned t = 0; t < floats->tensor_count; t++)
		assert_null(floats->tensors[t].scales);
	assert_true(accuracy(&recipe, &new_ones, floats) > 94);
	graph_free(graph);
	graph_free(twin);
	graph_free(integers);
	graph_free(floats);
	model_file_close(&model);
	model_file_close(&integer_model);
	history_clear(&history);
	history_clear(&other);
	free_bars(&seen_ones);
	free_bars(&new_ones);
	recipe_clear(&recipe);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_twelve), cmocka_unit_test(test_spoiling),	     cmocka_unit_test(test_negatives),
		cmocka_unit_test(test_exam),   cmocka_unit_test(test_history_files), cmocka_unit_test(test_learns_bars),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
