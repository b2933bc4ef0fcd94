/* SPDX-License-Identifier: Apache-2.0 */
/* test-run-log.c - event files and MLflow's store while they grow, after an interruption, and where they can't be written. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "nn/train/report.h"
#include "nn/train/run-log.h"
#include "tests/unit/history-fixture.h"

static const char python[] = "/usr/bin/python3";

/* The first file that fits below a directory; read to its end. */
static char *read_only_one(const char *directory, const char *pattern, size_t *ret_size)
{
	char path[4096], *bytes = NULL;
	glob_t found;
	FILE *file = open_memstream(&bytes, ret_size), *from;
	int c;

	snprintf(path, sizeof(path), "%s/%s", directory, pattern);
	assert_int_equal(glob(path, 0, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, 1);
	from = fopen(found.gl_pathv[0], "r");
	while ((c = fgetc(from)) != EOF)
		fputc(c, file);
	fclose(from);
	fclose(file);
	globfree(&found);
	return bytes;
}

/* Bytes written down by hand from the format; the checksums were computed by another program. */
static void test_bytes(void **state)
{
	static const uint8_t wanted[] = {
		/* length, its checksum */
		0x1a,
		0x00,
		0x00,
		0x00,
		0x00,
		0x00,
		0x00,
		0x00,
		0x12,
		0x9b,
		0xd8,
		0x2d,
		/* wall_time = 1000000, step = 0 */
		0x09,
		0x00,
		0x00,
		0x00,
		0x00,
		0x80,
		0x84,
		0x2e,
		0x41,
		0x10,
		0x00,
		/* file_version = "brain.Event:2", checksum */
		0x1a,
		0x0d,
		0x62,
		0x72,
		0x61,
		0x69,
		0x6e,
		0x2e,
		0x45,
		0x76,
		0x65,
		0x6e,
		0x74,
		0x3a,
		0x32,
		0xda,
		0x29,
		0x53,
		0xfb,
	};
	char *directory = fixture_directory(), *bytes;
	struct event_file file;
	size_t size;

	(void)state;
	assert_int_equal(event_file_open(directory, 1000000, &file), 0);
	event_file_close(&file);
	bytes = read_only_one(directory, "events.out.tfevents.0001000000.*", &size);
	assert_true(size > sizeof(wanted));
	assert_memory_equal(bytes, wanted, sizeof(wanted));
	free(bytes);
	fixture_remove(directory);
}

static void test_grows(void **state)
{
	struct history history = fixture_history(2, 0);
	char *directory = fixture_directory(), *bytes, *lines;
	struct history_epoch epoch = fixture_epoch(3);
	struct run_log log;
	size_t before, after;

	(void)state;
	assert_int_equal(run_log_open(directory, "", &history, &log), 0);
	free(read_only_one(directory, "tensorboard/training/events*", &before));
	lines = read_only_one(directory, "mlruns/0/*/metrics/loss", &after);
	assert_int_equal(after, strlen(lines));
	assert_non_null(strstr(lines, " 2 1\n"));
	assert_non_null(strstr(lines, " 1 2\n"));
	free(lines);
	run_log_add(&log, &epoch);
	/* Before it is closed, others see it. */
	bytes = read_only_one(directory, "tensorboard/training/events*", &after);
	assert_true(after > before);
	free(bytes);
	lines = read_only_one(directory, "mlruns/0/*/metrics/loss", &after);
	assert_non_null(strstr(lines, " 3\n"));
	free(lines);
	lines = read_only_one(directory, "mlruns/0/*/meta.yaml", &after);
	assert_non_null(strstr(lines, "status: 1\n"));
	assert_non_null(strstr(lines, "end_time: null\n"));
	assert_non_null(strstr(lines, "run_name: \"x: \\\"<y>\\\" | `z`\\n# {\"\n"));
	free(lines);
	assert_int_equal(run_log_close(&log, &history, MLFLOW_KILLED), 0);
	lines = read_only_one(directory, "mlruns/0/*/meta.yaml", &after);
	assert_non_null(strstr(lines, "status: 5\n"));
	free(lines);
	fixture_remove(directory);
	history_clear(&history);
}

/* All of it by a parser that has nothing of ours: interrupted after seven epochs, gone on from five. */
static void test_read_back(void **state)
{
	const char *source = getenv("top_srcdir");
	char *directory, *command = NULL, reason[HISTORY_REASON];
	struct history history;
	struct run_log log;

	(void)state;
	if (access(python, X_OK) < 0 || !source)
		skip();
	history = fixture_history(7, 8);
	directory = fixture_directory();
	assert_int_equal(run_log_open(directory, "", &history, &log), 0);
	assert_int_equal(run_log_close(&log, &history, MLFLOW_KILLED), 0);
	history.epoch_count = 5;
	assert_int_equal(run_log_open(directory, "", &history, &log), 0);
	for (uint32_t i = 6; i <= 9; i++) {
		struct history_epoch epoch = fixture_epoch(i);

		assert_int_equal(history_add_epoch(&history, &epoch), 0);
		run_log_add(&log, &epoch);
	}
	assert_int_equal(report_write(&history, directory, reason), 0);
	assert_int_equal(run_log_close(&log, &history, MLFLOW_FINISHED), 0);
	assert_true(asprintf(&command,
			     "%s '%s/tests/golden/run-parse.py' \"$RUN\" >\"$RUN/found\" 2>&1 && "
			     "grep -qx 'scalar training epoch_loss 1..9 9 last 0.222222' \"$RUN/found\" && "
			     "grep -qx 'scalar mlflow loss 1..9 9 last 0.222222' \"$RUN/found\" && "
			     "grep -qx 'scalar validation epoch_accuracy 1..9 9 last 0.9' \"$RUN/found\" && "
			     "grep -qx 'mlflow runs 1' \"$RUN/found\"",
			     python, source) > 0);
	setenv("RUN", directory, 1);
	if (system(command) != 0) { /* NOLINT: a fixed command */
		char *found = fixture_read(directory, "found");

		print_error("%s\n", found ? found : "");
		free(found);
		fail();
	}
	free(command);
	fixture_remove(directory);
	history_clear(&history);
}

/* Runs of several directories in one store; one directory is one run. */
static void test_store(void **state)
{
	struct history history = fixture_history(1, 0);
	char *store = fixture_directory(), *one = fixture_directory(), *two = fixture_directory(), path[4096];
	struct run_log log;
	glob_t found;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(run_log_open(i == 1 ? two : one, store, &history, &log), 0);
		assert_int_equal(run_log_close(&log, &history, MLFLOW_FINISHED), 0);
	}
	snprintf(path, sizeof(path), "%s/0/*/meta.yaml", store);
	assert_int_equal(glob(path, 0, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, 2);
	globfree(&found);
	snprintf(path, sizeof(path), "%s/mlruns", one);
	assert_int_equal(access(path, F_OK), -1);
	fixture_remove(store);
	fixture_remove(one);
	fixture_remove(two);
	history_clear(&history);
}

static void test_trouble(void **state)
{
	struct history history = fixture_history(1, 2);
	struct history_epoch epoch = fixture_epoch(2);
	struct run_log log = {0};
	char *directory = fixture_directory();

	(void)state;
	assert_int_equal(run_log_open("/nowhere at all", "", &history, &log), -ENOENT);
	/* What was not opened is quiet. */
	run_log_add(&log, &epoch);
	assert_int_equal(run_log_close(&log, &history, MLFLOW_FINISHED), 0);
	assert_int_equal(run_log_open(directory, "/dev/null/store", &history, &log), -ENOTDIR);
	assert_int_equal(run_log_open("/dev/null", "", &history, &log), -ENOTDIR);
	fixture_remove(directory);
	history_clear(&history);
}

/* The disk is full: told once at the end, and the training went on. */
static void test_full(void **state)
{
	struct history history = fixture_history(1, 0);
	struct history_epoch epoch = fixture_epoch(2);
	char *directory = fixture_directory();
	struct run_log log;

	(void)state;
	assert_int_equal(run_log_open(directory, "", &history, &log), 0);
	event_file_close(&log.files[RUN_LOG_TRAINING]);
	log.files[RUN_LOG_TRAINING].fd = open("/dev/full", O_WRONLY);
	run_log_add(&log, &epoch);
	assert_int_equal(run_log_close(&log, &history, MLFLOW_FINISHED), -ENOSPC);
	fixture_remove(directory);
	history_clear(&history);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes), cmocka_unit_test(test_grows),   cmocka_unit_test(test_read_back),
		cmocka_unit_test(test_store), cmocka_unit_test(test_trouble), cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
