/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-fault-soak.c - an hour (of virtual time) at 15 Hz with a fault in every minute, of all kinds that pass, at random
 * by seed: frames are back within five seconds of the end of each, steady until the next, and the sums are right.
 * FAULT_SEED=N in the environment plays another hour, FAULT_MINUTES=N less than an hour, for slow machines.
 */
#include <dirent.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fault/fault-bench.h"

enum {
	FAULTS = 60,
	EVERY_MS = 60000,
	HOUR_MS = FAULTS * EVERY_MS,
	LONGEST_MS = 2000, /* more, and the back-off of the ladder is longer than BACK_MS */
	BACK_MS = 5000,
	FRAMES_MAX = HOUR_MS / 1000 * FAULT_RATE_HZ + 2000, /* a tear makes one more */
	STEADY_MS = 2 * FAULT_PERIOD_MS,
};

static const struct {
	const char *fault;
	bool strikes; /* at a moment; the others last */
} kinds[] = {
	{"nack", false},
	{"nack 40", false},
	{"with probability 0.3: nack", false},
	{"off-bus", false},
	{"bus-stuck", false},
	{"with probability 0.5: arbitration", false},
	{"with probability 0.2: short-transfer", false},
	{"short-transfer", false},
	{"short-read 2", false},
	{"short-read 100", false},
	{"frozen", false},
	{"stream-jump 3", false},
	{"footer-id", false},
	{"with probability 0.3: footer-id", false},
	{"torn", false},
	{"torn-same-id", false},
	{"block-size", false},
	{"block-index", false},
	{"block-missing", false},
	{"with probability 0.3: block-missing 0xDBC4", false},
	{"int-lost", false},
	{"int-spurious 20", true},
	{"int-storm 50", false},
	{"int-stuck", false},
	{"brown-out", true},
	{"page-lost", true},
	{"page-ignored", false},
	{"trap 0xCA", true},
	{"trap-silent 0xEA", true},
	{"charge-pump", false},
	{"avdd-lost", false},
	{"address-lost", true},
	{"no-target", false},
	{"negative", false},
	{"status 14", false},
	{"temperature -40", false},
	{"slow-bus 200000", false},
	{"twin", false},
	{"wrong-id", false},
};

struct incident {
	uint64_t from_ms, until_ms;
	const char *fault;
};

static unsigned faults = FAULTS; /* one in each minute */

/* xorshift64 */
static uint64_t dice(uint64_t *state, uint64_t sides)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state % sides;
}

/* Each kind comes at least once, in an order of its own. */
static void plan(uint64_t seed, struct incident *incidents, char *script, size_t n)
{
	enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };
	unsigned deck[FAULTS];
	uint64_t state = seed * 0x9E3779B97F4A7C15u + 1;
	size_t used = 0;

	for (unsigned i = 0; i < FAULTS; i++)
		deck[i] = i < KINDS ? i : (unsigned)dice(&state, KINDS);
	for (unsigned i = FAULTS - 1; i > 0; i--) {
		unsigned k = (unsigned)dice(&state, i + 1), swap = deck[i];

		deck[i] = deck[k];
		deck[k] = swap;
	}
	for (unsigned i = 0; i < faults; i++) {
		struct incident *incident = &incidents[i];
		const char *fault = kinds[deck[i]].fault;
		bool strikes = kinds[deck[i]].strikes;
		uint64_t ms = strikes ? 0 : 20 + dice(&state, LONGEST_MS - 20);

		incident->fault = fault;
		incident->from_ms = 10000 + i * EVERY_MS + dice(&state, EVERY_MS / 2);
		incident->until_ms = incident->from_ms + ms;
		used += (size_t)snprintf(script + used, n - used, "after %" PRIu64 "ms ", incident->from_ms);
		if (!strikes)
			used += (size_t)snprintf(script + used, n - used, "for %" PRIu64 "ms ", ms);
		used += (size_t)snprintf(script + used, n - used, "%s%s\n", strchr(fault, ':') ? "" : ": ", fault);
		assert_true(used < n);
	}
}

