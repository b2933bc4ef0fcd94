/* SPDX-License-Identifier: Apache-2.0 */
/* trainer-parts.h - a trainer from inside: what trainer.c, trainer-batch.c, trainer-fit.c and trainer-state.c share. */
#ifndef NN_TRAIN_TRAINER_PARTS_H
#define NN_TRAIN_TRAINER_PARTS_H

#include "nn/train/crew.h"
#include "nn/train/optimiser.h"
#include "nn/train/program.h"

enum {
	TRAINER_SHARES = 16, /* of a batch, at most: so many gradients are added up */
};

/* What a share of a batch comes to. */
struct share {
	double loss;
	uint32_t right;
};

/* What decides when to stop and when to lower the rate; part of the saved state. */
struct progress {
	double best, plateau_best;
	int32_t best_epoch;    /* -1: none */
	int32_t plateau_since; /* epochs without progress; negative: epochs that won't count yet */
	float plateau_factor;
	uint32_t stale; /* epochs since the best one */
};

struct trainer {
	struct graph *graph;
	struct trainer_options options;
	struct program *program;
	const struct train_kernels *kernels;
	struct crew *crew;
	float *weights, *statistics; /* one block: all parameters, then running statistics */
	float *snapshot;	     /* of that block */
	bool has_snapshot;
	float *gradient; /* [TRAINER_SHARES][trained] */
	float *batch;	 /* of norms, of the batch that is worked on */
	double *sums;	 /* [TRAINER_SHARES][sums_n] */
	struct share shares[TRAINER_SHARES];
	float *slots, *targets; /* [slot_count]; slots may be one for each worker or for each chunk */
	size_t slot_count;
	float *scratch, *rows; /* by worker */
	size_t scratch_floats, row_floats;
	float *class_weights; /* [outputs] */
	uint32_t *order;
	uint32_t order_n;
	struct optimiser optimiser;
	uint32_t epochs_done;
	uint64_t steps_done, steps_total; /* batches; 0: unknown */
	float rate;
	struct progress progress;
	size_t memory_bytes;
};

/* One batch: samples order[first..first+n-1] (or their numbers, without an order) of an epoch. */
struct batch {
	struct trainer *trainer;
	const struct trainer_data *data;
	const uint32_t *order;
	uint32_t first, n, epoch;
	bool training;
	float *outputs; /* [n][outputs] or NULL */
	unsigned phase;
};

/*
 * Forwards, and backwards when training: leaves the mean gradient in trainer->gradient and adds to ret_score's sums.
 * Errors: -ENOMEM.
 */
int batch_run(struct batch *batch, double *loss, uint64_t *right);

/* The loss of the chunk in a slot; its gradient, times scale, into the slot when that is not 0. */
void loss_take(const struct trainer *trainer, const struct pass *pass, const float *targets, float scale,
	       struct share *share);

static inline size_t trainer_state_floats(const struct trainer *trainer)
{
	return trainer->program->weights_n + trainer->program->statistics_n;
}

/* Counted for trainer_memory_bytes(); zeroed and aligned for vectors. NULL: out of memory. */
void *trainer_allocate(struct trainer *trainer, size_t n, size_t size);

static inline bool trainer_monitor_is_loss(enum trainer_monitor monitor)
{
	return monitor == TRAINER_VALIDATION_LOSS || monitor == TRAINER_LOSS;
}

/* What is wrong with a schedule, or NULL; then the rate of the next batch. */
const char *schedule_find_fault(const struct trainer_schedule *schedule);
float schedule_rate(const struct trainer *trainer);

/* trainer-lbfgs.c: all iterations that are left; on_iteration ends them with false. */
typedef bool lbfgs_on_iteration(void *context, double loss, uint64_t right);
int lbfgs_run(struct trainer *trainer, const struct trainer_data *data, lbfgs_on_iteration *on_iteration,
	      void *context);

#endif
