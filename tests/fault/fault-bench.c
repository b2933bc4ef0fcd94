/* SPDX-License-Identifier: Apache-2.0 */
/* fault-bench.c - a watched frame source on an emulated chip (see fault-bench.h). */
#include "tests/fault/fault-bench.h"

#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sensor/emulator/emulator-bus.h"
#include "sensor/vl53l8cx-source.h"

enum { PATIENCE_MS = 20000 };

/* Where the source's thread meets the test. */
static struct {
	struct source *source; /* the one that is open */
	pthread_mutex_t lock;
	pthread_cond_t released;
	struct fault_moment history[FAULT_HISTORY];
	unsigned moments;
	enum source_state hold_state;
	unsigned hold_in; /* so many declarations, 0 = never */
	bool held;
	unsigned waits; /* since the last frame */
	bool given_up;
	bool closing;
} watch = {.lock = PTHREAD_MUTEX_INITIALIZER, .released = PTHREAD_COND_INITIALIZER};

static uint64_t virtual_ns(const struct vl53l8cx_source *source)
{
	return source->bus.emulator ? source->bus.emulator->now_ns - source->bus.emulator->world.origin_ns : 0;
}

static void watch_note(const struct vl53l8cx_source *source, enum source_state state, const struct trouble *trouble)
{
	struct fault_moment *last = watch.moments ? &watch.history[watch.moments - 1] : NULL;
	struct fault_moment *moment = &watch.history[watch.moments];

	if (watch.moments == FAULT_HISTORY || (last && state == SOURCE_RUNNING && last->state == SOURCE_RUNNING))
		return;
	*moment = (struct fault_moment){
		.state = state,
		.error = trouble ? trouble->error : 0,
		.t_ns = virtual_ns(source),
		.transfers = source->chip.i2c.counters.transfers,
		.bytes_out = source->chip.i2c.counters.bytes_out,
	};
	snprintf(moment->reason, sizeof(moment->reason), "%s", trouble ? trouble->reason : "");
	watch.moments++;
}

void __real_vl53l8cx_source_state(struct vl53l8cx_source *source, enum source_state state,
				  const struct trouble *trouble, uint64_t deadline_in_ms);
void __wrap_vl53l8cx_source_state(struct vl53l8cx_source *source, enum source_state state,
				  const struct trouble *trouble, uint64_t deadline_in_ms);

void __wrap_vl53l8cx_source_state(struct vl53l8cx_source *source, enum source_state state,
				  const struct trouble *trouble, uint64_t deadline_in_ms)
{
	__real_vl53l8cx_source_state(source, state, trouble, deadline_in_ms);
	pthread_mutex_lock(&watch.lock);
	while (watch.held && !watch.closing) /* before anybody said where to hold */
		pthread_cond_wait(&watch.released, &watch.lock);
	watch_note(source, state, trouble);
	if (watch.hold_in && state == watch.hold_state && --watch.hold_in == 0)
		watch.held = true;
	watch.waits = state == SOURCE_RUNNING ? 0 : watch.waits + (state == SOURCE_WAITING);
	watch.given_up = watch.waits == FAULT_GIVE_UP;
	watch.held = watch.held || watch.given_up;
	while (watch.held && !watch.closing)
		pthread_cond_wait(&watch.released, &watch.lock);
	pthread_mutex_unlock(&watch.lock);
}

static struct vl53l8cx_source *inside(const struct fault_bench *bench)
{
	return (struct vl53l8cx_source *)bench->source;
}

struct source_config fault_config(const char *script)
{
	return (struct source_config){
		.type = "vl53l8cx",
		.bus = "emulator",
		.address = 0x29,
		.int_line = "INT",
		.lpn_line = "LPN",
		.resolution = 8,
		.rate_hz = FAULT_RATE_HZ,
		.integration_ms = 8,
		.sharpener_percent = 14,
		.order = SOURCE_ORDER_CLOSEST,
		.xtalk_margin_kcps = 77,
		.scene = "empty",
		.faults = script,
		.scl_hz = 1000000,
		.seed = 1,
		.virtual_time = true,
	};
}

static void watch_close(void)
{
	pthread_mutex_lock(&watch.lock);
	watch.closing = true;
	pthread_cond_broadcast(&watch.released);
	pthread_mutex_unlock(&watch.lock);
	watch.source = source_free(watch.source);
}

void fault_bench_open(struct fault_bench *bench, const struct source_config *config)
{
	if (watch.source)
		watch_close(); /* of a test that failed */
	memset(bench, 0, sizeof(*bench));
	bench->config = *config;
	watch.moments = watch.hold_in = watch.waits = 0;
	watch.held = true;
	watch.closing = false;
	assert_int_equal(source_open(config, &bench->source), 0);
	watch.source = bench->source;
}

