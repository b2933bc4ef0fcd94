/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trainer-state.c - all that is needed to go on, as bytes: a header, then floats: weights and running statistics, the
 * same of the snapshot, what the optimiser keeps of each weight. Little-endian, like model files.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/runtime/crc32.h"
#include "nn/runtime/sha256.h"
#include "nn/train/trainer-parts.h"

#define STATE_MAGIC "PNNTRAIN"

enum {
	STATE_VERSION = 1,
};

struct state { /* 136 bytes */
	char magic[8];
	uint32_t version;
	uint32_t crc32; /* of everything behind it */
	uint64_t floats;
	uint8_t of[32]; /* SHA-256 of what must be alike: graph and options */
	uint64_t steps_done;
	double first_share, second_share;
	double best, plateau_best;
	int32_t best_epoch;
	int32_t plateau_since;
	float plateau_factor;
	uint32_t stale;
	uint32_t epochs_done;
	float rate;
	uint32_t has_snapshot;
	uint32_t slots;
};

_Static_assert(sizeof(struct state) == 128, "no holes, the same everywhere");

static void hash(struct nn_sha256 *sha, const void *bytes, size_t n)
{
	nn_sha256_add(sha, bytes, n);
}

/* What the training is of. Epochs, patience, threads may be others than before. */
static void identify(const struct trainer *t, uint8_t ret_identity[32])
{
	const struct trainer_options *o = &t->options;
	const struct trainer_schedule *s = &o->schedule;
	const struct program *p = t->program;
	const float floats[] = {o->rate,	  o->momentum,	 o->beta1,  o->beta2, o->epsilon, o->decay,
				o->clip,	  s->lowest,	 s->factor, s->rise,  s->delta,	  o->smoothing,
				o->norm_momentum, o->stop_delta, s->first,  s->fall,  s->power,	  s->fade};
	const uint32_t numbers[] = {(uint32_t)o->optimiser,
				    (uint32_t)o->loss,
				    o->nesterov,
				    (uint32_t)s->kind,
				    s->warm_up,
				    s->epochs,
				    (uint32_t)s->monitor,
				    o->batch,
				    (uint32_t)o->stop_monitor,
				    o->fixed_norms,
				    o->dropout_count,
				    p->parameter_count,
				    p->step_count,
				    p->norm_count,
				    t->class_weights != NULL,
				    s->cooldown,
				    s->climb,
				    s->hold,
				    s->over,
				    s->stretch,
				    s->pieces};
	struct nn_sha256 sha;

	nn_sha256_start(&sha);
	hash(&sha, floats, sizeof(floats));
	hash(&sha, numbers, sizeof(numbers));
	hash(&sha, s->ends, sizeof(s->ends));
	hash(&sha, s->rates, sizeof(s->rates));
	hash(&sha, &o->seed, sizeof(o->seed));
	for (unsigned i = 0; i < p->parameter_count; i++) {
		const struct parameter *parameter = &p->parameters[i];
		const uint32_t place[] = {parameter->tensor, parameter->frozen, parameter->n};

		hash(&sha, place, sizeof(place));
		hash(&sha, t->graph->tensors[parameter->tensor].shape, sizeof(t->graph->tensors[0].shape));
	}
	for (unsigned i = 0; i < o->dropout_count; i++) {
		const uint32_t tensor = o->dropouts[i].tensor;

		hash(&sha, &tensor, sizeof(tensor));
		hash(&sha, &o->dropouts[i].share, sizeof(o->dropouts[i].share));
	}
	if (t->class_weights)
		hash(&sha, t->class_weights, trainer_outputs(t) * sizeof(float));
	nn_sha256_end(&sha, ret_identity);
}

static unsigned slots_of(const struct trainer *t)
{
	return t->options.optimiser == TRAINER_LBFGS ? 0 : t->optimiser.kind->slots;
}

static size_t floats_of(const struct trainer *t)
{
	return 2 * trainer_state_floats(t) + slots_of(t) * t->program->trained;
}

