/* SPDX-License-Identifier: Apache-2.0 */
/* trainer.c - opening and closing, and passes over all samples. */
#include "nn/train/trainer.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nn/train/random.h"
#include "nn/train/trainer-parts.h"

const struct trainer_options trainer_defaults = {
	.optimiser = TRAINER_ADAM,
	.loss = TRAINER_CROSS_ENTROPY,
	.rate = 1e-3f,
	.momentum = 0.9f,
	.beta1 = 0.9f,
	.beta2 = 0.999f,
	.epsilon = 1e-8f,
	.history = 10,
	.schedule = {.kind = TRAINER_CONSTANT, .factor = 0.1f, .rise = 0.3f, .epochs = 10, .stretch = 2, .fade = 1},
	.batch = 64,
	.epochs = 100,
	.stop_baseline = -1,
	.norm_momentum = 0.9f,
	.seed = 1,
};

void *trainer_allocate(struct trainer *trainer, size_t n, size_t size)
{
	void *memory = NULL;
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes) || bytes > SIZE_MAX / 4 ||
	    posix_memalign(&memory, 64, bytes ? bytes : 1))
		return NULL;
	memset(memory, 0, bytes);
	trainer->memory_bytes += bytes;
	return memory;
}

static bool is_share(float x)
{
	return x >= 0 && x < 1;
}

static bool is_positive(float x)
{
	return x >= 0 && x < 1e30f;
}

/* What is wrong with them, or NULL. */
static const char *find_fault(const struct trainer_options *o)
{
	if (!is_positive(o->rate) || (o->rate == 0 && o->optimiser != TRAINER_LBFGS))
		return "the rate must be above 0";
	if (!is_share(o->momentum) || !is_share(o->beta1) || !is_share(o->beta2) || !is_share(o->norm_momentum))
		return "momentum, beta1, beta2 and norm_momentum must be 0 or more and below 1";
	if (!(o->epsilon > 0) || !is_positive(o->decay) || !is_positive(o->clip))
		return "epsilon must be above 0; decay and clip 0 or more";
	if (!is_share(o->smoothing))
		return "label smoothing must be 0 or more and below 1";
	if (!o->batch || o->batch > TRAINER_BATCH_MAX)
		return "the batch must be 1 to 1048576";
	if (o->threads > TRAINER_THREADS_MAX)
		return "threads must be 0 (one for each core) to 16";
	if (o->dropout_count > TRAINER_DROPOUTS_MAX)
		return "too many dropouts (64 at most)";
	if (o->fixed_count > TRAINER_FIXED_MAX)
		return "too many constants are fixed (64 at most)";
	for (unsigned i = 0; i < o->dropout_count; i++)
		if (!is_share(o->dropouts[i].share))
			return "a dropout's share must be 0 or more and below 1";
	if (o->optimiser == TRAINER_LBFGS && !trainer_has_lbfgs())
		return "L-BFGS is not there: this was built without liblbfgs";
	if (o->optimiser == TRAINER_LBFGS && (!o->history || o->history > 1000))
		return "L-BFGS needs a history of 1 to 1000 pairs";
	return schedule_find_fault(&o->schedule);
}

static unsigned threads_of(const struct trainer_options *options)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (options->threads)
		return options->threads;
	return cores < 1 ? 1 : cores > TRAINER_THREADS_MAX ? TRAINER_THREADS_MAX : (unsigned)cores;
}

