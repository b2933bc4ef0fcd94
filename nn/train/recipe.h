/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recipe.h - all that decides a training, read from YAML: our own compact form, or a configuration file of ST's model
 * zoo as it is. One table (recipe-keys.c) has every key, its range and default; it reads, explains and documents.
 */
#ifndef NN_TRAIN_RECIPE_H
#define NN_TRAIN_RECIPE_H

#include <stdio.h>

#include "nn/train/augment.h"
#include "nn/train/layers.h"
#include "nn/train/negatives.h"

enum {
	RECIPE_TEXT = 256,
	RECIPE_CLASSES = 2048, /* bytes of all names */
	RECIPE_CHANNELS_MAX = 4,
	RECIPE_NUMBERS_MAX = TRAINER_PIECES_MAX,
	RECIPE_REASON = 640,
};

enum recipe_split { /* what is never torn apart between training and validation */
		    RECIPE_SPLIT_USER,
		    RECIPE_SPLIT_RECORDING,
		    RECIPE_SPLIT_FILE,
		    RECIPE_SPLIT_FRAME, /* leaks: frames of a second look alike */
};

enum recipe_data_kind {
	RECIPE_DATA_AUTO,
	RECIPE_DATA_RECORDINGS,
	RECIPE_DATA_IDX,
	RECIPE_DATA_CIFAR10,
	RECIPE_DATA_CIFAR100,
	RECIPE_DATA_CIFAR20, /* CIFAR-100's superclasses */
	RECIPE_DATA_IMAGES,
};

/* From frame to input. */
struct recipe_form {
	int representation; /* enum nn_representation */
	bool centre;
	float nearest_mm, farthest_mm, background_mm;
};

struct recipe_numbers {
	float list[RECIPE_NUMBERS_MAX];
	unsigned n;
};

/* From pixel to input: (byte / 255 - mean) / deviation. */
struct recipe_pixels {
	struct recipe_numbers mean, deviation; /* one, or one for each channel */
	int channels;			       /* 0: those of the network */
};

struct recipe {
	char name[64];
	char note[RECIPE_TEXT];
	bool st; /* a configuration of ST's */
	uint64_t seed;
	unsigned threads;
	bool vectors;
	char network[RECIPE_TEXT], start[RECIPE_TEXT], output[RECIPE_TEXT], mlflow[RECIPE_TEXT];
	uint32_t input[3];
	struct layers *layers; /* owned; NULL: a built-in network, or a model file */
	char data[RECIPE_TEXT], validation[RECIPE_TEXT], test[RECIPE_TEXT], labels[RECIPE_TEXT];
	int data_kind, split;
	float validation_share;
	char classes[RECIPE_CLASSES]; /* with commas between; "": those that the data have */
	struct recipe_form form;
	struct recipe_pixels pixels;
	struct nn_preprocess preprocess; /* of the starting model; representation 0: made of `form` */
	/* The training. */
	int optimiser, schedule, monitor, stop_monitor;
	float rate, momentum, decay, beta1, beta2, epsilon, clip, smoothing;
	bool nesterov, keep_best, balanced;
	unsigned warm_up, every, epochs, batch, patience, history, cooldown, stop_from;
	unsigned climb, hold, over, stretch;
	float factor, lowest, rise, delta, stop_delta, stop_baseline, first, fall, power, fade;
	struct recipe_numbers boundaries, rates;
	float dropout; /* negative: the network's usual one */
	char frozen[RECIPE_TEXT];
	struct augmentation augmentation;
	unsigned negatives[NEGATIVE_FAMILIES]; /* made-up frames, per epoch */
	int quantise;			       /* 0: float only, 1: int8 */
	unsigned calibration;		       /* samples */
	float distil;			       /* share of the old network's answers, when fine-tuning */
	unsigned rehearsal;		       /* made-up or stored samples per epoch that the old network labels */
	unsigned teachers;		       /* networks trained first, whose mean answer is learnt */
	char teacher_network[RECIPE_TEXT];     /* built-in; "": the same network */
	float teacher_share;		       /* of their answer in every label */
	float temperature;		       /* what the trained network's logits are divided by */
	unsigned seeds;			       /* crossval: how often each fold is trained */
	unsigned exam_negatives;	       /* crossval: frames per family */
};

/*
 * Reads bytes[size]; name is said in messages. Notes (keys that are passed over, and why) go to `notes`, which may be
 * NULL. Errors: -EINVAL, -EBADMSG, -ENOMEM, -EFBIG; ret_reason (RECIPE_REASON bytes) is "file:line: key: what".
 * recipe_clear() it.
 */
int recipe_parse(const char *name, const void *bytes, size_t size, FILE *notes, struct recipe *ret_recipe,
		 char *ret_reason);
/* The same with what is said instead of the file, "key=value" each; the whole is checked with it. */
int recipe_parse_sets(const char *name, const void *bytes, size_t size, const char *const *sets, unsigned set_count,
		      FILE *notes, struct recipe *ret_recipe, char *ret_reason);
void recipe_clear(struct recipe *recipe);

/* Every key with range, default and meaning. */
void recipe_print_keys(FILE *file);

/* What nn_preprocess() gets. */
struct nn_preprocess recipe_preprocess(const struct recipe *recipe);
/* All but what depends on the network (frozen constants, dropouts, class weights). */
void recipe_options(const struct recipe *recipe, struct trainer_options *ret_options);

#endif
