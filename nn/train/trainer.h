/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trainer.h - trains any float graph in place: forwards, backwards, optimiser, schedule, early stopping.
 *
 *   trainer_open(graph, options) -> trainer_fit(training, validation, ...) -> trainer_close(); the graph has the weights
 *
 * What is trained: weights and biases of convolutions (depthwise too) and dense layers, and scale and offset of batch
 * norms. Other constants stay. The output is a softmax, sigmoids, or plain numbers.
 *
 * The same options, graph and samples give the same bits on any number of threads and with any vector instructions: a
 * batch is cut into the same shares always, and they are added in the same order.
 */
#ifndef NN_TRAIN_TRAINER_H
#define NN_TRAIN_TRAINER_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nn/graph/graph.h"

enum {
	TRAINER_DROPOUTS_MAX = 64,
	TRAINER_FIXED_MAX = 64,
	TRAINER_PIECES_MAX = 32,
	TRAINER_BATCH_MAX = 1 << 20,
	TRAINER_THREADS_MAX = 16,
};

enum trainer_optimiser {
	TRAINER_SGD, /* momentum 0: plain; nesterov: Nesterov's */
	TRAINER_ADAM,
	TRAINER_ADAMW, /* decay apart from the gradient */
	TRAINER_LBFGS, /* full batch; one epoch is one iteration. Only with liblbfgs, see trainer_has_lbfgs() */
};

enum trainer_loss {
	TRAINER_CROSS_ENTROPY, /* of a softmax, of sigmoids (each for itself), else of plain outputs taken as logits */
	TRAINER_SQUARED,       /* mean of the squared differences */
};

enum trainer_monitor {
	TRAINER_VALIDATION_LOSS, /* without validation data: of training */
	TRAINER_VALIDATION_ACCURACY,
	TRAINER_LOSS,
	TRAINER_ACCURACY,
};

enum trainer_schedule_kind {
	TRAINER_CONSTANT,
	TRAINER_PLATEAU,   /* times factor after `epochs` epochs in which monitor got no better by delta */
	TRAINER_STEP,	   /* times factor every `epochs` epochs */
	TRAINER_COSINE,	   /* down to lowest at the end of all epochs */
	TRAINER_ONE_CYCLE, /* up for the first `rise` share of all steps, then down to lowest, both as a cosine */
	/* By epochs, each to the epoch as ST's model zoo has the callback of that name (its lr_schedulers.py). */
	TRAINER_LR_LINEAR_DECAY,
	TRAINER_LR_EXPONENTIAL_DECAY,
	TRAINER_LR_STEP_DECAY,
	TRAINER_LR_COSINE_DECAY,
	TRAINER_LR_WARMUP_COSINE_DECAY,
	TRAINER_LR_COSINE_DECAY_RESTARTS,
	TRAINER_LR_POLYNOMIAL_DECAY,
	TRAINER_LR_POLYNOMIAL_DECAY_RESTARTS,
	TRAINER_LR_PIECEWISE_CONSTANT_DECAY,
	TRAINER_SCHEDULES,
};

struct trainer_schedule {
	enum trainer_schedule_kind kind;
	unsigned warm_up; /* steps (batches) in which the rate grows from 0, with every kind */
	float factor, lowest, rise, delta;
	unsigned epochs;
	unsigned cooldown; /* plateau: from the epoch that lowered the rate to the first one that counts again */
	enum trainer_monitor monitor;
	/* ST's kinds. */
	unsigned climb, hold;		   /* epochs of the way up (from `first`) and at the highest rate */
	unsigned over;			   /* epochs of the way down, or of the first period; 0: all that are left */
	float first, fall, power;	   /* power 0: the kind's usual one */
	unsigned stretch;		   /* each period is so many times as long as the one before */
	float fade;			   /* and begins so many times as high */
	unsigned pieces;		   /* each has its rate, and the epoch that is not its own any more */
	uint32_t ends[TRAINER_PIECES_MAX]; /* rising; the last piece's counts for nothing */
	float rates[TRAINER_PIECES_MAX];
};

struct trainer_dropout {
	uint16_t tensor; /* of the graph: its readers see it with holes, in training only */
	float share;
};