static int allocate(struct trainer *t)
{
	const struct program *p = t->program;
	size_t largest = 0, state = trainer_state_floats(t) * sizeof(float);
	unsigned workers = crew_threads(t->crew);

	for (unsigned i = 0; i < p->buffer_count; i++)
		largest = p->buffers[i].elements > largest ? p->buffers[i].elements : largest;
	t->scratch_floats = largest * TRAIN_LANES;
	t->row_floats = trainer_inputs(t) + trainer_outputs(t);
	t->weights = trainer_allocate(t, 1, state);
	t->snapshot = trainer_allocate(t, 1, state);
	t->gradient = trainer_allocate(t, TRAINER_SHARES, p->trained * sizeof(float));
	t->batch = trainer_allocate(t, p->batch_n, sizeof(float));
	t->sums = trainer_allocate(t, TRAINER_SHARES, p->sums_n * sizeof(double));
	t->scratch = trainer_allocate(t, workers, t->scratch_floats * sizeof(float));
	t->rows = trainer_allocate(t, workers, t->row_floats * sizeof(float));
	if (!t->weights || !t->snapshot || !t->gradient || !t->batch || !t->sums || !t->scratch || !t->rows)
		return -ENOMEM;
	t->statistics = t->weights + p->weights_n;
	if (t->options.class_weights) {
		t->class_weights = trainer_allocate(t, trainer_outputs(t), sizeof(float));
		if (!t->class_weights)
			return -ENOMEM;
		memcpy(t->class_weights, t->options.class_weights, trainer_outputs(t) * sizeof(float));
	}
	t->optimiser = (struct optimiser){
		.kind = optimiser_find(t->options.optimiser), .n = p->trained, .first_share = 1, .second_share = 1};
	for (unsigned i = 0; t->options.optimiser != TRAINER_LBFGS && i < t->optimiser.kind->slots; i++) {
		t->optimiser.slots[i] = trainer_allocate(t, p->trained, sizeof(float));
		if (!t->optimiser.slots[i])
			return -ENOMEM;
	}
	return 0;
}

static int open_parts(struct trainer *t, struct graph *graph, char *reason)
{
	const char *fault = find_fault(&t->options);
	int r;

	if (fault) {
		snprintf(reason, GRAPH_REASON, "%s", fault);
		return -EINVAL;
	}
	r = program_open(graph, &t->options, &t->program, reason);
	if (r < 0)
		return r;
	snprintf(reason, GRAPH_REASON, "out of memory");
	t->graph = graph;
	t->memory_bytes += sizeof(*t) + sizeof(*t->program) + t->program->constants_floats * sizeof(float);
	t->kernels = t->options.plain ? train_kernels_plain() : train_kernels_best();
	t->crew = crew_start(threads_of(&t->options));
	r = t->crew ? allocate(t) : -ENOMEM;
	if (r < 0)
		return r;
	program_read(t->program, t->weights, t->statistics);
	t->options.class_weights = NULL; /* copied, or done with */
	t->options.frozen = NULL;
	t->progress = (struct progress){.best_epoch = -1, .plateau_factor = 1};
	return 0;
}

int trainer_open(struct graph *graph, const struct trainer_options *options, struct trainer **ret_trainer, char *reason)
{
	struct trainer *t = calloc(1, sizeof(*t));
	int r = -ENOMEM;

	snprintf(reason, GRAPH_REASON, "out of memory");
	if (t) {
		t->options = *options;
		r = open_parts(t, graph, reason);
	}
	if (r < 0)
		trainer_close(t);
	else
		*ret_trainer = t;
	return r;
}

struct trainer *trainer_close(struct trainer *t)
{
	if (!t)
		return NULL;
	crew_stop(t->crew);
	program_close(t->program);
	for (unsigned i = 0; i < OPTIMISER_SLOTS_MAX; i++)
		free(t->optimiser.slots[i]);
	free(t->weights);
	free(t->snapshot);
	free(t->gradient);
	free(t->batch);
	free(t->sums);
	free(t->slots);
	free(t->targets);
	free(t->scratch);
	free(t->rows);
	free(t->class_weights);
	free(t->order);
	free(t);
	return NULL;
}

/* --- passes over all samples ----------------------------------------------------------------------------------- */

static bool is_stopped(const struct trainer *t)
{
	return t->options.stop && *t->options.stop;
}

/* The same order for the same seed and epoch. -ENOMEM. */
static int shuffle(struct trainer *t, uint32_t n)
{
	struct random random = random_of(t->options.seed, t->epochs_done, UINT32_MAX);

	if (t->order_n != n) {
		free(t->order);
		t->memory_bytes -= t->order_n * sizeof(*t->order);
		t->order_n = 0;
		t->order = trainer_allocate(t, n, sizeof(*t->order));
		if (!t->order)
			return -ENOMEM;
		t->order_n = n;
	}
	for (uint32_t i = 0; i < n; i++) {
		uint32_t other = random_below(&random, i + 1);

		t->order[i] = t->order[other];
		t->order[other] = i;
	}
	return 0;
}

