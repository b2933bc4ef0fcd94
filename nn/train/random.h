/* SPDX-License-Identifier: Apache-2.0 */
/* random.h - SplitMix64: the same numbers everywhere, so that a training can be repeated bit by bit. */
#ifndef NN_TRAIN_RANDOM_H
#define NN_TRAIN_RANDOM_H

#include <stdint.h>

struct random {
	uint64_t state;
};

static inline uint64_t random_bits(struct random *random)
{
	uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* Numbers for one thing among many (a sample of an epoch), independent of the order in which they are drawn. */
static inline struct random random_of(uint64_t seed, uint32_t epoch, uint32_t i)
{
	struct random random = {seed};

	random.state = random_bits(&random) ^ ((uint64_t)epoch << 32 | i);
	random.state = random_bits(&random);
	return random;
}

/* low <= x < high */
static inline float random_between(struct random *random, float low, float high)
{
	return low + (high - low) * ((float)(random_bits(random) >> 40) * 0x1p-24f);
}

/* 0..n-1 */
static inline uint32_t random_below(struct random *random, uint32_t n)
{
	return (uint32_t)((random_bits(random) >> 32) * n >> 32);
}

#endif