void fault_bench_close(struct fault_bench *bench)
{
	assert_ptr_equal(bench->source, watch.source);
	watch_close();
	bench->source = NULL;
}

static void frame_note(struct fault_bench *bench)
{
	struct frame *frame = &bench->frame;
	/* Virtual time begins one second before power-on. */
	uint64_t t_ns = frame->t_ns - 1000000000ull;

	assert_int_equal(frame->seq, bench->frames);
	assert_true(t_ns > bench->last_ns);
	if (t_ns - bench->last_ns > bench->gap_ns)
		bench->gap_ns = t_ns - bench->last_ns;
	bench->last_ns = t_ns;
	if (bench->frames < bench->times_max)
		bench->times_ns[bench->frames] = t_ns;
	bench->lost += frame->lost;
	bench->frames++;
}

static bool take_all(struct fault_bench *bench)
{
	bool any = false;

	while (bench->source->ops->dispatch(bench->source, &bench->frame) == 1) {
		frame_note(bench);
		any = true;
	}
	return any;
}

bool fault_bench_try(struct fault_bench *bench, enum source_state state, unsigned times)
{
	struct pollfd fd = {.fd = bench->source->ops->fd(bench->source), .events = POLLIN};
	const struct emulator *emulator;
	bool held = false;

	pthread_mutex_lock(&watch.lock);
	watch.hold_state = state;
	watch.hold_in = times;
	watch.held = false;
	pthread_cond_broadcast(&watch.released);
	pthread_mutex_unlock(&watch.lock);
	for (int waited_ms = 0; !held; waited_ms++) {
		if (waited_ms == PATIENCE_MS) {
			bench->source->ops->health(bench->source, &bench->health);
			fail_msg("%s: not %s but %s, %s", bench->config.faults, source_state_text(state),
				 source_state_text(bench->health.state), bench->health.reason);
		}
		if (!take_all(bench))
			(void)poll(&fd, 1, 1);
		pthread_mutex_lock(&watch.lock);
		held = watch.held;
		pthread_mutex_unlock(&watch.lock);
	}
	take_all(bench);
	memcpy(bench->history, watch.history, sizeof(bench->history));
	bench->moments = watch.moments;
	bench->now_ns = virtual_ns(inside(bench));
	emulator = inside(bench)->bus.emulator;
	bench->has_bus = emulator != NULL;
	bench->made = emulator ? emulator->world.counts.frames : 0;
	bench->address = emulator ? emulator->chips[0].address : 0;
	bench->ranging = emulator && emulator->chips[0].state == CHIP_RANGING;
	bench->source->ops->health(bench->source, &bench->health);
	bench->health.i2c = inside(bench)->chip.i2c.counters;
	return !watch.given_up;
}

void fault_bench_until(struct fault_bench *bench, enum source_state state, unsigned times)
{
	if (fault_bench_try(bench, state, times))
		return;
	fault_bench_print(bench);
	fail_msg("%s: it waits for good", bench->config.faults);
}

const struct fault_moment *fault_bench_find(const struct fault_bench *bench, const char *text)
{
	for (unsigned i = 0; i < bench->moments; i++)
		if (strstr(bench->history[i].reason, text))
			return &bench->history[i];
	return NULL;
}

/* --- counters ---------------------------------------------------------------------------------------------------- */

struct counter {
	const char *name;
	int64_t value;
};

enum { COUNTERS_MAX = 32 };

static unsigned counters_of(const struct fault_bench *bench, struct counter *counters)
{
	const struct source_health *h = &bench->health;
	const struct counter plain[] = {
		{"lost", (int64_t)h->lost},
		{"reboots_failed", (int64_t)h->reboots_failed},
		{"spurious", (int64_t)h->spurious_edges},
		{"missed", (int64_t)h->missed_edges},
		{"warnings", (int64_t)h->warnings},
		{"nacks", (int64_t)h->i2c.nacks},
		{"timeouts", (int64_t)h->i2c.timeouts},
		{"arbitration", (int64_t)h->i2c.arbitration},
		{"short", (int64_t)h->i2c.short_counts},
		{"errors", (int64_t)h->i2c.other_errors},
		{"retries", (int64_t)h->i2c.retries},
		{"failures", (int64_t)h->i2c.failures},
		{"step_downs", (int64_t)h->i2c.step_downs},
		{"reread", (int64_t)inside(bench)->chip.torn_again},
		/* Made by the chip, but neither taken nor known to be lost: between two rangings. */
		{"unseen", (int64_t)(bench->made - h->frames - h->lost)},
	};
	unsigned n = sizeof(plain) / sizeof(plain[0]);

	memcpy(counters, plain, sizeof(plain));
	for (unsigned i = 0; i < SOURCE_REJECTS_COUNT; i++)
		counters[n++] = (struct counter){source_reject_text(i), (int64_t)h->rejects[i]};
	for (unsigned i = 0; i < SOURCE_RUNGS_COUNT; i++)
		counters[n++] = (struct counter){source_rung_text(i), (int64_t)h->recoveries[i]};
	assert_true(n <= COUNTERS_MAX);
	return n;
}