static struct trainer_score mean_score(double loss, uint64_t right, uint32_t n)
{
	return (struct trainer_score){.loss = loss / n, .accuracy = (double)right / n, .n = n};
}

int trainer_epoch(struct trainer *t, const struct trainer_data *data, struct trainer_score *ret_score)
{
	struct batch batch = {.trainer = t, .data = data, .epoch = t->epochs_done, .training = true};
	double loss = 0;
	uint64_t right = 0;
	int r;

	if (!data->n || t->options.optimiser == TRAINER_LBFGS)
		return -EINVAL;
	r = shuffle(t, data->n);
	batch.order = t->order;
	for (; r == 0 && batch.first < data->n; batch.first += t->options.batch) {
		if (is_stopped(t))
			return -ECANCELED;
		batch.n = data->n - batch.first < t->options.batch ? data->n - batch.first : t->options.batch;
		r = batch_run(&batch, &loss, &right);
		if (r == 0 && !isfinite(loss))
			r = -ERANGE;
		if (r < 0)
			break;
		t->rate = schedule_rate(t);
		optimiser_step(&t->optimiser, &t->options, t->rate, t->weights, t->gradient);
		t->steps_done++;
	}
	if (r < 0)
		return r;
	t->epochs_done++;
	*ret_score = mean_score(loss, right, data->n);
	return 0;
}

static int look(struct trainer *t, const struct trainer_data *data, float *outputs, struct trainer_score *ret_score)
{
	const uint32_t at_once = TRAINER_SHARES * TRAIN_LANES * 4;
	struct batch batch = {.trainer = t, .data = data, .outputs = outputs};
	double loss = 0;
	uint64_t right = 0;

	if (!data->n)
		return -EINVAL;
	for (; batch.first < data->n; batch.first += at_once) {
		int r;

		if (is_stopped(t))
			return -ECANCELED;
		batch.n = data->n - batch.first < at_once ? data->n - batch.first : at_once;
		r = batch_run(&batch, &loss, &right);
		if (r < 0)
			return r;
	}
	*ret_score = mean_score(loss, right, data->n);
	return 0;
}

int trainer_evaluate(struct trainer *t, const struct trainer_data *data, struct trainer_score *ret_score)
{
	return look(t, data, NULL, ret_score);
}

int trainer_predict(struct trainer *t, const struct trainer_data *data, float *ret_outputs)
{
	struct trainer_score score;

	return look(t, data, ret_outputs, &score);
}

/* --- what else there is to know -------------------------------------------------------------------------------- */

void trainer_publish(struct trainer *t)
{
	program_write(t->program, t->weights, t->statistics);
}

void trainer_snapshot(struct trainer *t)
{
	memcpy(t->snapshot, t->weights, trainer_state_floats(t) * sizeof(float));
	t->has_snapshot = true;
}

bool trainer_restore(struct trainer *t)
{
	if (t->has_snapshot)
		memcpy(t->weights, t->snapshot, trainer_state_floats(t) * sizeof(float));
	return t->has_snapshot;
}

uint32_t trainer_epochs_done(const struct trainer *t)
{
	return t->epochs_done;
}

int32_t trainer_best_epoch(const struct trainer *t, double *ret_value)
{
	if (t->progress.best_epoch >= 0)
		*ret_value = trainer_monitor_is_loss(t->options.stop_monitor) ? -t->progress.best : t->progress.best;
	return t->progress.best_epoch;
}

uint32_t trainer_inputs(const struct trainer *t)
{
	return t->program->buffers[t->program->input].elements;
}

uint32_t trainer_outputs(const struct trainer *t)
{
	return t->program->buffers[t->program->output].elements;
}

uint32_t trainer_parameters(const struct trainer *t)
{
	return (uint32_t)t->program->trained;
}

size_t trainer_memory_bytes(const struct trainer *t)
{
	return t->memory_bytes;
}
