/* SPDX-License-Identifier: Apache-2.0 */
/* schedule.c - the learning rate of the next batch. */
#include "nn/train/maths.h"
#include "nn/train/trainer-parts.h"

/* Half a cosine from `from` to `to`, at 0..1 of the way. */
static double ease(double from, double to, double way)
{
	return to + (from - to) * (1 + train_cosine_of_half_turns(way < 1 ? way : 1)) / 2;
}

static double one_cycle(const struct trainer *trainer, double way)
{
	const struct trainer_schedule *s = &trainer->options.schedule;
	double highest = (double)trainer->options.rate, rise = (double)s->rise;

	if (way < rise)
		return ease(highest / 25, highest, way / rise);
	return ease(highest, (double)s->lowest, rise < 1 ? (way - rise) / (1 - rise) : 1);
}

float schedule_rate(const struct trainer *trainer)
{
	const struct trainer_schedule *s = &trainer->options.schedule;
	double way = trainer->steps_total ? (double)trainer->steps_done / (double)trainer->steps_total : 0;
	double rate = (double)trainer->options.rate;

	switch (s->kind) {
	case TRAINER_PLATEAU:
		rate *= (double)trainer->progress.plateau_factor;
		break;
	case TRAINER_STEP:
		for (uint32_t e = s->epochs; s->epochs && e <= trainer->epochs_done; e += s->epochs)
			rate *= (double)s->factor;
		break;
	case TRAINER_COSINE:
		rate = ease(rate, (double)s->lowest, way);
		break;
	case TRAINER_ONE_CYCLE:
		rate = one_cycle(trainer, way);
		break;
	default:
		break;
	}
	if (rate < (double)s->lowest)
		rate = (double)s->lowest;
	if (trainer->steps_done < s->warm_up)
		rate *= (double)(trainer->steps_done + 1) / s->warm_up;
	return (float)rate;
}
