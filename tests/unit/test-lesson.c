/* SPDX-License-Identifier: Apache-2.0 */
/* test-lesson.c - posturectl teach: which takes are left out, and which model is better. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/posturectl/teach.h"

#define CLASSES(text)                                                                                                  \
	"{\"classes\":{" text "},\"against\":{\"all\":{\"frames\":200,\"same\":0.95},\"classes\":{"                    \
	"\"Like\":{\"frames\":100,\"same\":1},\"Fist\":{\"frames\":100,\"same\":0.9}}}}"

/* --- scores --------------------------------------------------------------------------------------------------- */

static struct teach_scores scores_of(const char *before, const char *after)
{
	struct teach_scores scores = {.n = 0};

	assert_int_equal(teach_scores_add(&scores, before, after), 0);
	assert_int_equal(teach_scores_compare(&scores, after), 0);
	return scores;
}

static void test_a_new_posture_is_better(void **state)
{
	struct teach_scores scores = scores_of(CLASSES("\"Like\":{\"frames\":50,\"recall\":0.96}"),
					       CLASSES("\"Like\":{\"frames\":50,\"recall\":0.98},"
						       "\"New\":{\"frames\":40,\"recall\":0.9},"
						       "\"Love\":{\"frames\":0,\"recall\":null}"));
	char reason[TEACH_REASON];

	(void)state;
	assert_int_equal(scores.n, 2);
	assert_true(scores.classes[0].known);
	assert_int_equal(scores.classes[0].before, 48);
	assert_int_equal(scores.classes[0].after, 49);
	assert_false(scores.classes[1].known);
	assert_int_equal(scores.classes[1].after, 36);
	assert_float_equal(teach_scores_mean(&scores, false), 0.48, 1e-9);
	assert_float_equal(teach_scores_mean(&scores, true), 0.94, 1e-9);
	assert_string_equal(scores.least, "Fist");
	assert_true(teach_scores_better(&scores, reason));
	assert_string_equal(reason, "");
}

static void test_why_it_is_not_better(void **state)
{
	struct teach_scores scores = scores_of(CLASSES("\"Like\":{\"frames\":100,\"recall\":1}"),
					       CLASSES("\"Like\":{\"frames\":100,\"recall\":1}"));
	char reason[TEACH_REASON];

	(void)state;
	assert_false(teach_scores_better(&scores, reason));
	assert_non_null(strstr(reason, "nothing to gain"));
	scores.classes[0].after = 90;
	assert_false(teach_scores_better(&scores, reason));
	assert_non_null(strstr(reason, "Like was 100.0 % right and would be 90.0 %"));
	scores.classes[0].before = 80;
	assert_true(teach_scores_better(&scores, reason));
	scores.kept = 0.89;
	assert_false(teach_scores_better(&scores, reason));
	assert_non_null(strstr(reason, "keeps only 89.0 %"));
}

static void test_a_known_posture_by_another_name(void **state)
{
	static const char after[] = "{\"classes\":{\"Grip\":{\"frames\":40,\"recall\":1}},\"against\":{"
				    "\"all\":{\"frames\":200,\"same\":0.98},\"classes\":{},\"unknown\":{"
				    "\"Wave\":{\"frames\":100,\"taken\":0,\"for\":\"\"},"
				    "\"Grip\":{\"frames\":100,\"taken\":0.96,\"for\":\"Fist\"}}}}";
	struct teach_scores scores = scores_of(CLASSES(""), after);
	char reason[TEACH_REASON];

	(void)state;
	assert_false(teach_scores_better(&scores, reason));
	assert_non_null(strstr(reason, "Grip is surely Fist to the model in use in 96.0 %"));
	/* Takes of both answer the question. */
	assert_int_equal(teach_scores_add(&scores, CLASSES("\"Fist\":{\"frames\":40,\"recall\":1}"),
					  CLASSES("\"Fist\":{\"frames\":40,\"recall\":1}")),
			 0);
	assert_true(teach_scores_better(&scores, reason));
	scores.n--;
	scores.taken = 0.94;
	assert_true(teach_scores_better(&scores, reason));
	assert_int_equal(teach_scores_compare(&scores, "{\"against\":{\"all\":{\"frames\":1,\"same\":1},"
						       "\"unknown\":{\"Grip\":{\"frames\":1,\"taken\":1}}}}"),
			 -EBADMSG);
}

