/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schedule.c - the learning rate of the next batch. Those of ST's model zoo count whole epochs; most count the epoch that
 * begins as done, so that they arrive in the last epoch and not behind it.
 */
#include "nn/train/maths.h"
#include "nn/train/trainer-parts.h"

static double highest(const struct trainer *trainer)
{
	return (double)trainer->options.rate;
}

static double lowest(const struct trainer *trainer)
{
	return (double)trainer->options.schedule.lowest;
}

/* Half a cosine from `from` to `to`, at 0..1 of the way. */
static double ease(double from, double to, double way)
{
	return to + (from - to) * (1 + train_cosine_of_half_turns(way < 1 ? way : 1)) / 2;
}

/* 0 <= x <= 1 */
static double to_power(double x, double exponent)
{
	return x > 0 ? train_exp(exponent * train_log(x)) : 0;
}

static double times(double rate, double factor, uint32_t n)
{
	while (n--)
		rate *= factor;
	return rate;
}

/* --- by batches ------------------------------------------------------------------------------------------------ */

/* 0..1 of all batches. */
static double steps_way(const struct trainer *trainer)
{
	return trainer->steps_total ? (double)trainer->steps_done / (double)trainer->steps_total : 0;
}

static double plateau(const struct trainer *trainer)
{
	return highest(trainer) * (double)trainer->progress.plateau_factor;
}

static double step(const struct trainer *trainer)
{
	const struct trainer_schedule *s = &trainer->options.schedule;

	return times(highest(trainer), (double)s->factor, trainer->epochs_done / s->epochs);
}

static double cosine(const struct trainer *trainer)
{
	return ease(highest(trainer), lowest(trainer), steps_way(trainer));
}

static double one_cycle(const struct trainer *trainer)
{
	double way = steps_way(trainer), rise = (double)trainer->options.schedule.rise;

	if (way < rise)
		return ease(highest(trainer) / 25, highest(trainer), way / rise);
	return ease(highest(trainer), lowest(trainer), rise < 1 ? (way - rise) / (1 - rise) : 1);
}

/* --- ST's, by epochs ------------------------------------------------------------------------------------------- */

static uint32_t epochs_over(const struct trainer *trainer)
{
	const struct trainer_schedule *s = &trainer->options.schedule;
	uint32_t before = s->climb + s->hold;

	if (s->over)
		return s->over;
	return trainer->options.epochs > before ? trainer->options.epochs - before : 1;
}

/* Epochs of the way down, this one included. */
static uint32_t epochs_down(const struct trainer *trainer)
{
	uint32_t hold = trainer->options.schedule.hold;

	return trainer->epochs_done >= hold ? trainer->epochs_done - hold + 1 : 0;
}

static double way_down(const struct trainer *trainer)
{
	uint32_t done = epochs_down(trainer), over = epochs_over(trainer);

	return done < over ? (double)done / over : 1;
}

static double linear_decay(const struct trainer *trainer)
{
	return highest(trainer) + (lowest(trainer) - highest(trainer)) * way_down(trainer);
}

static double exponential_decay(const struct trainer *trainer)
{
	return highest(trainer) * train_exp(-(double)trainer->options.schedule.fall * epochs_down(trainer));
}

static double step_decay(const struct trainer *trainer)
{
	const struct trainer_schedule *s = &trainer->options.schedule;

	return times(highest(trainer), (double)s->factor, (trainer->epochs_done + 1) / s->epochs);
}

static double cosine_decay(const struct trainer *trainer)
{
	return ease(highest(trainer), lowest(trainer), way_down(trainer));
}

/* The last epoch of the climb is at the top already, and the way down begins with an epoch there. */
static double warmup_cosine_decay(const struct trainer *trainer)
{
	const struct trainer_schedule *s = &trainer->options.schedule;
	double first = (double)s->first;
	uint32_t epoch = trainer->epochs_done;

	if (epoch + 1 < s->climb)
		return first + (highest(trainer) - first) * epoch / s->climb;
	if (epoch < s->climb + s->hold)
		return highest(trainer);
	return ease(highest(trainer), lowest(trainer), (double)(epoch - s->climb - s->hold) / epochs_over(trainer));
}

static double cosine_decay_restarts(const struct trainer *trainer)
{
	const struct trainer_schedule *s = &trainer->options.schedule;
	double height = highest(trainer) - lowest(trainer);
	uint64_t epoch = trainer->epochs_done, period = epochs_over(trainer);

	for (; epoch >= period; period *= s->stretch) {
		epoch -= period;
		height *= (double)s->fade;
	}
	return ease(lowest(trainer) + height, lowest(trainer), (double)epoch / (double)period);
}

