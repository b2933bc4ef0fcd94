/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench-chip.c - what the sensor costs on the wire: counted by the emulator, timed by its model of the bus.
 *
 * Prints one table a bus speed. Virtual time includes every wait of the driver and the emulator's assumed times of the
 * chip (5 ms ROM boot, 6 ms MCU boot, 2 ms a command). Exit status 1 when a figure is over its goal.
 */
#include <stdio.h>
#include <stdlib.h>

#include "sensor/emulator/emulator.h"
#include "sensor/firmware.h"
#include "sensor/vl53l8cx.h"

enum { BENCH_FRAMES = 150 };

#define GOAL_INIT_EXCESS 1.02
#define GOAL_INIT_400K_S 2.3
#define GOAL_INIT_1M_S	 1.06
#define GOAL_FRAME_BYTES 600.0

/* Bytes on the wire of one write or read of n bytes, address bytes included. */
#define W(n) (3u + (n))
#define R(n) (4u + (n))

/*
 * The least that init needs: every register access of the documented sequence once, each page written when it changes,
 * each poll answered at once, the firmware in one message a page.
 */
static uint64_t init_bytes_required(void)
{
	const uint64_t identify = W(1) + 2 * R(1);
	const uint64_t reset = 17 * W(1) + 2 * R(1);
	const uint64_t open_ram = 20 * W(1) + 3 * R(1);
	const uint64_t upload = 5 * W(1) + 2 * W(32768) + W(20480);
	const uint64_t start_mcu = 9 * W(1) + 3 * R(1);
	const uint64_t checksum = W(1) + R(4);
	const uint64_t calibration = W(40) + R(4) + R(492) + W(488) + R(4) + W(776) + R(4);
	const uint64_t configuration = W(972) + R(4) + 2 * (W(16) + R(4));

	return identify + reset + open_ram + upload + start_mcu + checksum + calibration + configuration;
}

struct figures {
	double init_ms, init_bytes, frame_bytes, frame_transactions;
};

struct cost {
	double ms;
	struct emulator_counts counts;
};

static struct cost cost_now(struct emulator *emulator)
{
	struct cost cost = {.ms = (double)clock_now_ns(emulator_clock(emulator)) / 1e6};

	emulator_counts(emulator, &cost.counts);
	return cost;
}

static void print_row(const char *what, const struct cost *before, const struct cost *after, double per)
{
	const struct emulator_counts *a = &before->counts, *b = &after->counts;

	printf("  %-24s %12.1f %9.1f %11.1f %10.2f\n", what, (double)(b->transactions - a->transactions) / per,
	       (double)(b->messages - a->messages) / per, (double)(b->bytes - a->bytes) / per,
	       (after->ms - before->ms) / per);
}

/* Waits for INT and reads frame after frame. Returns how many were good. */
static unsigned play(struct vl53l8cx *chip, struct emulator *emulator, unsigned n)
{
	struct clock *clock = emulator_clock(emulator);
	struct gpio_line *line = emulator_int(emulator, 0);
	unsigned good = 0;

	for (unsigned i = 0; i < n; i++) {
		struct pollfd fd = {.fd = line->ops->fd(line), .events = POLLIN};
		enum vl53l8cx_verdict verdict;
		struct frame frame;
		uint64_t edge_ns;
		unsigned edges;

		if (clock->ops->wait(clock, &fd, 1, clock_now_ns(clock) + 1000000000u) <= 0)
			continue;
		line->ops->drain(line, &edges, &edge_ns);
		good += vl53l8cx_read_frame(chip, &frame, &verdict) == 1;
	}
	return good;
}

/* The whole life of a chip on the emulator; prints its table. */
static int measure(struct emulator *emulator, const struct firmware *firmware, struct figures *ret_figures)
{
	struct vl53l8cx_settings settings;
	struct cost off, booted, configured, ranging, end;
	static struct vl53l8cx chip;
	int r;

	vl53l8cx_setup(&chip, emulator_adapter(emulator), emulator_clock(emulator), VL53L8CX_ADDRESS, firmware);
	vl53l8cx_settings_default(&settings);
	settings.rate_hz = 15;
	off = cost_now(emulator);
	r = vl53l8cx_init(&chip, settings.targets);
	booted = cost_now(emulator);
	if (r == 0)
		r = vl53l8cx_configure(&chip, &settings);
	configured = cost_now(emulator);
	if (r == 0)
		r = vl53l8cx_start(&chip);
	ranging = cost_now(emulator);
	if (r < 0 || play(&chip, emulator, BENCH_FRAMES) != BENCH_FRAMES)
		return -1;
	end = cost_now(emulator);
	print_row("init", &off, &booted, 1);
	print_row("configure (8x8, 15 Hz)", &booted, &configured, 1);
	print_row("start", &configured, &ranging, 1);
	print_row("frame (mean of 150)", &ranging, &end, BENCH_FRAMES);
	*ret_figures = (struct figures){
		.init_ms = booted.ms - off.ms,
		.init_bytes = (double)(booted.counts.bytes - off.counts.bytes),
		.frame_bytes = (double)(end.counts.bytes - ranging.counts.bytes) / BENCH_FRAMES,
		.frame_transactions = (double)(end.counts.transactions - ranging.counts.transactions) / BENCH_FRAMES,
	};
	return 0;
}

static int bench(const struct firmware *firmware, uint32_t scl_hz, struct figures *ret_figures)
{
	struct emulator_config config = {.virtual_time = true, .scl_hz = scl_hz};
	struct emulator *emulator = NULL;
	char reason[192] = "the chip does not run";
	int r = scene_open("hand:FlatHand", 1, &config.scene, reason);

	printf("bus at %4u kHz             transactions  messages       bytes         ms\n", (unsigned)(scl_hz / 1000));
	if (r == 0)
		r = emulator_new(&config, &emulator, reason);
	if (r == 0)
		r = measure(emulator, firmware, ret_figures);
	if (r < 0)
		fprintf(stderr, "bench-chip: %s\n", reason);
	emulator_free(emulator);
	return r;
}

static int judge(const char *what, double value, double goal, const char *unit)
{
	printf("%-6s %-30s %9.3f %-12s (goal: at most %g)\n", value <= goal ? "ok" : "MISSED", what, value, unit, goal);
	return value > goal;
}

int main(void)
{
	static struct firmware firmware;
	struct figures at_100k, at_400k, at_1m;
	double required = (double)init_bytes_required();
	int missed = 0;

	firmware_synthetic(1, &firmware);
	if (bench(&firmware, 100000, &at_100k) < 0 || bench(&firmware, 400000, &at_400k) < 0 ||
	    bench(&firmware, 1000000, &at_1m) < 0)
		return EXIT_FAILURE;
	printf("\ninit: %.0f bytes on the wire; the protocol requires %.0f\n", at_400k.init_bytes, required);
	missed += judge("init bytes over required", at_400k.init_bytes / required, GOAL_INIT_EXCESS, "");
	missed += judge("init at 400 kHz", at_400k.init_ms / 1e3, GOAL_INIT_400K_S, "s");
	missed += judge("init at 1 MHz", at_1m.init_ms / 1e3, GOAL_INIT_1M_S, "s");
	missed += judge("one 8x8 frame", at_400k.frame_bytes, GOAL_FRAME_BYTES, "bytes");
	missed += judge("one 8x8 frame", at_400k.frame_transactions, 1, "transactions");
	return missed ? EXIT_FAILURE : EXIT_SUCCESS;
}
