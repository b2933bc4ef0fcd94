/* SPDX-License-Identifier: Apache-2.0 */
/* new-head.h - a trained network for other classes than it was made for: its last dense layer is replaced. */
#ifndef NN_TRAIN_NEW_HEAD_H
#define NN_TRAIN_NEW_HEAD_H

#include "nn/graph/graph.h"
#include "nn/train/material.h"

/*
 * Classes of the same name keep their weights, new ones get random ones; nothing happens where the classes are the same, or
 * as many without names. -EINVAL and what is wrong in ret_reason (GRAPH_REASON bytes), -ENOMEM.
 */
int new_head_if_needed(struct graph *graph, const struct material *material, uint64_t seed, char *ret_reason);

#endif
