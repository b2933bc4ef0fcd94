/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench-train.c - what training of CNN2D_ST_HandPosture costs: 64 samples a step, AdamW, made-up hands.
 *
 *   bench-train count augment|forward|train   2,048 samples between bench_begin() and bench_end(), for whoever counts
 *   bench-train time                          seconds of both ways to compute, memory
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "nn/train/augment.h"
#include "nn/train/layers.h"
#include "nn/train/negatives.h"
#include "nn/train/trainer.h"
#include "tests/bench/plain-network.h"

enum {
	FRAMES = 256,
	SAMPLES = 2048,
	BATCH = 64,
	CLASSES = 8,
	EPOCHS_TIMED = 20,
	WHOLE = 150 * 8500, /* samples of a training as the specification has it */
};

static const struct nn_preprocess preprocess = {
	.representation = NN_REPRESENTATION_RELATIVE,
	.flags = NN_PREPROCESS_CENTRE,
	.min_mm = 20,
	.max_mm = 4000,
	.background_mm = 120,
	.distance_offset = -0.8f,
	.distance_scale = 2,
	.signal_scale = 1,
	.background_distance = -1.3f,
};

static const struct augmentation augmentation = {
	.mirror = 0.5f, .rotation = 0.14f, .zoom = 0.1f, .shift = 0.5f, .jump = 0.2f, .noise_mm = 2};

static struct frame frames[FRAMES];

/* Around what is counted; their addresses are looked up. */
void bench_begin(void);
void bench_end(void);
__attribute__((noinline)) void bench_begin(void)
{
	__asm__ volatile("");
}
__attribute__((noinline)) void bench_end(void)
{
	__asm__ volatile("");
}

static unsigned make_input(uint32_t i, uint32_t epoch, float *input)
{
	const float background[2] = {preprocess.background_distance, preprocess.background_signal};
	struct random random = random_of(1, epoch, i);
	struct frame frame;
	struct nn_hand hand;

	augment_frame(&augmentation, &preprocess, &frames[i % FRAMES], &random, &frame);
	nn_preprocess(&preprocess, &frame, input, &hand);
	augment_input(&augmentation, background, &random, input);
	return i % CLASSES;
}

static void fill(const void *context, uint32_t i, uint32_t epoch, float *ret_input, float *ret_target)
{
	(void)context;
	ret_target[make_input(i, epoch, ret_input)] = 1;
}

/* Nothing to do but copying: what the network alone costs. */
static void fill_plainly(const void *context, uint32_t i, uint32_t epoch, float *ret_input, float *ret_target)
{
	const float *inputs = context;

	(void)epoch;
	memcpy(ret_input, inputs + (size_t)i % FRAMES * NETWORK_INPUT, NETWORK_INPUT * sizeof(float));
	ret_target[i % CLASSES] = 1;
}

static int open_trainer(struct graph **ret_graph, struct trainer **ret_trainer)
{
	const struct layers_maker *maker = layers_find_maker("CNN2D_ST_HandPosture");
	struct trainer_options options = trainer_defaults;
	struct layers layers;
	char reason[GRAPH_REASON];
	int r;

	options.optimiser = TRAINER_ADAMW;
	options.batch = BATCH;
	options.threads = 1;
	layers_make(maker, maker->input, CLASSES, maker->dropout, &layers);
	r = layers_build(&layers, 1, ret_graph, &options, reason);
	return r < 0 ? r : trainer_open(*ret_graph, &options, ret_trainer, reason);
}

/* Not inlined, so that callgrind can tell when it begins and ends. */
int bench_work(struct trainer *trainer, const char *what, const struct trainer_data *data);
__attribute__((noinline)) int bench_work(struct trainer *trainer, const char *what, const struct trainer_data *data)
{
	struct trainer_score score;
	float input[NETWORK_INPUT];

	if (!strcmp(what, "forward"))
		return trainer_evaluate(trainer, data, &score);
	if (!strcmp(what, "train"))
		return trainer_epoch(trainer, data, &score);
	for (uint32_t i = 0; i < SAMPLES; i++)
		make_input(i, 1, input);
	return 0;
}

static int count(struct trainer *trainer, const char *what)
{
	static float inputs[FRAMES * NETWORK_INPUT];
	const struct trainer_data data = {.fill = fill_plainly, .context = inputs, .n = SAMPLES};
	int r;

	for (uint32_t i = 0; i < FRAMES; i++)
		make_input(i, 0, inputs + (size_t)i * NETWORK_INPUT);
	bench_begin();
	r = bench_work(trainer, what, &data);
	bench_end();
	return r;
}

static double cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static double time_plain(void)
{
	static struct network network, gradient;
	static struct optimiser optimiser;
	struct random random = {1};
	double begun = cpu_seconds();

	network_start(&network, &random);
	network_forget(&optimiser);
	for (uint32_t i = 0; i < EPOCHS_TIMED * SAMPLES; i++) {
		float input[NETWORK_INPUT];
		unsigned label = make_input(i % SAMPLES, i / SAMPLES, input);

		network_learn(&network, input, label, 0.2f, &random, &gradient);
		if (i % BATCH == BATCH - 1) {
			network_step(&optimiser, &network, &gradient, 1e-3f, 1e-3f);
			memset(&gradient, 0, sizeof(gradient));
		}
	}
	return cpu_seconds() - begun;
}

static int measure(struct trainer *trainer)
{
	const struct trainer_data data = {.fill = fill, .n = SAMPLES};
	struct trainer_score score;
	double begun, seconds, plain;
	int r = 0;

	plain = time_plain();
	begun = cpu_seconds();
	for (unsigned epoch = 0; r == 0 && epoch < EPOCHS_TIMED; epoch++)
		r = trainer_epoch(trainer, &data, &score);
	seconds = cpu_seconds() - begun;
	printf("train.us_per_sample %.2f\n", seconds * 1e6 / (EPOCHS_TIMED * SAMPLES));
	printf("train.seconds_of_150_epochs %.1f\n", seconds / (EPOCHS_TIMED * SAMPLES) * WHOLE);
	printf("train.times_sample_by_sample %.2f\n", seconds / plain);
	printf("train.memory_kib %zu\n", trainer_memory_bytes(trainer) / 1024);
	return r;
}

int main(int argc, char **argv)
{
	struct trainer *trainer = NULL;
	struct graph *graph = NULL;
	struct random random = {1};
	struct frame blank = {.cols = 8, .rows = 8};
	int r = open_trainer(&graph, &trainer);

	for (unsigned i = 0; i < FRAMES; i++)
		negative_make(NEGATIVE_FOREARM, &blank, &blank, &random, &frames[i]);
	if (r == 0)
		r = argc == 3 && !strcmp(argv[1], "count") ? count(trainer, argv[2]) : measure(trainer);
	trainer_close(trainer);
	graph_free(graph);
	return r < 0;
}
