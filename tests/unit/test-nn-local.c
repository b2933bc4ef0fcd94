/* SPDX-License-Identifier: Apache-2.0 */
/* test-nn-local.c - the local classifier and model files on disk. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "nn/classifier.h"
#include "nn/model-file.h"
#include "tests/unit/nn-fixture.h"

static char directory[64], path[128], reason[MODEL_FILE_REASON];

static int set_up(void **unused)
{
	(void)unused;
	snprintf(directory, sizeof(directory), "/tmp/test-nn-local.XXXXXX");
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/model.pnn", directory);
	return 0;
}

static int tear_down(void **unused)
{
	(void)unused;
	unlink(path);
	return rmdir(directory);
}

static void write_model(void)
{
	size_t size;
	void *bytes = fixture_model(&size);

	assert_int_equal(model_file_write(path, bytes, size), 0);
	free(bytes);
}

static struct classifier *open_model(const char *model)
{
	const struct nn_config config = {.model = model};
	struct classifier *classifier;

	if (local_classifier_ops.open(&config, &classifier, reason) < 0)
		fail_msg("%s", reason);
	return classifier;
}

/* An open hand: five fingers on a palm. */
static struct frame flat_hand(void)
{
	struct frame frame = fixture_empty_frame();

	for (unsigned col = 2; col < 7; col++)
		for (unsigned row = 1; row < 8; row++)
			fixture_zone(&frame, row, col, 250 + (float)row, 200);
	frame.t_ns = 12345;
	frame.seq = 77;
	return frame;
}

static void built_in_model_is_described(void **unused)
{
	struct classifier *classifier = open_model("");
	struct nn_description description;

	(void)unused;
	classifier->ops->describe(classifier, &description);
	assert_string_equal(description.backend, "local");
	assert_string_equal(description.model, "handposture");
	assert_int_equal(strlen(description.sha256), 64);
	assert_int_equal(description.classes, 8);
	assert_string_equal(description.labels[0], "None");
	assert_string_equal(description.labels[7], "Fist");
	assert_true(description.preprocess.max_mm == 400);
	assert_null(classifier_free(classifier));
}

static void result_waits_as_soon_as_submit_returns(void **unused)
{
	struct classifier *classifier = open_model(NULL);
	struct frame frame = flat_hand();
	struct nn_result result;
	float sum = 0;

	(void)unused;
	assert_int_equal(classifier->ops->fd(classifier), -1);
	assert_int_equal(classifier->ops->result(classifier, &result), 0);
	assert_int_equal(classifier->ops->submit(classifier, &frame), 0);
	assert_int_equal(classifier->ops->submit(classifier, &frame), -EBUSY);
	assert_int_equal(classifier->ops->result(classifier, &result), 1);
	assert_int_equal(classifier->ops->result(classifier, &result), 0);
	assert_int_equal(result.t_ns, 12345);
	assert_int_equal(result.seq, 77);
	assert_int_equal(result.classes, 8);
	assert_true(result.hand.present);
	assert_int_equal(result.hand.zones, 35);
	for (unsigned i = 0; i < 8; i++) {
		assert_true(result.probability[i] <= result.probability[result.best]);
		sum += result.probability[i];
	}
	assert_true(sum > 0.9999f && sum < 1.0001f);
	classifier_free(classifier);
}

static void no_hand_no_probability(void **unused)
{
	struct classifier *classifier = open_model(NULL);
	struct frame frame = fixture_empty_frame();
	struct nn_result result;

	(void)unused;
	fixture_zone(&frame, 4, 4, 900, 30);
	assert_int_equal(classifier->ops->submit(classifier, &frame), 0);
	assert_int_equal(classifier->ops->result(classifier, &result), 1);
	assert_false(result.hand.present);
	assert_true(result.hand.nearest_mm == 900);
	for (unsigned i = 0; i < 8; i++)
		assert_true(result.probability[i] == 0);
	frame.cols = frame.rows = 4;
	assert_int_equal(classifier->ops->submit(classifier, &frame), -EINVAL);
	assert_int_equal(classifier->ops->result(classifier, &result), 0);
	classifier_free(classifier);
}

static void a_model_from_a_file_works_too(void **unused)
{
	struct nn_description description;
	struct classifier *classifier;
	struct stat st;

	(void)unused;
	write_model();
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0400, 0400);
	classifier = open_model(path);
	/* What was loaded stays, whatever happens to the file. */
	assert_int_equal(truncate(path, 0), 0);
	classifier->ops->describe(classifier, &description);
	assert_string_equal(description.model, "every operator");
	assert_string_equal(description.labels[2], "Fist");
	classifier_free(classifier);
}

static void refuses(const char *model, int error, const char *text)
{
	const struct nn_config config = {.model = model};
	struct classifier *classifier = NULL;

	assert_int_equal(local_classifier_ops.open(&config, &classifier, reason), error);
	assert_null(classifier);
	if (!strstr(reason, text))
		fail_msg("\"%s\" does not say \"%s\"", reason, text);
}

static void damaged(long position, int c)
{
	FILE *file;

	write_model();
	file = fopen(path, "r+b");
	fseek(file, position, SEEK_SET);
	fputc(c, file);
	fclose(file);
}

static void unusable_files_are_refused_with_a_reason(void **unused)
{
	(void)unused;
	refuses(path, -ENOENT, "No such file");
	refuses(directory, -EINVAL, "Invalid");
	refuses("/dev/zero", -EINVAL, "Invalid");
	damaged(200, 0);
	refuses(path, -EBADMSG, "damaged");
	damaged(0, 'x');
	refuses(path, -EBADMSG, "posture-model import");
	write_model();
	assert_int_equal(truncate(path, 1000), 0);
	refuses(path, -EBADMSG, "shorter");
	assert_int_equal(truncate(path, 0), 0);
	refuses(path, -EBADMSG, "shorter");
	assert_int_equal(truncate(path, (off_t)NN_FORMAT_BYTES_MAX + 1), 0);
	refuses(path, -EFBIG, "large");
}

static void writing_replaces_or_leaves(void **unused)
{
	(void)unused;
	assert_int_equal(model_file_write("/nonexistent/model.pnn", "x", 1), -ENOENT);
	write_model();
	write_model();
	classifier_free(open_model(path));
}

#define FILE_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(built_in_model_is_described),
		cmocka_unit_test(result_waits_as_soon_as_submit_returns),
		cmocka_unit_test(no_hand_no_probability),
		FILE_TEST(a_model_from_a_file_works_too),
		FILE_TEST(unusable_files_are_refused_with_a_reason),
		FILE_TEST(writing_replaces_or_leaves),
	};

	return cmocka_run_group_tests_name("nn-local", tests, NULL, NULL);
}