static void test_folds_add_up(void **state)
{
	const char *answer = CLASSES("\"Like\":{\"frames\":30,\"recall\":0.5}");
	struct teach_scores scores = scores_of(answer, answer);

	(void)state;
	assert_int_equal(teach_scores_add(&scores, answer, answer), 0);
	assert_int_equal(scores.classes[0].frames, 60);
	assert_int_equal(scores.classes[0].after, 30);
}

static void test_bad_answers(void **state)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{}",
		"{\"classes\":7}",
		CLASSES("\"Like\":7"),
		CLASSES("\"Like\":{\"frames\":-1,\"recall\":1}"),
		CLASSES("\"Like\":{\"frames\":10,\"recall\":2}"),
		CLASSES("\"Like\":{\"frames\":1e99,\"recall\":1}"),
	};
	struct teach_scores scores = {.n = 0};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(teach_scores_add(&scores, CLASSES(""), bad[i]), -EBADMSG);
	assert_int_equal(teach_scores_compare(&scores, "{}"), -EBADMSG);
}

/* --- takes ---------------------------------------------------------------------------------------------------- */

static void make(const char *directory, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

static void test_takes_are_shared_out(void **state)
{
	char directory[] = "/tmp/postured-lesson.XXXXXX", command[128], reason[LESSON_REASON], start[LESSON_SHA256];
	struct lesson_takes takes;

	(void)state;
	assert_non_null(mkdtemp(directory));
	assert_int_equal(lesson_takes_read(&takes, "/nonexistent", reason), -ENOENT);
	make(directory, "Like");
	make(directory, "Like/log__Like__A__1");
	make(directory, "Like/log__Like__A__2");
	make(directory, "Like/notes");
	make(directory, "New");
	make(directory, "New/log__New__A__1");
	make(directory, "New/log__New__A__2");
	assert_int_equal(lesson_takes_read(&takes, directory, reason), 0);
	assert_int_equal(takes.n, 4);
	lesson_takes_share(&takes, "0123", start);
	assert_string_equal(start, "");
	assert_int_equal(takes.fresh, 4);
	assert_int_equal(takes.folds, 2);
	assert_int_not_equal(takes.takes[0].fold, takes.takes[1].fold);
	assert_int_not_equal(takes.takes[2].fold, takes.takes[3].fold);
	assert_int_equal(lesson_takes_note(&takes, "abcd", "0123", reason), 0);
	lesson_takes_clear(&takes);

	make(directory, "New/log__New__A__3");
	assert_int_equal(lesson_takes_read(&takes, directory, reason), 0);
	lesson_takes_share(&takes, "abcd", start);
	assert_string_equal(start, "0123");
	assert_int_equal(takes.fresh, 1);
	assert_int_equal(lesson_takes_count(&takes, "New", false), 3);
	assert_int_equal(lesson_takes_count(&takes, "New", true), 1);
	assert_true(takes.takes[0].learnt);
	assert_false(takes.takes[4].learnt);
	lesson_takes_clear(&takes);
	snprintf(command, sizeof(command), "rm -r '%s'", directory);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_new_posture_is_better),
		cmocka_unit_test(test_why_it_is_not_better),
		cmocka_unit_test(test_a_known_posture_by_another_name),
		cmocka_unit_test(test_folds_add_up),
		cmocka_unit_test(test_bad_answers),
		cmocka_unit_test(test_takes_are_shared_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
