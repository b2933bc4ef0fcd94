/* SPDX-License-Identifier: Apache-2.0 */
/* bench.h - what posture-model bench has found out of one model, and how it is told. */
#ifndef NN_TOOL_BENCH_H
#define NN_TOOL_BENCH_H

#include "nn/model-file.h"
#include "nn/tool/core.h"
#include "nn/tool/measurement.h"
#include "nn/tool/trials.h"

/* Memory that a network may take; 0: it is not asked. */
struct bench_budget {
	uint64_t ram, flash;
	uint64_t all; /* one memory for code, weights and data */
	const char *all_name;
};

struct bench {
	const char *path;
	struct model_file file;
	struct runner runner;
	struct measurement measurement; /* on this machine */
	enum core core;
	struct core_cost cost; /* on another one */
	double clock_mhz;
	struct trials_score score;
};

/* One need and what there is for it. */
struct bench_fit {
	const char *name;
	uint64_t needed, budget;
};

enum {
	BENCH_FITS = 3,
};

/* On another core flash is code and constants, RAM arena and stack; here weights and arena. */
uint64_t bench_flash_bytes(const struct bench *bench);
uint64_t bench_ram_bytes(const struct bench *bench);
/* Those of the budget that are asked; returns how many. */
unsigned bench_fits(const struct bench *bench, const struct bench_budget *budget, struct bench_fit fits[BENCH_FITS]);

void bench_print(const struct bench *benches, unsigned n, const struct bench_budget *budget);
/* 0, or -ENOMEM. */
int bench_print_json(const struct bench *benches, unsigned n, const struct bench_budget *budget);

#endif
