/* SPDX-License-Identifier: Apache-2.0 */
/* frozen-layers.h - which layers stay as they are, in the words of ST's configuration: "(0:-1)", "(8, 110:121, -1)". */
#ifndef NN_TRAIN_FROZEN_LAYERS_H
#define NN_TRAIN_FROZEN_LAYERS_H

#include <stdbool.h>

enum {
	FROZEN_REASON = 160,
};

/*
 * ret_frozen[n]: Python's indices and ranges into the list of layers; negative ones count from the end, ends of ranges
 * are outside and may lie beyond. "" and "None" is no layer. -EINVAL, with ret_reason (FROZEN_REASON bytes).
 */
int frozen_layers_parse(const char *text, unsigned n, bool *ret_frozen, char *ret_reason);
/* Whether it can be read, for any number of layers. */
int frozen_layers_check(const char *text, char *ret_reason);

#endif
