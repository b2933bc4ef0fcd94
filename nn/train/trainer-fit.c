/* SPDX-License-Identifier: Apache-2.0 */
/* trainer-fit.c - epoch after epoch: what is best, when to lower the rate, when it is enough. */
#include <errno.h>
#include <time.h>

#include "nn/train/trainer-parts.h"

/* One training from its callers' view. */
struct fit {
	struct trainer *trainer;
	const struct trainer_data *training, *validation;
	trainer_on_epoch *on_epoch;
	void *context;
	struct timespec begun;
	int r;
};

static double seconds_since(const struct timespec *then)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - then->tv_sec) + (double)(now.tv_nsec - then->tv_nsec) * 1e-9;
}

/* Higher is better. */
static double monitored(enum trainer_monitor monitor, const struct trainer_record *record)
{
	bool validation = monitor == TRAINER_VALIDATION_LOSS || monitor == TRAINER_VALIDATION_ACCURACY;
	const struct trainer_score *score = validation && record->validated ? &record->validation : &record->training;

	return trainer_monitor_is_loss(monitor) ? -score->loss : score->accuracy;
}

static void watch_plateau(struct trainer *t, const struct trainer_record *record, bool first)
{
	const struct trainer_schedule *s = &t->options.schedule;
	struct progress *progress = &t->progress;
	double value = monitored(s->monitor, record);

	if (first || value > progress->plateau_best + (double)s->delta) {
		progress->plateau_best = value;
		progress->plateau_since = progress->plateau_since < 0 ? progress->plateau_since + 1 : 0;
	} else if (++progress->plateau_since >= (int32_t)s->epochs) {
		progress->plateau_factor *= s->factor;
		progress->plateau_since = s->cooldown ? 1 - (int32_t)s->cooldown : 0;
	}
}

static bool beats_baseline(const struct trainer_options *o, double value)
{
	double baseline = (double)o->stop_baseline;

	if (o->stop_baseline < 0)
		return true;
	return value > (trainer_monitor_is_loss(o->stop_monitor) ? -baseline : baseline) + (double)o->stop_delta;
}

static void watch_best(struct trainer *t, struct trainer_record *record)
{
	struct progress *progress = &t->progress;
	double value = monitored(t->options.stop_monitor, record);

	if (record->epoch < t->options.stop_from)
		return;
	record->best = progress->best_epoch < 0 || value > progress->best + (double)t->options.stop_delta;
	if (record->best) {
		progress->best = value;
		progress->best_epoch = (int32_t)record->epoch;
		trainer_snapshot(t);
	}
	progress->stale = record->best && beats_baseline(&t->options, value) ? 0 : progress->stale + 1;
}

/* Returns whether it goes on. */
static bool end_epoch(struct fit *fit, struct trainer_record *record)
{
	struct trainer *t = fit->trainer;

	if (fit->validation) {
		fit->r = trainer_evaluate(t, fit->validation, &record->validation);
		record->validated = fit->r == 0;
		if (fit->r < 0)
			return false;
	}
	watch_best(t, record);
	if (t->options.schedule.kind == TRAINER_PLATEAU)
		watch_plateau(t, record, record->epoch == 0);
	record->seconds = seconds_since(&fit->begun);
	clock_gettime(CLOCK_MONOTONIC, &fit->begun);
	if (fit->on_epoch && !fit->on_epoch(fit->context, t, record))
		return false;
	return !t->options.patience || record->best || t->progress.stale < t->options.patience;
}

static void fit_by_epochs(struct fit *fit)
{
	struct trainer *t = fit->trainer;
	uint32_t batches = (fit->training->n + t->options.batch - 1) / t->options.batch;
	bool more = true;

	t->steps_total = (uint64_t)batches * t->options.epochs;
	while (more && t->epochs_done < t->options.epochs) {
		struct trainer_record record = {.epoch = t->epochs_done};

		fit->r = trainer_epoch(t, fit->training, &record.training);
		record.rate = t->rate;
		more = fit->r == 0 && end_epoch(fit, &record);
	}
}

static bool end_iteration(void *context, double loss, uint64_t right)
{
	struct fit *fit = context;
	struct trainer *t = fit->trainer;
	struct trainer_record record = {.epoch = t->epochs_done++, .rate = t->rate};

	record.training = (struct trainer_score){
		.loss = loss, .accuracy = (double)right / fit->training->n, .n = fit->training->n};
	return end_epoch(fit, &record) && t->epochs_done < t->options.epochs;
}

int trainer_fit(struct trainer *t, const struct trainer_data *training, const struct trainer_data *validation,
		trainer_on_epoch *on_epoch, void *context)
{
	struct fit fit = {
		.trainer = t, .training = training, .validation = validation, .on_epoch = on_epoch, .context = context};

	if (!training->n)
		return -EINVAL;
	clock_gettime(CLOCK_MONOTONIC, &fit.begun);
	if (t->options.optimiser != TRAINER_LBFGS) {
		fit_by_epochs(&fit);
	} else if (t->epochs_done < t->options.epochs) {
		int r = lbfgs_run(t, training, end_iteration, &fit);

		fit.r = fit.r ? fit.r : r;
	}
	/* What an interruption leaves is half an epoch, nowhere near its schedule's end. */
	if (t->options.keep_best || fit.r == -ECANCELED)
		trainer_restore(t);
	trainer_publish(t);
	return fit.r;
}
