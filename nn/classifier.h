/* SPDX-License-Identifier: Apache-2.0 */
/*
 * classifier.h - who names the posture. Asynchronous on purpose: a core at the other end of RPMsg then looks the
 * same as this one.
 *
 * Implementations: local.c (this core), mcu-offload/remote.c (two cores). The hall submits a frame, waits for fd, takes the result.
 */
#ifndef NN_CLASSIFIER_H
#define NN_CLASSIFIER_H

#include <stddef.h>
#include <stdint.h>

#include "nn/runtime/model.h"
#include "nn/runtime/preprocess.h"
#include "sensor/frame.h"

struct nn_result {
	uint64_t t_ns; /* of the frame */
	uint32_t seq;  /* of the frame */
	uint8_t classes;
	uint8_t best;			   /* index of the largest probability; meaningless without a hand */
	float probability[NN_CLASSES_MAX]; /* all 0 without a hand in the gate */
	struct nn_hand hand;
};

/* The class of the largest probability, the first of equals. */
static inline uint8_t nn_result_best(const struct nn_result *result)
{
	uint8_t best = 0;

	for (uint8_t i = 1; i < result->classes; i++)
		if (result->probability[i] > result->probability[best])
			best = i;
	return best;
}

struct nn_config {
	const char *model; /* path of a .pnn file; NULL or "" = the built-in model */
	const void *bytes; /* instead of path the file itself, copied; NULL: path */
	size_t bytes_size;
};

/* What a classifier says of itself; strings live as long as it. */
struct nn_description {
	const char *backend; /* "local" */
	const char *model;   /* name in the file */
	char sha256[65];
	unsigned classes;
	const char *labels[NN_CLASSES_MAX];
	struct nn_preprocess preprocess;
	const void *file; /* the bytes of the model's file; NULL: not here */
	size_t file_bytes;
};

struct classifier;

struct classifier_ops {
	const char *name;
	/* Errors: errno of the file, EBADMSG for a refused model; ret_reason (192 bytes) says what to do. */
	int (*open)(const struct nn_config *config, struct classifier **ret_classifier, char *ret_reason);
	/* EBUSY: still working on earlier frames; drop this one and count it. */
	int (*submit)(struct classifier *classifier, const struct frame *frame);
	/* Readable when result has something; -1: a result is there as soon as submit returns. */
	int (*fd)(struct classifier *classifier);
	/* 1: ret_result filled, 0: nothing now, negative errno. */
	int (*result)(struct classifier *classifier, struct nn_result *ret_result);
	void (*describe)(struct classifier *classifier, struct nn_description *ret_description);
	struct classifier *(*free)(struct classifier *classifier); /* NULL allowed, returns NULL */
};

struct classifier {
	const struct classifier_ops *ops;
};

extern const struct classifier_ops local_classifier_ops;

/* The network of a classifier that local_classifier_ops opened: for whoever runs it elsewhere. Lives as long as it. */
const struct nn_model *local_classifier_model(const struct classifier *classifier);

static inline struct classifier *classifier_free(struct classifier *classifier)
{
	return classifier ? classifier->ops->free(classifier) : NULL;
}

#endif
