/* SPDX-License-Identifier: Apache-2.0 */
/* split.h - which samples are kept apart, so that nothing of what is measured has been trained on. */
#ifndef NN_TRAIN_SPLIT_H
#define NN_TRAIN_SPLIT_H

#include "nn/train/material.h"

/* The unit (user, recording, file or sample) that a sample belongs to: 0..n-1, n units. -ENOMEM. */
int split_units(const struct material *material, int split, uint32_t *ret_units, uint32_t *ret_n);
/* What a unit is called, for tables. */
void split_name(const struct material *material, int split, uint32_t sample, char *ret_name, size_t size);

/*
 * Marks about `share` of the samples in ret_apart[n], whole units only, and never the last unit of a class. Returns how
 * many samples, or -ENOMEM.
 */
int split_choose(const struct material *material, int split, float share, uint64_t seed, bool *ret_apart);

#endif