/* Start from trainer_defaults. */
struct trainer_options {
	enum trainer_optimiser optimiser;
	enum trainer_loss loss;
	float rate;
	float momentum; /* SGD */
	bool nesterov;
	float beta1, beta2, epsilon;	   /* Adam, AdamW */
	float decay;			   /* of weights; ADAMW: rate * decay * w, others: added to the gradient */
	float clip;			   /* longest gradient vector; 0: any */
	unsigned history;		   /* L-BFGS: pairs kept */
	struct trainer_schedule schedule;  /* not for L-BFGS */
	unsigned batch, epochs;		   /* L-BFGS: batch is how many are worked on at a time */
	unsigned patience;		   /* epochs without a better stop_monitor before it ends; 0: never */
	enum trainer_monitor stop_monitor; /* what decides which weights are the best */
	float stop_delta;		   /* smaller steps are no progress */
	float stop_baseline;		   /* what is no better than it is no progress; negative: anything may be */
	unsigned stop_from;		   /* first epoch that counts, from 0 */
	bool keep_best;			   /* trainer_fit() ends with the best weights, not the last ones */
	const float *class_weights;	   /* [outputs], copied; NULL: all 1 */
	float smoothing;		   /* of labels: this share is spread over all classes */
	bool fixed_norms;		   /* batch norms are factors and offsets: for imported, trained networks */
	float norm_momentum;		   /* of the running mean and variance: what stays of the old */
	const bool *frozen;		   /* [graph->tensor_count], copied: constants that stay; NULL: none */
	struct trainer_dropout dropouts[TRAINER_DROPOUTS_MAX];
	unsigned dropout_count;
	uint16_t fixed[TRAINER_FIXED_MAX]; /* more constants that stay: what layers_build() makes of no_bias */
	unsigned fixed_count;
	uint64_t seed;
	unsigned threads;		   /* 0: one for each core */
	bool plain;			   /* without vector instructions beyond the compiler's own choice: for tests */
	const volatile sig_atomic_t *stop; /* not 0: ends after this batch; NULL: never */
};

extern const struct trainer_options trainer_defaults;

/*
 * Sample i of an epoch: the input's floats and a zeroed target of as many floats as there are outputs, of which one (or
 * several, with shares that make 1) is set. Called by several threads in any order, so it depends on (context, i,
 * epoch) only: draw random numbers from random_of(seed, epoch, i) of nn/train/random.h. Evaluation calls with epoch 0.
 */
typedef void trainer_fill(const void *context, uint32_t i, uint32_t epoch, float *ret_input, float *ret_target);

struct trainer_data {
	trainer_fill *fill;
	const void *context;
	uint32_t n;
};

struct trainer_score {
	double loss, accuracy; /* means over the samples; accuracy: highest output = highest target, 0..1 */
	uint32_t n;
};

/* One epoch as it went. */
struct trainer_record {
	uint32_t epoch; /* from 0 */
	float rate;	/* at its end */
	struct trainer_score training, validation;
	bool validated, best;
	double seconds;
};

struct trainer;

bool trainer_has_lbfgs(void);

/*
 * The graph stays the caller's and must live as long. Errors: -ENOMEM; -ENOTSUP what can't be trained and -EINVAL what
 * is wrong with the options, in words in ret_reason (GRAPH_REASON bytes).
 */
int trainer_open(struct graph *graph, const struct trainer_options *options, struct trainer **ret_trainer,
		 char *ret_reason);
struct trainer *trainer_close(struct trainer *trainer);
static inline void trainer_closep(struct trainer **trainer)
{
	*trainer = trainer_close(*trainer);
}

/* One pass over all samples in a new order. -ECANCELED: stopped; -ERANGE: the loss is no number any more. */
int trainer_epoch(struct trainer *trainer, const struct trainer_data *data, struct trainer_score *ret_score);
/* As the network would be used: no dropout, running statistics. -ECANCELED. */
int trainer_evaluate(struct trainer *trainer, const struct trainer_data *data, struct trainer_score *ret_score);
/* The outputs of all samples: ret_outputs[n][outputs]. */
int trainer_predict(struct trainer *trainer, const struct trainer_data *data, float *ret_outputs);

/* After each epoch; false ends the training. */
typedef bool trainer_on_epoch(void *context, struct trainer *trainer, const struct trainer_record *record);

/*
 * All epochs that are left, then trainer_publish(). validation and on_epoch may be NULL. Stopped by the flag it keeps what
 * it has so far (the best weights), publishes and returns -ECANCELED.
 */
int trainer_fit(struct trainer *trainer, const struct trainer_data *training, const struct trainer_data *validation,
		trainer_on_epoch *on_epoch, void *context);

/* Puts the weights into the graph's constants; batch norms with what they have learnt of mean and variance. */
void trainer_publish(struct trainer *trainer);
/* Keeps a copy of the weights and goes back to it; there is one, which trainer_fit() uses for the best. */
void trainer_snapshot(struct trainer *trainer);
bool trainer_restore(struct trainer *trainer); /* false: there is none */

/* What is needed to go on as if nothing had been: ret_bytes is to be freed. -ENOMEM. */
int trainer_save(const struct trainer *trainer, void **ret_bytes, size_t *ret_size);
/*
 * Into a trainer opened with the same graph and options. -EBADMSG: damaged; -EINVAL: from another graph or other
 * options (in ret_reason, GRAPH_REASON bytes). L-BFGS begins with an empty history.
 */
int trainer_load(struct trainer *trainer, const void *bytes, size_t size, char *ret_reason);

uint32_t trainer_epochs_done(const struct trainer *trainer);
/* Epoch with the best weights so far, and what was best there. -1: none. */
int32_t trainer_best_epoch(const struct trainer *trainer, double *ret_value);
uint32_t trainer_inputs(const struct trainer *trainer);
uint32_t trainer_outputs(const struct trainer *trainer);
uint32_t trainer_parameters(const struct trainer *trainer); /* those that are not frozen */
size_t trainer_memory_bytes(const struct trainer *trainer);

#endif
