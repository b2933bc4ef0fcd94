/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime-drive.c - as export-drive.c, for the table-driven runtime: the model file is MODEL_FILE, taken in by the
 * assembler, and nothing else is known of it.
 */
#include <stdint.h>

#include "nn/runtime/run.h"
#include "tests/bench/export-io.h"

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

static uint8_t arena[4096] __attribute__((aligned(64)));

int drive(const char *in_path, const char *out_path)
{
	int in = io_open(in_path, 0), out = io_open(out_path, 1);
	struct nn_model model;
	struct nn_run run;

	if (in < 0 || out < 0 || nn_model_parse(model_begin, (size_t)(model_end - model_begin), &model) ||
	    nn_run_start(&run, &model, arena, sizeof(arena)))
		return 1;
	while (io_read(in, nn_run_tensor(&run, nn_model_input(&model)), nn_model_input(&model)->bytes)) {
		io_paint();
		bench_start();
		nn_run(&run);
		bench_stop();
		io_write(out, nn_run_tensor(&run, nn_model_output(&model)), nn_model_output(&model)->bytes);
	}
	io_finish();
	return 0;
}
