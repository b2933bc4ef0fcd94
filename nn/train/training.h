/* SPDX-License-Identifier: Apache-2.0 */
/* training.h - from recipe and material to a network: one training, and its integers. */
#ifndef NN_TRAIN_TRAINING_H
#define NN_TRAIN_TRAINING_H

#include "nn/model-file.h"
#include "nn/train/history.h"
#include "nn/train/lesson.h"

enum {
	TRAINING_REASON = 640,
};

struct training {
	const struct recipe *recipe;
	const struct material *material;
	const bool *use;	      /* [material->n]: trained on */
	const bool *validate;	      /* the same, of the other material or of this one; NULL: none */
	const struct material *other; /* of validate; NULL: this one */
	uint64_t seed;
	unsigned threads;
	const volatile sig_atomic_t *stop;
	trainer_on_epoch *on_epoch; /* NULL: nobody looks */
	void *context;
	const void *state; /* trainer_save()'s bytes to go on from; NULL: from the start */
	size_t state_size;
};

/*
 * Trains; ret_graph is float, with labels and preprocessing, and to be freed. Epochs and sizes are added to history. When
 * it was stopped, history->interrupted is set and the best so far comes out. Errors: those of the trainer and of
 * importing; ret_reason (TRAINING_REASON bytes).
 */
int training_run(const struct training *training, struct history *history, struct graph **ret_graph, char *ret_reason);

/* The recipe's starting model as it is; "builtin" is the shipped one. Errors: as of importing; ret_reason (TRAINING_REASON). */
int training_open_start(const struct recipe *recipe, struct graph **ret_graph, char *ret_reason);

/*
 * A starting model's way from frame to input is its own: whatever the recipe says, training goes on with that. Errors: as
 * of importing; ret_reason (TRAINING_REASON bytes).
 */
int training_take_preprocessing(struct recipe *recipe, char *ret_reason);

/*
 * The first n of the samples by which the recipe's starting model is remembered (rehearsal.h), made again; lesson has the
 * training's samples. rehearsal_clear() them. Errors: as of importing, ENOMEM; ret_reason (TRAINING_REASON bytes).
 */
int training_rehearse(const struct training *training, const struct lesson *lesson, uint32_t n,
		      struct lesson_rehearsal *ret_rehearsal, char *ret_reason);

/* The graph as a checked model in memory. */
int training_model(const struct graph *graph, struct model_file *ret_file, char *ret_reason);
/*
 * Its int8 twin, by ranges of the samples that it was trained on, rehearsed ones too: one posture's frames say nothing of
 * how far the others' values go.
 */
int training_quantise(const struct training *training, const struct model_file *model, struct graph **ret_graph,
		      char *ret_reason);

#endif
