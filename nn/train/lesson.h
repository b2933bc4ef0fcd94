/* SPDX-License-Identifier: Apache-2.0 */
/* lesson.h - the samples that a trainer gets: chosen ones of the material, changed anew in each epoch, and made-up ones. */
#ifndef NN_TRAIN_LESSON_H
#define NN_TRAIN_LESSON_H

#include "nn/train/material.h"
#include "nn/train/teachers.h"

/* Samples that somebody else labelled: inputs with the shares of all classes. */
struct lesson_rehearsal {
	uint32_t n;
	float *inputs, *targets; /* owned */
};

struct lesson {
	const struct recipe *recipe;
	const struct material *material;
	const uint32_t *chosen; /* [n] samples of the material */
	uint32_t n;
	bool changed; /* augmentation, and made-up frames behind the n */
	uint64_t seed;
	struct nn_preprocess preprocess;
	uint32_t elements, classes;
	int none;	   /* class of the made-up frames; negative: there are none */
	const float *soft; /* [n][classes]: what the starting model says of the unchanged samples; NULL */
	const struct lesson_rehearsal *rehearsal; /* NULL */
	const struct teachers *teachers;	  /* NULL: none */
};

/*
 * The samples with use[i] that a network can be shown: frames with a hand in the gate. ret_chosen has room for all.
 * Returns how many.
 */
uint32_t lesson_choose(const struct recipe *recipe, const struct material *material, const bool *use,
		       uint32_t *ret_chosen);
/* Sets what follows from recipe and material. */
void lesson_start(struct lesson *lesson, const struct recipe *recipe, const struct material *material,
		  const uint32_t *chosen, uint32_t n, bool changed);

/* How many samples an epoch has. */
uint32_t lesson_size(const struct lesson *lesson);
/* One of them: a trainer_fill. */
void lesson_fill(const void *lesson, uint32_t i, uint32_t epoch, float *ret_input, float *ret_target);
/* The unchanged input of sample i of the material. */
void lesson_input(const struct lesson *lesson, uint32_t sample, float *ret_input);
/* A made-up frame of a family, of two samples of the lesson, as an input; false: not a fair one, draw again. */
bool lesson_make_negative(const struct lesson *lesson, enum negative_family family, struct random *random,
			  float *ret_input);

#endif