static uint32_t check_sum(const uint8_t *bytes, size_t size)
{
	const size_t from = offsetof(struct state, floats);

	return nn_crc32(bytes + from, size - from);
}

int trainer_save(const struct trainer *t, void **ret_bytes, size_t *ret_size)
{
	size_t state_bytes = trainer_state_floats(t) * sizeof(float), slot_bytes = t->program->trained * sizeof(float);
	size_t size = sizeof(struct state) + floats_of(t) * sizeof(float);
	uint8_t *bytes = calloc(1, size), *at;
	struct state state = {
		.magic = STATE_MAGIC,
		.version = STATE_VERSION,
		.floats = floats_of(t),
		.steps_done = t->steps_done,
		.first_share = t->optimiser.first_share,
		.second_share = t->optimiser.second_share,
		.best = t->progress.best,
		.plateau_best = t->progress.plateau_best,
		.best_epoch = t->progress.best_epoch,
		.plateau_since = t->progress.plateau_since,
		.plateau_factor = t->progress.plateau_factor,
		.stale = t->progress.stale,
		.epochs_done = t->epochs_done,
		.rate = t->rate,
		.has_snapshot = t->has_snapshot,
		.slots = slots_of(t),
	};

	if (!bytes)
		return -ENOMEM;
	identify(t, state.of);
	at = bytes + sizeof(state);
	memcpy(bytes, &state, sizeof(state));
	memcpy(at, t->weights, state_bytes);
	memcpy(at + state_bytes, t->snapshot, state_bytes);
	for (unsigned i = 0; i < slots_of(t); i++)
		memcpy(at + 2 * state_bytes + i * slot_bytes, t->optimiser.slots[i], slot_bytes);
	state.crc32 = check_sum(bytes, size);
	memcpy(bytes, &state, sizeof(state));
	*ret_bytes = bytes;
	*ret_size = size;
	return 0;
}

static int check(const struct trainer *t, const void *bytes, size_t size, struct state *ret_state, char *reason)
{
	uint8_t identity[32];

	snprintf(reason, GRAPH_REASON, "no state of a training, or damaged");
	if (size < sizeof(*ret_state))
		return -EBADMSG;
	memcpy(ret_state, bytes, sizeof(*ret_state));
	if (memcmp(ret_state->magic, STATE_MAGIC, sizeof(ret_state->magic)) || ret_state->version != STATE_VERSION ||
	    ret_state->crc32 != check_sum(bytes, size))
		return -EBADMSG;
	identify(t, identity);
	if (memcmp(identity, ret_state->of, sizeof(identity)) || ret_state->floats != floats_of(t) ||
	    ret_state->slots != slots_of(t)) {
		snprintf(reason, GRAPH_REASON, "the state is of a training of another network or with other options");
		return -EINVAL;
	}
	return size == sizeof(*ret_state) + floats_of(t) * sizeof(float) ? 0 : -EBADMSG;
}

int trainer_load(struct trainer *t, const void *bytes, size_t size, char *reason)
{
	size_t state_bytes = trainer_state_floats(t) * sizeof(float), slot_bytes = t->program->trained * sizeof(float);
	const uint8_t *at = (const uint8_t *)bytes + sizeof(struct state);
	struct state state;
	int r = check(t, bytes, size, &state, reason);

	if (r < 0)
		return r;
	memcpy(t->weights, at, state_bytes);
	memcpy(t->snapshot, at + state_bytes, state_bytes);
	for (unsigned i = 0; i < slots_of(t); i++)
		memcpy(t->optimiser.slots[i], at + 2 * state_bytes + i * slot_bytes, slot_bytes);
	t->steps_done = state.steps_done;
	t->optimiser.first_share = state.first_share;
	t->optimiser.second_share = state.second_share;
	t->progress = (struct progress){.best = state.best,
					.plateau_best = state.plateau_best,
					.best_epoch = state.best_epoch,
					.plateau_since = state.plateau_since,
					.plateau_factor = state.plateau_factor,
					.stale = state.stale};
	t->epochs_done = state.epochs_done;
	t->rate = state.rate;
	t->has_snapshot = state.has_snapshot;
	return 0;
}
