/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-fault-phases.c - the transient faults of bus and commands, in every part of a sensor's life: init, configuration,
 * start, ranging, stop. Each place gets a run of its own; FAULT_STRIDE=1 in the environment takes every place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sensor/emulator/emulator.h"
#include "tests/fault/fault-bench.h"
#include "tests/unit/driver-bench.h"

enum phase { INIT, CONFIGURE, START, RANGING, STOP, PHASES };

enum {
	STRIDE = 5,
	FRAMES = 30,	   /* before the stop, and after it */
	BOOT_MS = 1300,	   /* power-on to the first frame when nothing has to be done again */
	TROUBLE_MS = 7500, /* the same with a command's time limit, a stop's and two reboots */
	RESTART_TRANSFERS = 30,
};

static const char *const phase_names[PHASES] = {"init", "configure", "start", "ranging", "stop"};

/* What went over the wire when a phase was over, without faults. */
static struct emulator_counts ends[PHASES];
static uint8_t settings[FAULT_MEMORY];

/* The same calls as the source's, and then the source itself. */
static int measure(void **state)
{
	const struct source_config config = fault_config("");
	struct fault_bench *source = test_malloc(sizeof(*source));
	struct bench *bench = bench_open(NULL);
	struct vl53l8cx_settings wanted;

	(void)state;
	vl53l8cx_settings_default(&wanted);
	wanted.rate_hz = config.rate_hz;
	wanted.integration_ms = config.integration_ms;
	wanted.sharpener_percent = config.sharpener_percent;
	wanted.order = (uint8_t)config.order;
	wanted.xtalk_margin_kcps = config.xtalk_margin_kcps;
	assert_int_equal(vl53l8cx_init(&bench->chip, 1), 0);
	emulator_counts(bench->emulator, &ends[INIT]);
	assert_int_equal(vl53l8cx_configure(&bench->chip, &wanted), 0);
	emulator_counts(bench->emulator, &ends[CONFIGURE]);
	assert_int_equal(vl53l8cx_start(&bench->chip), 0);
	emulator_counts(bench->emulator, &ends[START]);
	bench_close(bench);

	fault_bench_open(source, &config);
	fault_bench_until(source, SOURCE_RUNNING, 1);
	assert_int_equal(source->health.i2c.transfers, ends[START].transactions + 1);
	fault_bench_settings(source, settings);
	fault_bench_until(source, SOURCE_RUNNING, FRAMES - 1);
	ends[RANGING].transactions = source->health.i2c.transfers;
	ends[STOP].transactions = ends[RANGING].transactions + RESTART_TRANSFERS;
	fault_bench_close(source);
	test_free(source);
	return 0;
}

static unsigned stride(void)
{
	const char *text = getenv("FAULT_STRIDE");

	return text && atoi(text) > 0 ? (unsigned)atoi(text) : STRIDE;
}

enum cost {
	COSTS_NOTHING, /* no rung, no frame */
	COSTS_A_REBOOT,
	COSTS_SOMETHING, /* a few rungs */
};

static void check(struct fault_bench *bench, enum cost cost)
{
	static uint8_t now[FAULT_MEMORY];
	const uint64_t *rungs = bench->health.recoveries;
	uint64_t reboots = rungs[SOURCE_RUNG_REBOOT] + rungs[SOURCE_RUNG_POWER_CYCLE];
	uint64_t limit_ms = cost == COSTS_NOTHING ? BOOT_MS : TROUBLE_MS;
	bool good = bench->gap_ns / 1000000 <= limit_ms && bench->health.state == SOURCE_RUNNING;

	if (cost == COSTS_NOTHING)
		good = good && reboots == 0 && rungs[SOURCE_RUNG_RESYNC] == 0 && rungs[SOURCE_RUNG_RESTART] == 1 &&
		       bench->lost == 0;
	else
		good = good && reboots <= 2 && rungs[SOURCE_RUNG_RESTART] <= 2 &&
		       (cost != COSTS_A_REBOOT || reboots == 1);
	fault_bench_settings(bench, now);
	if (good && memcmp(now, settings, FAULT_MEMORY) == 0)
		return;
	for (size_t i = 0; i < FAULT_MEMORY; i++)
		if (now[i] != settings[i])
			print_message("# setting at %04zx is %02x, not %02x\n", i, now[i], settings[i]);
	fault_bench_print(bench);
	fail_msg("%s", bench->config.faults);
}

