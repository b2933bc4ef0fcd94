/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime-drive.c - as export-drive.c, for the table-driven runtime: the model file is MODEL_FILE, taken in by the
 * assembler, ROOM_BYTES are there for its arena and reordered weights. With -DLAYERS each start and stop stands around one
 * group of operators, whose number is told before.
 */
#include <stdint.h>

#include "nn/bench/export-io.h"
#include "nn/runtime/run.h"

void bench_start(void);
void bench_stop(void);

__asm__(".pushsection .rodata\n"
	".balign 64\n"
	"model_begin:\n"
	".incbin \"" MODEL_FILE "\"\n"
	"model_end:\n"
	".byte 0\n"
	".popsection\n");
extern const uint8_t model_begin[], model_end[];

__attribute__((noipa)) void bench_start(void)
{
	__asm__ volatile("");
}

__attribute__((noipa)) void bench_stop(void)
{
	__asm__ volatile("");
}

#ifndef ROOM_BYTES
#define ROOM_BYTES 16384
#endif
static uint8_t room[ROOM_BYTES] __attribute__((aligned(64)));
static struct nn_model model;
static struct nn_run run;

static void run_counted(void)
{
#ifdef LAYERS
	uint32_t together;

	for (uint32_t op = 0; op < model.operator_count; op += together) {
		together = nn_run_together(&run, op);
		io_tell("together", together);
		bench_start();
		nn_run_some(&run, op, op + together);
		bench_stop();
	}
#else
	bench_start();
	nn_run(&run);
	bench_stop();
#endif
}

int drive(const char *in_path, const char *out_path)
{
	int in = io_open(in_path, 0), out = io_open(out_path, 1);
	size_t bytes;

	if (in < 0 || out < 0 || nn_model_parse(model_begin, (size_t)(model_end - model_begin), &model))
		return 1;
	bytes = nn_run_bytes(&model);
	bytes = bytes < sizeof(room) ? bytes : sizeof(room);
	if (nn_run_start(&run, &model, room, bytes))
		return 1;
	while (io_read(in, nn_run_tensor(&run, nn_model_input(&model)), nn_model_input(&model)->bytes)) {
		io_paint();
		run_counted();
		io_measure();
		io_write(out, nn_run_tensor(&run, nn_model_output(&model)), nn_model_output(&model)->bytes);
	}
	io_tell("room", (unsigned)bytes);
	io_tell("state", sizeof(model) + sizeof(run));
	io_finish();
	return 0;
}
