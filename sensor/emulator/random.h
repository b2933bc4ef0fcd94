/* SPDX-License-Identifier: Apache-2.0 */
/* random.h - a small pseudo-random generator (splitmix64, public domain by S. Vigna): the same seed, the same scene. */
#ifndef SENSOR_EMULATOR_RANDOM_H
#define SENSOR_EMULATOR_RANDOM_H

#include <stdint.h>

struct random {
	uint64_t state;
};

static inline uint64_t random_word(struct random *random)
{
	uint64_t z = random->state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* 0 <= value < 1 */
static inline float random_unit(struct random *random)
{
	return (float)(random_word(random) >> 40) * (1.0f / 16777216.0f);
}

static inline float random_between(struct random *random, float low, float high)
{
	return low + (high - low) * random_unit(random);
}

/* Mean 0, deviation 1, within +-3.5: the sum of four even ones is close enough to a bell. */
static inline float random_bell(struct random *random)
{
	float sum = 0;

	for (int i = 0; i < 4; i++)
		sum += random_unit(random);
	return (sum - 2.0f) * 1.7320508f;
}

#endif
