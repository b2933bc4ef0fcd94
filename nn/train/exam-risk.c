/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exam-risk.c - held postures through the rules that a service could decide by: how often another posture would have been
 * confirmed, and how long the right one took. Every file is a take of its own that begins with nothing confirmed.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nn/train/exam.h"

enum {
	AMONG_MAX = 10,
	NOTHING = -1,
};

static const float thresholds[] = {0, 0.7f, 0.9f, 0.95f};
static const uint8_t rules[][2] = {{1, 1}, {3, 3}, {4, 6}, {5, 5}, {7, 7}, {8, 10}};

enum {
	THRESHOLDS = sizeof(thresholds) / sizeof(thresholds[0]),
	RULES = sizeof(rules) / sizeof(rules[0]),
};

/* A rule at work on one file. */
struct watch {
	int last[AMONG_MAX]; /* answers, NOTHING below the threshold and for None */
	uint32_t n;
	int confirmed;
	uint32_t latency; /* 0: the right one was not confirmed yet */
};

/* The label that is often enough among the last answers, or NOTHING. */
static int find_confirmed(const struct watch *watch, const struct history_risk *risk)
{
	int newest = watch->last[(watch->n - 1) % risk->among];
	uint32_t seen = watch->n < risk->among ? watch->n : risk->among, equal = 0;

	for (uint32_t i = 0; i < seen; i++)
		equal += watch->last[i] == newest;
	return newest != NOTHING && equal >= risk->equal ? newest : NOTHING;
}

static void watch_frame(struct watch *watch, struct history_risk *risk, int answer, int label)
{
	int found;

	watch->last[watch->n++ % risk->among] = answer;
	found = find_confirmed(watch, risk);
	if (found == NOTHING || found == watch->confirmed)
		return;
	watch->confirmed = found;
	if (found != label)
		risk->events++;
	else if (!watch->latency)
		watch->latency = watch->n;
}

static int compare(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int answer_of(const struct exam_take *take, uint32_t i, float threshold, int none)
{
	const float *p = take->probabilities + (size_t)i * take->classes;
	uint32_t best = 0;

	for (uint32_t c = 1; c < take->classes; c++)
		best = p[c] > p[best] ? c : best;
	return (int)best != none && p[best] > threshold ? (int)best : NOTHING;
}

/* One file, from its first frame; returns the position behind its last one. */
static uint32_t watch_file(const struct material *material, const struct exam_take *take, uint32_t first, int none,
			   struct history_risk *risk, uint32_t *latencies, uint32_t *n)
{
	const struct sample *samples = material->frames.samples;
	struct watch watch = {.confirmed = NOTHING};
	uint32_t i = first;
	int label = samples[take->samples[first]].label;

	for (; i < take->n && samples[take->samples[i]].file == samples[take->samples[first]].file; i++) {
		watch_frame(&watch, risk, answer_of(take, i, risk->threshold, none), label);
		risk->frames++;
	}
	if (label != none) {
		risk->takes++;
		risk->never += !watch.latency;
		if (watch.latency)
			latencies[(*n)++] = watch.latency;
	}
	return i;
}

static void weigh(const struct material *material, const struct exam_take *takes, size_t n, uint32_t *latencies,
		  struct history_risk *risk)
{
	int none = material_find_class(material, "None");
	uint32_t count = 0;

	for (size_t t = 0; t < n; t++)
		for (uint32_t i = 0; i < takes[t].n;)
			i = watch_file(material, &takes[t], i, none, risk, latencies, &count);
	qsort(latencies, count, sizeof(*latencies), compare);
	risk->median = count ? (float)latencies[count / 2] : NAN;
	risk->late = count ? (float)latencies[count * 9 / 10] : NAN;
}

int exam_weigh_risks(const struct material *material, const struct exam_take *takes, size_t n,
		     struct history_exam *exam)
{
	uint32_t *latencies;
	size_t frames = 1;

	for (size_t t = 0; t < n; t++)
		frames += takes[t].n;
	latencies = calloc(frames, sizeof(*latencies));
	free(exam->risks); /* of fewer takes */
	exam->risk_count = 0;
	exam->risks = calloc((size_t)THRESHOLDS * RULES, sizeof(*exam->risks));
	if (!latencies || !exam->risks) {
		free(latencies);
		return -ENOMEM;
	}
	exam->risk_count = (size_t)THRESHOLDS * RULES;
	for (unsigned i = 0; i < THRESHOLDS * RULES; i++) {
		exam->risks[i].threshold = thresholds[i / RULES];
		exam->risks[i].equal = rules[i % RULES][0];
		exam->risks[i].among = rules[i % RULES][1];
		weigh(material, takes, n, latencies, &exam->risks[i]);
	}
	free(latencies);
	return 0;
}