void fault_bench_print(const struct fault_bench *bench)
{
	struct counter counters[COUNTERS_MAX];
	unsigned n = counters_of(bench, counters);

	print_message("# %s:", bench->config.faults);
	for (unsigned i = 0; i < n; i++)
		if (counters[i].value)
			print_message(" %s %" PRId64, counters[i].name, counters[i].value);
	print_message("; gap %" PRIu64 " ms, at %" PRIu64 " ms, %" PRIu64 " transfers, %" PRIu64 " bytes out\n",
		      bench->gap_ns / 1000000, bench->now_ns / 1000000, bench->health.i2c.transfers,
		      bench->health.i2c.bytes_out);
	for (unsigned i = 0; i < bench->moments; i++)
		print_message("#   %8" PRIu64 " ms %s %s\n", bench->history[i].t_ns / 1000000,
			      source_state_text(bench->history[i].state), bench->history[i].reason);
	if (bench->health.warnings)
		print_message("#   warning: %s\n", bench->health.warning);
}

/* "low-high", "value" or "*". */
static void range_read(const char *text, int64_t *ret_low, int64_t *ret_high)
{
	char *end;

	*ret_low = 0;
	*ret_high = INT64_MAX;
	if (*text == '*')
		return;
	*ret_low = *ret_high = strtoll(text, &end, 10);
	if (*end == '-')
		*ret_high = strtoll(end + 1, NULL, 10);
}

/* The value that belongs to the name, "0" when it is not mentioned. */
static const char *expectation(const char *expected, const char *name)
{
	const size_t n = strlen(name);

	for (const char *at = expected; (at = strstr(at, name)) != NULL; at += n)
		if ((at == expected || at[-1] == ' ') && at[n] == ' ')
			return at + n + 1;
	return "0";
}

/* Every name that is expected must be a counter, else a slip of the pen would pass. */
static void names_check(const char *expected, const struct counter *counters, unsigned n)
{
	char text[256], *rest = text;

	assert_true(strlen(expected) < sizeof(text));
	strcpy(text, expected);
	for (char *name; (name = strtok_r(rest, " ", &rest)) != NULL;) {
		bool known = false;

		for (unsigned i = 0; i < n; i++)
			known = known || strcmp(counters[i].name, name) == 0;
		if (!known || !strtok_r(rest, " ", &rest))
			fail_msg("bad expectation '%s' at '%s'", expected, name);
	}
}

void fault_bench_check_counters(const struct fault_bench *bench, const char *expected)
{
	struct counter counters[COUNTERS_MAX];
	unsigned n = counters_of(bench, counters);

	if (strcmp(expected, "*") == 0)
		return;
	names_check(expected, counters, n);
	for (unsigned i = 0; i < n; i++) {
		int64_t low, high;

		range_read(expectation(expected, counters[i].name), &low, &high);
		if (counters[i].value >= low && counters[i].value <= high)
			continue;
		fault_bench_print(bench);
		fail_msg("%s: %s is %" PRId64 ", expected: %s", bench->config.faults, counters[i].name,
			 counters[i].value, expected);
	}
}

/* --- settings ---------------------------------------------------------------------------------------------------- */

/* What the host sets in the firmware's memory: grid, rate, integration; offset and crosstalk; the rest; outputs. */
static const struct {
	size_t from, to;
} set_by_host[] = {{0x5450, 0x54b4}, {0x9e14, 0xa29c}, {0xad30, 0xb610},
		   {0xd964, 0xd968}, {0xd970, 0xda00}, {0xdb80, 0xdb84}};

void fault_bench_settings(const struct fault_bench *bench, uint8_t ret_memory[FAULT_MEMORY])
{
	const uint8_t *memory = inside(bench)->bus.emulator->chips[0].dci;

	memset(ret_memory, 0, FAULT_MEMORY);
	for (size_t i = 0; i < sizeof(set_by_host) / sizeof(set_by_host[0]); i++)
		memcpy(ret_memory + set_by_host[i].from, memory + set_by_host[i].from,
		       set_by_host[i].to - set_by_host[i].from);
}