static double polynomial(const struct trainer *trainer, double way, double usual)
{
	double power = (double)trainer->options.schedule.power;

	return lowest(trainer) + (highest(trainer) - lowest(trainer)) * to_power(1 - way, power > 0 ? power : usual);
}

static double polynomial_decay(const struct trainer *trainer)
{
	return polynomial(trainer, way_down(trainer), 0.5);
}

/* The way down gets longer by `over` whenever its end is reached. */
static double polynomial_decay_restarts(const struct trainer *trainer)
{
	uint64_t done = epochs_down(trainer), over = epochs_over(trainer);
	uint64_t rounds = done ? (done + over - 1) / over : 1;

	return polynomial(trainer, (double)done / (double)(rounds * over), 0.7);
}

static double piecewise_constant_decay(const struct trainer *trainer)
{
	const struct trainer_schedule *s = &trainer->options.schedule;
	unsigned i = 0;

	while (i + 1 < s->pieces && trainer->epochs_done >= s->ends[i])
		i++;
	return (double)s->rates[i];
}

/* --------------------------------------------------------------------------------------------------------------- */

static const struct {
	double (*rate)(const struct trainer *trainer);
	bool floored; /* it never gets below the lowest rate; the others end there */
} kinds[TRAINER_SCHEDULES] = {
	[TRAINER_CONSTANT] = {highest, true},
	[TRAINER_PLATEAU] = {plateau, true},
	[TRAINER_STEP] = {step, true},
	[TRAINER_COSINE] = {cosine, true},
	[TRAINER_ONE_CYCLE] = {one_cycle, true},
	[TRAINER_LR_LINEAR_DECAY] = {linear_decay, false},
	[TRAINER_LR_EXPONENTIAL_DECAY] = {exponential_decay, true},
	[TRAINER_LR_STEP_DECAY] = {step_decay, true},
	[TRAINER_LR_COSINE_DECAY] = {cosine_decay, false},
	[TRAINER_LR_WARMUP_COSINE_DECAY] = {warmup_cosine_decay, false},
	[TRAINER_LR_COSINE_DECAY_RESTARTS] = {cosine_decay_restarts, false},
	[TRAINER_LR_POLYNOMIAL_DECAY] = {polynomial_decay, false},
	[TRAINER_LR_POLYNOMIAL_DECAY_RESTARTS] = {polynomial_decay_restarts, false},
	[TRAINER_LR_PIECEWISE_CONSTANT_DECAY] = {piecewise_constant_decay, false},
};

float schedule_rate(const struct trainer *trainer)
{
	const struct trainer_schedule *s = &trainer->options.schedule;
	double rate = kinds[s->kind].rate(trainer);

	if (kinds[s->kind].floored && rate < (double)s->lowest)
		rate = (double)s->lowest;
	if (trainer->steps_done < s->warm_up)
		rate *= (double)(trainer->steps_done + 1) / s->warm_up;
	return (float)rate;
}

static bool is_positive(float x)
{
	return x >= 0 && x < 1e30f;
}

static const char *find_fault_of_pieces(const struct trainer_schedule *s)
{
	if (!s->pieces || s->pieces > TRAINER_PIECES_MAX)
		return "the schedule must have 1 to 32 pieces";
	for (unsigned i = 0; i < s->pieces; i++) {
		if (!is_positive(s->rates[i]))
			return "the rates of a schedule's pieces must be 0 or more";
		if (i && i + 1 < s->pieces && s->ends[i] <= s->ends[i - 1])
			return "each of a schedule's pieces must end later than the one before";
	}
	return NULL;
}

const char *schedule_find_fault(const struct trainer_schedule *s)
{
	if ((unsigned)s->kind >= TRAINER_SCHEDULES)
		return "there is no such schedule";
	if (!is_positive(s->lowest) || !is_positive(s->factor) || !(s->rise >= 0 && s->rise <= 1))
		return "the schedule's lowest rate and factor must be 0 or more, its rise 0 to 1";
	if (!is_positive(s->first) || !is_positive(s->fall) || !is_positive(s->power) || !is_positive(s->fade))
		return "the schedule's first rate, fall, power and fade must be 0 or more";
	if ((s->kind == TRAINER_STEP || s->kind == TRAINER_PLATEAU || s->kind == TRAINER_LR_STEP_DECAY) && !s->epochs)
		return "the schedule's epochs must be 1 or more";
	if (s->kind == TRAINER_LR_COSINE_DECAY_RESTARTS && !s->stretch)
		return "the schedule's stretch must be 1 or more";
	return s->kind == TRAINER_LR_PIECEWISE_CONSTANT_DECAY ? find_fault_of_pieces(s) : NULL;
}
