/* SPDX-License-Identifier: Apache-2.0 */
/* test-publish-json.c - lines into a pipe: a slow reader, one that goes, and a filter that waits. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/publish-json.h"

static const struct nn_description model = {.classes = 2, .labels = {"None", "Like"}};

static int publish(struct publisher *publisher, enum message_kind kind, uint32_t seq)
{
	const struct decision decision = {.changed = true, .posture = 1, .previous = DECIDE_NONE, .seq = seq};
	const struct nn_result result = {.classes = 2};
	const struct frame frame = {.cols = 8, .rows = 8};
	const struct message message = {
		.kind = kind, .decision = &decision, .model = &model, .result = &result, .frame = &frame};

	return publisher->ops->publish(publisher, &message);
}

static struct publisher *open_pipe(bool frames, bool wait, int pipe_fds[2])
{
	struct publish_json_config config = {.frames = frames, .wait = wait};
	struct publisher *publisher;

	assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
	config.fd = pipe_fds[1];
	assert_int_equal(publish_json_open(&config, &publisher), 0);
	return publisher;
}

static size_t count_lines(int fd)
{
	char buffer[65536];
	size_t lines = 0;
	ssize_t n;

	while ((n = read(fd, buffer, sizeof(buffer))) > 0)
		for (ssize_t i = 0; i < n; i++)
			lines += buffer[i] == '\n';
	return lines;
}

static void test_kinds(void **state)
{
	char text[4096] = "";
	int fds[2];
	struct publisher *publisher = open_pipe(false, false, fds);

	(void)state;
	for (int kind = MESSAGE_POSTURE; kind <= MESSAGE_FRAME; kind++)
		assert_int_equal(publish(publisher, (enum message_kind)kind, 7), 0);
	assert_true(read(fds[0], text, sizeof(text) - 1) > 0);
	assert_non_null(strstr(text, "\"event_type\":\"Like\""));
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1); /* the event alone */
	publisher_free(publisher);
	close(fds[0]);
	close(fds[1]);
}

/* The live service never waits: what does not fit is dropped, whole lines of it. */
static void test_slow_reader(void **state)
{
	int fds[2], dropped = 0;
	struct publisher *publisher = open_pipe(true, false, fds);

	(void)state;
	for (uint32_t i = 0; i < 5000; i++)
		dropped += publish(publisher, MESSAGE_FRAME, i) == -ENOBUFS;
	assert_true(dropped > 0);
	assert_int_equal(publish_json_dropped(publisher), dropped);
	assert_false(publish_json_closed(publisher));
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	/* The reader wakes up: the rest of the buffer follows. */
	size_t lines = count_lines(fds[0]);

	publisher->ops->dispatch(publisher);
	lines += count_lines(fds[0]);
	assert_int_equal(lines, 5000 - dropped);
	publisher_free(publisher);
	close(fds[0]);
	close(fds[1]);
}

static void test_gone_reader(void **state)
{
	int fds[2];
	struct publisher *publisher = open_pipe(false, false, fds);

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	close(fds[0]);
	publish(publisher, MESSAGE_EVENT, 1);
	assert_true(publish_json_closed(publisher));
	assert_int_equal(publish(publisher, MESSAGE_EVENT, 2), -EPIPE);
	assert_int_equal(publisher->ops->dispatch(publisher), -EPIPE);
	publisher_free(publisher);
	close(fds[1]);
}

static void test_filter_waits(void **state)
{
	int fds[2], status;
	struct publisher *publisher = open_pipe(true, true, fds);
	pid_t child;

	(void)state;
	fcntl(fds[1], F_SETFL, O_NONBLOCK); /* as a terminal's other user may have left it */
	child = fork();
	if (child == 0) {
		for (uint32_t i = 0; i < 5000; i++)
			if (publish(publisher, MESSAGE_FRAME, i) != 0)
				_exit(1);
		publisher_free(publisher);
		_exit(0);
	}
	close(fds[1]);
	assert_int_equal(count_lines(fds[0]), 5000);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	publisher_free(publisher);
	close(fds[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_slow_reader),
		cmocka_unit_test(test_gone_reader),
		cmocka_unit_test(test_filter_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
