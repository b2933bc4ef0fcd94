/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export-drive.c - runs an exported module over a file of inputs and writes a file of outputs. bench_start() and bench_stop()
 * stand around one run each, for the counters. On a Cortex-M4 files come by semihosting (m4-start.c). A module without a
 * self-test is driven with -DWITHOUT_SELFTEST.
 *
 *   export-drive in.bin out.bin
 */
#include <stdint.h>

#include "net.h"
#include "nn/bench/export-io.h"

void bench_start(void);
void bench_stop(void);

__attribute__((noipa)) void bench_start(void)
{
	__asm__ volatile("");
}

__attribute__((noipa)) void bench_stop(void)
{
	__asm__ volatile("");
}

static uint8_t arena[NET_ARENA_BYTES] __attribute__((aligned(16)));

int drive(const char *in_path, const char *out_path)
{
	int in = io_open(in_path, 0), out = io_open(out_path, 1);

	if (in < 0 || out < 0)
		return 1;
#ifndef WITHOUT_SELFTEST
	if (net_selftest(arena))
		return 1;
#endif
	while (io_read(in, net_input(arena), NET_INPUTS * sizeof(*net_input(arena)))) {
		io_paint();
		bench_start();
		net_run(arena);
		bench_stop();
		io_measure();
		io_write(out, net_output(arena), NET_OUTPUTS * sizeof(*net_output(arena)));
	}
	io_finish();
	return 0;
}
