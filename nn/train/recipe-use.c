/* SPDX-License-Identifier: Apache-2.0 */
/* recipe-use.c - what the preprocessing and the trainer make of a recipe. */
#include "nn/train/recipe.h"

struct nn_preprocess recipe_preprocess(const struct recipe *recipe)
{
	struct nn_preprocess p = {
		.representation = (uint32_t)recipe->form.representation,
		.flags = recipe->form.centre ? NN_PREPROCESS_CENTRE : 0,
		.min_mm = recipe->form.nearest_mm,
		.max_mm = recipe->form.farthest_mm,
		.background_mm = recipe->form.background_mm,
		.default_mm = 4000,
	};

	if (recipe->preprocess.representation)
		return recipe->preprocess;
	if (p.representation == NN_REPRESENTATION_ST) {
		p.distance_offset = 295;
		p.distance_scale = 196;
		p.signal_offset = 281;
		p.signal_scale = 452;
	} else {
		p.distance_offset = -0.8f;
		p.distance_scale = 2;
		p.signal_scale = 1;
		p.background_distance = -1.3f;
	}
	return p;
}

void recipe_options(const struct recipe *recipe, struct trainer_options *ret_options)
{
	struct trainer_options options = trainer_defaults;

	options.optimiser = (enum trainer_optimiser)recipe->optimiser;
	options.rate = recipe->rate;
	options.momentum = recipe->momentum;
	options.nesterov = recipe->nesterov;
	options.beta1 = recipe->beta1;
	options.beta2 = recipe->beta2;
	options.epsilon = recipe->epsilon;
	options.decay = recipe->decay;
	options.clip = recipe->clip;
	options.history = recipe->history;
	options.schedule = (struct trainer_schedule){
		.kind = (enum trainer_schedule_kind)recipe->schedule,
		.warm_up = recipe->warm_up,
		.factor = recipe->factor,
		.lowest = recipe->lowest,
		.rise = recipe->rise,
		.delta = recipe->delta,
		.epochs = recipe->every,
		.cooldown = recipe->cooldown,
		.climb = recipe->climb,
		.hold = recipe->hold,
		.over = recipe->over,
		.first = recipe->first,
		.fall = recipe->fall,
		.power = recipe->power,
		.stretch = recipe->stretch,
		.fade = recipe->fade,
		.pieces = recipe->rates.n,
		.monitor = (enum trainer_monitor)recipe->monitor,
	};
	for (unsigned i = 0; i < recipe->rates.n; i++) {
		options.schedule.rates[i] = recipe->rates.list[i];
		options.schedule.ends[i] = i < recipe->boundaries.n ? (uint32_t)recipe->boundaries.list[i] : UINT32_MAX;
	}
	options.batch = recipe->batch;
	options.epochs = recipe->epochs;
	options.patience = recipe->patience;
	options.stop_monitor = (enum trainer_monitor)recipe->stop_monitor;
	options.stop_delta = recipe->stop_delta;
	options.stop_baseline = recipe->stop_baseline;
	options.stop_from = recipe->stop_from;
	options.keep_best = recipe->keep_best;
	options.smoothing = recipe->smoothing;
	options.seed = recipe->seed;
	options.threads = recipe->threads;
	options.plain = !recipe->vectors;
	*ret_options = options;
}
