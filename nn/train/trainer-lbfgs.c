/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trainer-lbfgs.c - L-BFGS over all samples at once, by liblbfgs. The samples are those of epoch 0 throughout, holes of
 * dropouts too: the function must not change while it is searched.
 */
#include <errno.h>
#include <math.h>

#include "nn/train/trainer-parts.h"

#ifdef HAVE_LBFGS
#include <lbfgs.h>

struct search {
	struct trainer *trainer;
	const struct trainer_data *data;
	lbfgs_on_iteration *on_iteration;
	void *context;
	uint64_t right;
	int r;
};

static void take_weights(struct search *search, const lbfgsfloatval_t *x)
{
	for (size_t i = 0; i < search->trainer->program->trained; i++)
		search->trainer->weights[i] = (float)x[i];
}

static lbfgsfloatval_t evaluate(void *instance, const lbfgsfloatval_t *x, lbfgsfloatval_t *ret_slopes, const int n,
				const lbfgsfloatval_t step)
{
	struct search *search = instance;
	struct trainer *t = search->trainer;
	struct batch batch = {.trainer = t, .data = search->data, .n = search->data->n, .training = true};
	double loss = 0, decay = (double)t->options.decay;

	(void)step;
	take_weights(search, x);
	search->right = 0;
	if (search->r == 0)
		search->r = batch_run(&batch, &loss, &search->right);
	loss /= search->data->n;
	for (int i = 0; i < n; i++) {
		ret_slopes[i] = (double)t->gradient[i] + decay * x[i];
		loss += decay / 2 * x[i] * x[i];
	}
	return loss;
}

static int progress(void *instance, const lbfgsfloatval_t *x, const lbfgsfloatval_t *slopes, const lbfgsfloatval_t loss,
		    const lbfgsfloatval_t x_length, const lbfgsfloatval_t slopes_length, const lbfgsfloatval_t step,
		    int n, int k, int evaluations)
{
	struct search *search = instance;

	(void)slopes;
	(void)x_length;
	(void)slopes_length;
	(void)n;
	(void)k;
	(void)evaluations;
	take_weights(search, x);
	search->trainer->rate = (float)step;
	if (search->r < 0)
		return 1;
	if (search->trainer->options.stop && *search->trainer->options.stop) {
		search->r = -ECANCELED;
		return 1;
	}
	return !search->on_iteration(search->context, loss, search->right);
}

bool trainer_has_lbfgs(void)
{
	return true;
}

int lbfgs_run(struct trainer *t, const struct trainer_data *data, lbfgs_on_iteration *on_iteration, void *context)
{
	struct search search = {.trainer = t, .data = data, .on_iteration = on_iteration, .context = context};
	int n = (int)t->program->trained, result;
	lbfgsfloatval_t *x = lbfgs_malloc(n);
	lbfgs_parameter_t parameters;

	if (!x)
		return -ENOMEM;
	lbfgs_parameter_init(&parameters);
	parameters.m = (int)t->options.history;
	parameters.max_iterations = (int)(t->options.epochs - t->epochs_done);
	parameters.epsilon = 1e-7;
	for (int i = 0; i < n; i++)
		x[i] = (double)t->weights[i];
	result = lbfgs(n, x, NULL, evaluate, progress, &search, &parameters);
	/* It ends where no step helps any more (floats have no finer ones), at the limit, or because it was told to. */
	if (search.r == 0)
		take_weights(&search, x);
	lbfgs_free(x);
	return search.r ? search.r : result == LBFGSERR_OUTOFMEMORY ? -ENOMEM : 0;
}

#else

bool trainer_has_lbfgs(void)
{
	return false;
}

int lbfgs_run(struct trainer *t, const struct trainer_data *data, lbfgs_on_iteration *on_iteration, void *context)
{
	(void)t;
	(void)data;
	(void)on_iteration;
	(void)context;
	return -EOPNOTSUPP;
}

#endif