/*
 * When the page register falls back to 0 right before the first bytes of a page of the image, they go to the hardware
 * registers and give the chip a random address: only a power cycle helps, and the reason says so.
 */
static void check_gone(struct fault_bench *bench)
{
	if (bench->address == bench->config.address || bench->frames || !fault_bench_find(bench, "does not answer")) {
		fault_bench_print(bench);
		fail_msg("%s: waits for good", bench->config.faults);
	}
	fault_bench_close(bench);
	test_free(bench);
}

/* One run: the script, a stop and start in the middle. */
static void run(const char *script, enum cost cost)
{
	const struct source_config config = fault_config(script);
	struct fault_bench *bench = test_malloc(sizeof(*bench));

	fault_bench_open(bench, &config);
	if (!fault_bench_try(bench, SOURCE_RUNNING, FRAMES)) {
		assert_int_equal(cost, COSTS_SOMETHING);
		check_gone(bench);
		return;
	}
	assert_int_equal(bench->source->ops->recover(bench->source, SOURCE_RUNG_RESTART), 0);
	fault_bench_until(bench, SOURCE_RUNNING, FRAMES);
	check(bench, cost);
	fault_bench_close(bench);
	test_free(bench);
}

struct sweep {
	const char *fault;
	enum cost cost;
};

static void sweep_transfers(const struct sweep *sweep)
{
	char script[96];

	for (enum phase phase = INIT; phase < PHASES; phase++) {
		uint64_t first = phase == INIT ? 1 : ends[phase - 1].transactions + 1;

		print_message("# %s: %s in transfers %u..%u\n", sweep->fault, phase_names[phase], (unsigned)first,
			      (unsigned)ends[phase].transactions);
		/* The first and the last of each phase too. */
		for (uint64_t at = first; at <= ends[phase].transactions; at++) {
			if ((at - first) % stride() && at != ends[phase].transactions)
				continue;
			snprintf(script, sizeof(script), "at transfer %u times 1: %s", (unsigned)at, sweep->fault);
			run(script, sweep->cost);
		}
	}
}

static void sweep_commands(const struct sweep *sweep)
{
	char script[96];

	for (uint64_t at = 1; at <= ends[START].commands; at++) {
		snprintf(script, sizeof(script), "at command %u times 1: %s", (unsigned)at, sweep->fault);
		run(script, sweep->cost);
	}
}

static void test_bus(void **state)
{
	sweep_transfers(*state);
}

static void test_commands(void **state)
{
	sweep_commands(*state);
}

int main(void)
{
	static const struct sweep bus[] = {
		{"nack", COSTS_NOTHING},	   {"nack 3", COSTS_NOTHING},	      {"arbitration", COSTS_NOTHING},
		{"bus-stuck", COSTS_NOTHING},	   {"short-transfer", COSTS_NOTHING}, {"short-read 0", COSTS_SOMETHING},
		{"short-read 2", COSTS_SOMETHING}, {"short-read 9", COSTS_SOMETHING}, {"page-lost", COSTS_SOMETHING},
		{"page-ignored", COSTS_SOMETHING}, {"brown-out", COSTS_SOMETHING},
	};
	static const struct sweep commands[] = {
		{"command-stuck 1", COSTS_A_REBOOT},	 {"command-error", COSTS_A_REBOOT},
		{"command-size", COSTS_A_REBOOT},	 {"command-stale 100ms", COSTS_SOMETHING},
		{"command-slow 100ms", COSTS_SOMETHING}, {"reply-index", COSTS_SOMETHING},
		{"reply-length", COSTS_SOMETHING},
	};
	enum { BUS = sizeof(bus) / sizeof(bus[0]), COMMANDS = sizeof(commands) / sizeof(commands[0]) };
	struct CMUnitTest tests[BUS + COMMANDS];

	for (unsigned i = 0; i < BUS; i++)
		tests[i] = (struct CMUnitTest){
			.name = bus[i].fault, .test_func = test_bus, .initial_state = (void *)&bus[i]};
	for (unsigned i = 0; i < COMMANDS; i++)
		tests[BUS + i] = (struct CMUnitTest){
			.name = commands[i].fault, .test_func = test_commands, .initial_state = (void *)&commands[i]};
	return cmocka_run_group_tests_name("fault-phases", tests, measure, NULL);
}
