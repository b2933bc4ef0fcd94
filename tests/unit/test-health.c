/* SPDX-License-Identifier: Apache-2.0 */
/* test-health.c - percentiles, rate, the rule of the watchdog, and what the service manager is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/health.h"

#define S 1000000000ull

static void test_latency(void **state)
{
	struct latency latency = {.total = 0};

	(void)state;
	assert_int_equal(latency_percentile(&latency, 0.5), 0);
	for (unsigned i = 1; i <= 1000; i++)
		latency_add(&latency, i);
	/* Right within an eighth, never too small. */
	assert_in_range(latency_percentile(&latency, 0.5), 500, 563);
	assert_in_range(latency_percentile(&latency, 0.99), 990, 1114);
	assert_in_range(latency_percentile(&latency, 1.0), 1000, 1125);
	assert_int_equal(latency_percentile(&latency, 0.0), 1);
}

static void test_latency_ends(void **state)
{
	(void)state;
	for (unsigned exponent = 0; exponent < 64; exponent++) {
		struct latency latency = {.total = 0};
		uint64_t us = 1ull << exponent;
		uint64_t wanted = us > UINT32_MAX ? UINT32_MAX : us;

		latency_add(&latency, us);
		assert_in_range(latency_percentile(&latency, 0.5), wanted, wanted + wanted / 8);
	}
}

static void test_latency_fades(void **state)
{
	struct latency latency = {.total = 0};

	(void)state;
	for (unsigned i = 0; i < HEALTH_MEMORY; i++)
		latency_add(&latency, 100);
	assert_int_equal(latency.total, HEALTH_MEMORY / 2);
	for (unsigned i = 0; i < HEALTH_MEMORY; i++)
		latency_add(&latency, 5000);
	assert_in_range(latency_percentile(&latency, 0.5), 5000, 5700);
}

static void test_rate(void **state)
{
	struct health health;
	uint64_t now = 100 * S;

	(void)state;
	health_init(&health, now);
	assert_float_equal(health_rate_hz(&health, now), 0, 0);
	for (int i = 0; i < 150; i++) {
		now += S / 15;
		health_frame(&health, 0, now);
		health_tick(&health, now);
	}
	assert_float_equal(health_rate_hz(&health, now), 15.0, 0.2);
	assert_int_equal(health.frames_classified, 150);
	assert_int_equal(health.latency.total, 0);
	for (int i = 0; i < 12; i++) { /* nothing comes any more */
		now += S;
		health_tick(&health, now);
	}
	assert_float_equal(health_rate_hz(&health, now), 0, 0);
}

static void test_progress(void **state)
{
	static const struct {
		enum source_state state;
		uint64_t deadline_ns;
		bool progress;
	} cases[] = {
		{SOURCE_STARTING, 0, true},	   {SOURCE_STARTING, 11 * S, true}, {SOURCE_STARTING, 10 * S, false},
		{SOURCE_RUNNING, 0, false},	   {SOURCE_RUNNING, 11 * S, false}, {SOURCE_RECOVERING, 11 * S, true},
		{SOURCE_RECOVERING, 9 * S, false}, {SOURCE_WAITING, 0, true},	    {SOURCE_WAITING, 9 * S, false},
		{SOURCE_ENDED, 0, true},	   {SOURCE_FAULT, 0, true},
	};
	struct health health;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct source_health source = {.state = cases[i].state, .deadline_ns = cases[i].deadline_ns};

		health_init(&health, 0);
		assert_int_equal(health_progress(&health, &source, 10 * S), cases[i].progress);
		/* A classified frame is progress in any state, once. */
		health_frame(&health, 9 * S, 10 * S);
		assert_true(health_progress(&health, &source, 10 * S));
		assert_int_equal(health_progress(&health, &source, 10 * S), cases[i].progress);
	}
}

static void test_describe(void **state)
{
	struct diagnostics diagnostics = {.rate_hz = 14.96f, .source = {.state = SOURCE_RUNNING}};
	char text[HEALTH_STATUS];

	(void)state;
	health_describe(&diagnostics, "Like", text);
	assert_string_equal(text, "Like, 15.0 frames/s");
	diagnostics.link.enabled = diagnostics.link.connected = true;
	health_describe(&diagnostics, "None", text);
	assert_string_equal(text, "None, 15.0 frames/s, broker connected");
	diagnostics.link.connected = false;
	snprintf(diagnostics.link.reason, sizeof(diagnostics.link.reason), "refused");
	diagnostics.source.state = SOURCE_WAITING;
	snprintf(diagnostics.source.reason, sizeof(diagnostics.source.reason), "no firmware");
	health_describe(&diagnostics, "None", text);
	assert_string_equal(text, "Sensor waiting: no firmware, broker not connected: refused");
}

static void test_diagnostics(void **state)
{
	struct source_health source = {.state = SOURCE_RUNNING, .frames = 5};
	struct diagnostics diagnostics;
	struct health health;

	(void)state;
	health_init(&health, S);
	health_frame(&health, 2 * S, 2 * S + 250000);
	health_diagnostics(&health, &source, 3 * S, &diagnostics);
	assert_int_equal(diagnostics.uptime_ns, 2 * S);
	assert_int_equal(diagnostics.source.frames, 5);
	assert_int_equal(diagnostics.frames_classified, 1);
	assert_in_range(diagnostics.latency_p50_us, 250, 281);
	assert_in_range(diagnostics.rss_kib, 100, 10 * 1024 * 1024);
}

static void expect(int fd, const char *wanted)
{
	char text[1024];
	ssize_t n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);

	assert_true(n > 0);
	text[n] = '\0';
	assert_string_equal(text, wanted);
}

static void test_notify(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char directory[] = P_tmpdir "/postured-test-XXXXXX", text[8];
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct health health;

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/notify", directory);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	setenv("NOTIFY_SOCKET", address.sun_path, 1);
	health_init(&health, 0);
	health_notify_ready(&health, "a");
	expect(fd, "READY=1\nSTATUS=a");
	health_notify_status(&health, "a");
	assert_int_equal(recv(fd, text, sizeof(text), MSG_DONTWAIT), -1);
	health_notify_status(&health, "b");
	expect(fd, "STATUS=b");
	health_notify_reloading(1234567890);
	expect(fd, "RELOADING=1\nMONOTONIC_USEC=1234567");
	health_notify_watchdog();
	expect(fd, "WATCHDOG=1");
	health_notify_stopping();
	expect(fd, "STOPPING=1\nSTATUS=Stopping");
	unsetenv("NOTIFY_SOCKET");
	close(fd);
	unlink(address.sun_path);
	rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_latency),	      cmocka_unit_test(test_latency_ends),
		cmocka_unit_test(test_latency_fades), cmocka_unit_test(test_rate),
		cmocka_unit_test(test_progress),      cmocka_unit_test(test_describe),
		cmocka_unit_test(test_diagnostics),   cmocka_unit_test(test_notify),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
