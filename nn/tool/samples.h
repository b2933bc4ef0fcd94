/* SPDX-License-Identifier: Apache-2.0 */
/* samples.h - what a plain network is to look at: an array (.npy, any batch) or a picture. */
#ifndef NN_TOOL_SAMPLES_H
#define NN_TOOL_SAMPLES_H

#include "nn/runtime/run.h"
#include "nn/tool/npy.h"

enum {
	SAMPLES_REASON = 320,
	SAMPLES_CHANNELS_MAX = 4,
};

/* What the numbers of a file mean to the network. */
enum samples_meaning {
	SAMPLES_UNSAID, /* numbers of the input's own type, and floats, go in as they are; bytes need a meaning */
	SAMPLES_NONE,	/* the number is the value */
	SAMPLES_SCALE,	/* bytes: 0..255 is 0..1 */
	SAMPLES_SIGNED, /* bytes: 0..255 is -1..1 */
	SAMPLES_NORMAL, /* bytes: (x / 255 - mean) / deviation, by channel */
};

struct samples_form {
	enum samples_meaning meaning;
	unsigned channels; /* that mean and deviation have: 1 or the input's */
	float mean[SAMPLES_CHANNELS_MAX], deviation[SAMPLES_CHANNELS_MAX];
};

struct samples {
	struct npy array;
	uint64_t n;	     /* samples */
	bool channels_first; /* the array's images are channel, row, column, as PyTorch has them */
	struct samples_form form;
	void *bytes; /* owned */
};

/* Whether path is for networks that take frames instead: a .npz or a directory. */
bool samples_is_recording(const char *path);

/* "none", "scale", "signed", "MEAN,STD" or "MEAN,MEAN,MEAN,STD,STD,STD". -EINVAL for anything else. */
int samples_parse_form(const char *text, struct samples_form *ret_form);

/*
 * Reads path for a network with this input. Errors: errno of the file, EBADMSG, EINVAL with what would work;
 * ret_reason (SAMPLES_REASON bytes).
 */
int samples_open(const char *path, const struct nn_tensor *input, const struct samples_form *form,
		 struct samples *ret_samples, char *ret_reason);
void samples_clear(struct samples *samples);

/* Sample i < n into the input. Returns 0 or -ENOMEM. */
int samples_write(const struct samples *samples, uint64_t i, const struct nn_run *run, const struct nn_tensor *input);

#endif
