/* SPDX-License-Identifier: Apache-2.0 */
/* test-supervisor.c - what the operator reads when the rooms below change, and how the log keeps it short. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/log.h"
#include "daemon/supervisor.h"

/* stderr goes into a pipe; heard() returns what came since the last call. */
static int captured;

static const char *heard(void)
{
	static char text[8192];
	ssize_t n = read(captured, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static int capture(void **state)
{
	int fds[2];

	(void)state;
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return -1;
	captured = fds[0];
	return dup2(fds[1], STDERR_FILENO) >= 0 ? 0 : -1;
}

static struct source_health source_in(enum source_state state, int error, const char *reason)
{
	struct source_health source = {.state = state, .error = error, .device = "chip"};

	snprintf(source.reason, sizeof(source.reason), "%s", reason);
	return source;
}

static void look(struct supervisor *supervisor, enum source_state state, int error, const char *reason, bool changed,
		 bool online, const char *wanted)
{
	struct source_health source = source_in(state, error, reason);

	assert_int_equal(supervisor_look(supervisor, &source), changed);
	assert_int_equal(supervisor->online, online);
	assert_string_equal(heard(), wanted);
}

static void test_source(void **state)
{
	struct supervisor supervisor;

	(void)state;
	supervisor_init(&supervisor);
	look(&supervisor, SOURCE_STARTING, 0, "", true, false, "");
	look(&supervisor, SOURCE_STARTING, 0, "", false, false, "");
	look(&supervisor, SOURCE_WAITING, -ENOENT, "make it with fwcut", true, false,
	     "postured: sensor: waiting: make it with fwcut\n");
	look(&supervisor, SOURCE_RUNNING, 0, "", true, true, "postured: sensor: frames from chip\n");
	look(&supervisor, SOURCE_RUNNING, 0, "", false, true, "");
	/* While it recovers nobody is told that it is gone. */
	look(&supervisor, SOURCE_RECOVERING, -EIO, "torn", true, true, "postured: sensor: recovering: torn\n");
	look(&supervisor, SOURCE_RUNNING, 0, "", true, true, "postured: sensor: frames again from chip\n");
	look(&supervisor, SOURCE_WAITING, -EIO, "no answer", true, false, "postured: sensor: waiting: no answer\n");
	look(&supervisor, SOURCE_FAULT, -EIO, "laser", true, false, "postured: sensor: fault: laser\n");
	look(&supervisor, SOURCE_ENDED, 0, "over", true, false, "postured: sensor: ended: over\n");
}

static void test_link_and_losses(void **state)
{
	struct link_health link = {.connected = true};
	struct supervisor supervisor;

	(void)state;
	supervisor_init(&supervisor);
	supervisor_note_link(&supervisor, &link, LOG_LEVEL_NOTICE, "connected");
	supervisor_note_link(&supervisor, &link, LOG_LEVEL_DEBUG, "not heard");
	link.connected = false;
	supervisor_note_link(&supervisor, &link, LOG_LEVEL_WARNING, "lost");
	assert_string_equal(heard(), "postured: mqtt: connected\npostured: mqtt: lost\n");
	supervisor_note_losses(&supervisor, 0, 0, 0);
	assert_string_equal(heard(), "");
	supervisor_note_losses(&supervisor, 3, 0, 0);
	supervisor_note_losses(&supervisor, 3, 0, 0);
	supervisor_note_losses(&supervisor, 5, 2, 9);
	supervisor_note_losses(&supervisor, 5, 2, 10);
	assert_string_equal(heard(),
			    "postured: mqtt: 3 events were dropped, the broker does not take them\n"
			    "postured: mqtt: 2 events were dropped, the broker does not take them\n"
			    "postured: stdout: 2 lines were dropped, the reader is too slow\n"
			    "postured: classifier: the model can't take these frames: it needs resolution = 8x8\n");
}

static void test_rate_limit(void **state)
{
	unsigned lines = 0;

	(void)state;
	for (int i = 0; i < 3 * LOG_BURST; i++)
		log_warning("test", "number %d", i);
	log_warning("test", "another text");
	for (const char *c = heard(); *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, LOG_BURST + 1);
}

static void test_targets(void **state)
{
	(void)state;
	setenv("INVOCATION_ID", "x", 1);
	setenv("JOURNAL_STREAM", "1:1", 1); /* somebody else's */
	log_open();
	log_error("test", "to a manager");
	log_event(LOG_RELOADED, "test", NULL, "an event has its level");
	assert_string_equal(heard(), "<3>test: to a manager\n<5>test: an event has its level\n");
	log_level_set(LOG_LEVEL_ERROR);
	assert_int_equal(log_level_get(), LOG_LEVEL_ERROR);
	log_warning("test", "too unimportant");
	assert_string_equal(heard(), "");
	unsetenv("INVOCATION_ID");
	unsetenv("JOURNAL_STREAM");
	log_level_set(LOG_LEVEL_INFO);
	log_open();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_source),
		cmocka_unit_test(test_link_and_losses),
		cmocka_unit_test(test_rate_limit),
		cmocka_unit_test(test_targets),
	};

	return cmocka_run_group_tests(tests, capture, NULL);
}