static unsigned descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void check_back(const struct fault_bench *bench, const struct incident *incidents)
{
	const uint64_t *times_ns = bench->times_ns;
	unsigned frame = 1;

	for (unsigned i = 0; i < faults; i++) {
		const struct incident *now = &incidents[i];
		uint64_t next_ms = i + 1 < faults ? incidents[i + 1].from_ms : faults * EVERY_MS;
		uint64_t back_ms = now->until_ms + BACK_MS;

		while (times_ns[frame] / 1000000 < now->until_ms)
			frame++;
		if (times_ns[frame] / 1000000 > back_ms) {
			fault_bench_print(bench);
			fail_msg("%s, %" PRIu64 "..%" PRIu64 " ms: next frame at %" PRIu64 " ms", now->fault,
				 now->from_ms, now->until_ms, times_ns[frame] / 1000000);
		}
		while (times_ns[frame] / 1000000 < back_ms)
			frame++;
		for (; times_ns[frame + 1] / 1000000 < next_ms; frame++)
			if ((times_ns[frame + 1] - times_ns[frame]) / 1000000 > STEADY_MS)
				fail_msg("after %s: no frame from %" PRIu64 " to %" PRIu64 " ms", now->fault,
					 times_ns[frame] / 1000000, times_ns[frame + 1] / 1000000);
	}
}

/* Every frame that the chip made was taken, or is known to be lost, or fell between two rangings. */
static void check_sums(const struct fault_bench *bench, const struct incident *incidents)
{
	const struct source_health *health = &bench->health;
	int64_t unseen = (int64_t)(bench->made - health->frames - health->lost);
	uint64_t rejected = health->rejects[SOURCE_REJECT_TORN] + health->rejects[SOURCE_REJECT_MALFORMED];
	uint64_t away_ms = 0, jumped = 0;

	for (unsigned i = 0; i < faults; i++) {
		uint64_t ms = incidents[i].until_ms - incidents[i].from_ms;

		away_ms += ms + BACK_MS;
		if (strncmp(incidents[i].fault, "stream-jump", 11) == 0)
			jumped += 3 * (ms / FAULT_PERIOD_MS + 2);
	}
	assert_int_equal(health->frames, bench->frames + 1); /* the one at which the source is held */
	assert_true(unseen >= -(int64_t)jumped);
	assert_true(unseen <= (int64_t)(away_ms * FAULT_RATE_HZ / 1000));
	assert_true((int64_t)rejected <= (int64_t)health->lost + unseen + (int64_t)jumped);
	assert_true(health->i2c.transfers >= health->i2c.nacks + health->i2c.timeouts + health->i2c.arbitration);
	assert_true(health->i2c.retries >= health->i2c.failures);
	assert_int_equal(health->rejects[SOURCE_REJECT_OVERRUN], 0);
	assert_int_equal(health->state, SOURCE_RUNNING);
	assert_string_equal(health->reason, "");
}

static void play(uint64_t seed)
{
	static uint64_t times_ns[FRAMES_MAX];
	static char script[8192];
	struct incident incidents[FAULTS];
	struct source_config config = fault_config(script);
	struct fault_bench *bench = test_malloc(sizeof(*bench));

	config.seed = seed;
	plan(seed, incidents, script, sizeof(script));
	print_message("# seed %" PRIu64 "\n", seed);
	fault_bench_open(bench, &config);
	bench->times_ns = times_ns;
	bench->times_max = FRAMES_MAX;
	do
		fault_bench_until(bench, SOURCE_RUNNING, 100);
	while (bench->now_ns / 1000000 < faults * EVERY_MS + 1000);
	assert_true(bench->frames < FRAMES_MAX);
	if (getenv("FAULT_PRINT"))
		fault_bench_print(bench);
	check_back(bench, incidents);
	check_sums(bench, incidents);
	fault_bench_close(bench);
	test_free(bench);
}

static void test_hour(void **state)
{
	const char *seed = getenv("FAULT_SEED"), *minutes = getenv("FAULT_MINUTES");
	unsigned open = descriptors();

	(void)state;
	if (minutes)
		faults = (unsigned)strtoul(minutes, NULL, 10);
	assert_in_range(faults, 1, FAULTS);
	if (seed)
		play(strtoull(seed, NULL, 0));
	else
		for (uint64_t i = 1; i <= 3; i++)
			play(i);
	assert_int_equal(descriptors(), open);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_hour)};

	return cmocka_run_group_tests_name("fault-soak", tests, NULL, NULL);
}
