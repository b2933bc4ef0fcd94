/* SPDX-License-Identifier: Apache-2.0 */
/* crew.h - threads that share out numbered jobs; the caller is one of them. */
#ifndef NN_TRAIN_CREW_H
#define NN_TRAIN_CREW_H

#include <stdint.h>

struct crew;

/* job: 0..n-1, worker: 0..threads-1; which worker gets which job is chance. */
typedef void crew_work(void *context, uint32_t job, unsigned worker);

/* NULL: out of memory, or no thread can be made. threads: at least 1. */
struct crew *crew_start(unsigned threads);
struct crew *crew_stop(struct crew *crew);
/* Returns when all jobs are done. */
void crew_run(struct crew *crew, crew_work *work, void *context, uint32_t jobs);
unsigned crew_threads(const struct crew *crew);

#endif
