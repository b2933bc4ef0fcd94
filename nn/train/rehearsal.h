/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rehearsal.h - what a trained network is reminded of while it learns something new, when the samples that it learnt from
 * are not there: inputs that it labels itself. A part are strong changes of the new recordings, a part made-up things that
 * are no posture, and a part are shapes that were changed, zone by zone, until the network was sure of one class each.
 */
#ifndef NN_TRAIN_REHEARSAL_H
#define NN_TRAIN_REHEARSAL_H

#include "nn/model-file.h"
#include "nn/train/lesson.h"

/* n samples in the classes of lesson->material. -ENOMEM, -EOPNOTSUPP. rehearsal_clear() it. */
int rehearsal_make(const struct lesson *lesson, const struct model_file *teacher, uint32_t n, uint64_t seed,
		   struct lesson_rehearsal *ret_rehearsal);
void rehearsal_clear(struct lesson_rehearsal *rehearsal);

#endif
