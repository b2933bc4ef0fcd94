/* SPDX-License-Identifier: Apache-2.0 */
/*
 * program.h - a graph made ready for training: steps that read and write buffers, and the parameters in one vector.
 *
 * A chunk is TRAIN_LANES samples. It is worked on in a slot: the values of all buffers, then their gradients. Steps
 * before `segment` boundaries need nothing of other chunks; a batch norm that learns needs sums over the whole batch, so
 * it begins a new segment.
 */
#ifndef NN_TRAIN_PROGRAM_H
#define NN_TRAIN_PROGRAM_H

#include "nn/graph/graph.h"
#include "nn/runtime/kernels-f32.h"
#include "nn/train/kernels.h"
#include "nn/train/trainer.h"

enum {
	PROGRAM_NO_PARAMETER = -1,
	/* A tensor each, and one more for each dropout. */
	PROGRAM_BUFFERS_MAX = NN_TENSORS_MAX + TRAINER_DROPOUTS_MAX,
	PROGRAM_STEPS_MAX = NN_OPS_MAX + TRAINER_DROPOUTS_MAX,
};

#define PROGRAM_NORM_EPSILON 1e-3f

struct buffer {
	uint32_t elements;
	bool constant; /* lies in program->constants */
	bool learns;   /* depends on something that is trained: has a gradient */
	size_t at;     /* floats from the beginning of values, and of gradients */
};

struct parameter {
	uint16_t tensor;
	bool frozen;
	size_t at; /* in the vector of parameters; the frozen ones are behind the others */
	uint32_t n;
};

/* A batch norm that learns: what it knows of its channels. Each [channels] in program->statistics. */
struct norm {
	uint16_t step;
	uint32_t channels;
	size_t at;	 /* mean, then variance: running; in the vector of statistics */
	size_t batch_at; /* mean, 1 / deviation, and the means of dy and dy x': of the batch */
	size_t sums_at;	 /* two sums in each share's sums */
};

struct step;
struct pass;

struct step_kind {
	const char *name;
	void (*forward)(const struct step *step, const struct pass *pass);
	void (*backward)(const struct step *step, const struct pass *pass);
};

struct step {
	const struct step_kind *kind;
	const struct graph_node *node; /* NULL: dropout */
	uint8_t inputs;
	uint16_t input[GRAPH_INPUTS_MAX], output; /* buffers */
	int16_t parameter[2];			  /* weights and bias, scale and offset; or PROGRAM_NO_PARAMETER */
	struct nn_range range;			  /* of the activation */
	bool limited;				  /* the range limits something */
	const float *limits;			  /* [2][channels] or NULL */
	struct nn_window window;
	uint32_t *maps[GRAPH_INPUTS_MAX]; /* owned; element of an input -> element of the output, or the other way */
	float value, factor;		  /* what is where no input goes; of inputs */
	int16_t norm;			  /* in program->norms, or -1 */
	uint16_t number;		  /* of dropouts */
};

struct program {
	struct graph *graph;
	struct buffer buffers[PROGRAM_BUFFERS_MAX];
	struct step steps[PROGRAM_STEPS_MAX];
	struct parameter parameters[NN_TENSORS_MAX];
	struct norm norms[NN_OPS_MAX];
	unsigned buffer_count, step_count, parameter_count, norm_count;
	uint16_t input, output; /* buffers */
	uint16_t logits;	/* what a softmax or sigmoid at the end reads: the loss is taken there */
	bool ends_in_softmax, ends_in_sigmoid;
	size_t slot_floats, trained, weights_n, statistics_n, batch_n, sums_n;
	float *constants; /* by lanes; owned */
	size_t constants_floats;
	uint16_t buffer_of[NN_TENSORS_MAX];
};

/* What a step works with. */
struct pass {
	const struct program *program;
	const struct train_kernels *kernels;
	const float *weights;	 /* all parameters */
	float *gradient;	 /* of the trained ones, of this share */
	const float *statistics; /* of batch norms, running */
	const float *batch;	 /* of this batch */
	float *slot;
	float *scratch; /* the largest buffer's gradient by lane */
	uint32_t valid; /* lanes in use */
	bool training;
	uint32_t keys[TRAIN_LANES]; /* of random numbers, by sample */
};

/* Checks and plans. Errors as trainer_open(). */
int program_open(struct graph *graph, const struct trainer_options *options, struct program **ret_program,
		 char *ret_reason);
struct program *program_close(struct program *program);
/* The trained weights of the graph into a vector, and back into it. */
void program_read(const struct program *program, float *weights, float *statistics);
void program_write(const struct program *program, const float *weights, const float *statistics);

static inline float *pass_values(const struct pass *pass, uint16_t buffer)
{
	const struct buffer *b = &pass->program->buffers[buffer];

	return (b->constant ? pass->program->constants : pass->slot) + b->at;
}

static inline float *pass_gradient(const struct pass *pass, uint16_t buffer)
{
	return pass->slot + pass->program->slot_floats / 2 + pass->program->buffers[buffer].at;
}

static inline const float *pass_weights(const struct pass *pass, const struct step *step, unsigned i)
{
	return pass->weights + pass->program->parameters[step->parameter[i]].at;
}

/* NULL: frozen. */
static inline float *pass_slopes(const struct pass *pass, const struct step *step, unsigned i)
{
	const struct parameter *parameter = &pass->program->parameters[step->parameter[i]];

	return parameter->frozen ? NULL : pass->gradient + parameter->at;
}

static inline bool step_input_learns(const struct pass *pass, const struct step *step, unsigned i)
{
	return pass->program->buffers[step->input[i]].learns;
}

/* With activation and limits, which are common to all kinds. */
void step_forward(const struct step *step, const struct pass *pass);
void step_backward(const struct step *step, const struct pass *pass);
/* No gradient goes through what the activation or a limit holds back. */
void step_mask(const struct step *step, const struct pass *pass);

extern const struct step_kind step_conv_2d, step_depthwise_conv_2d, step_dense, step_max_pool_2d, step_average_pool_2d,
	step_scatter, step_pair, step_function, step_batch_norm, step_dropout, step_softmax;

/* n rows of lanes: probabilities for each lane. */
void softmax_lanes(uint32_t n, float beta, const float *x, float *y);

/* The sums of a norm over one chunk, added to sums[2][channels]: of x and x^2; of dy and dy x'. */
void norm_sum_forward(const struct norm *norm, const struct pass *pass, double *sums);
void norm_sum_backward(const struct norm *norm, const struct pass *pass, double *sums);

#endif
