/* SPDX-License-Identifier: Apache-2.0 */
/* crew.c - threads that wait for work under one lock. Jobs are long (a share of a batch), so one lock will do. */
#include "nn/train/crew.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

struct member {
	struct crew *crew;
	pthread_t thread;
	unsigned number;
};

struct crew {
	pthread_mutex_t lock;
	pthread_cond_t begun, done;
	crew_work *work;
	void *context;
	uint32_t next, jobs, running;
	bool over;
	unsigned threads;
	struct member *members; /* [threads]; the first is the caller */
};

/* Takes jobs until there is none left; the lock is held before and after. */
static void take_jobs(struct crew *crew, unsigned worker)
{
	while (crew->next < crew->jobs) {
		uint32_t job = crew->next++;

		crew->running++;
		pthread_mutex_unlock(&crew->lock);
		crew->work(crew->context, job, worker);
		pthread_mutex_lock(&crew->lock);
		crew->running--;
	}
}

static void *member_run(void *argument)
{
	struct member *member = argument;
	struct crew *crew = member->crew;

	pthread_mutex_lock(&crew->lock);
	while (!crew->over) {
		take_jobs(crew, member->number);
		if (!crew->running)
			pthread_cond_signal(&crew->done);
		pthread_cond_wait(&crew->begun, &crew->lock);
	}
	pthread_mutex_unlock(&crew->lock);
	return NULL;
}

/* Signals are the main thread's. */
static int start_thread(struct member *member)
{
	sigset_t all, old;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	r = pthread_create(&member->thread, NULL, member_run, member);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return r;
}

struct crew *crew_start(unsigned threads)
{
	struct crew *crew = calloc(1, sizeof(*crew));

	if (!crew)
		return NULL;
	pthread_mutex_init(&crew->lock, NULL);
	pthread_cond_init(&crew->begun, NULL);
	pthread_cond_init(&crew->done, NULL);
	crew->threads = 1;
	crew->members = calloc(threads, sizeof(*crew->members));
	if (!crew->members)
		return crew_stop(crew);
	for (unsigned i = 1; i < threads; i++) {
		crew->members[i] = (struct member){.crew = crew, .number = i};
		if (start_thread(&crew->members[i]))
			return crew_stop(crew);
		crew->threads++;
	}
	return crew;
}

struct crew *crew_stop(struct crew *crew)
{
	if (!crew)
		return NULL;
	pthread_mutex_lock(&crew->lock);
	crew->over = true;
	pthread_cond_broadcast(&crew->begun);
	pthread_mutex_unlock(&crew->lock);
	for (unsigned i = 1; i < crew->threads; i++)
		pthread_join(crew->members[i].thread, NULL);
	pthread_cond_destroy(&crew->done);
	pthread_cond_destroy(&crew->begun);
	pthread_mutex_destroy(&crew->lock);
	free(crew->members);
	free(crew);
	return NULL;
}

void crew_run(struct crew *crew, crew_work *work, void *context, uint32_t jobs)
{
	pthread_mutex_lock(&crew->lock);
	crew->work = work;
	crew->context = context;
	crew->next = 0;
	crew->jobs = jobs;
	if (crew->threads > 1 && jobs > 1)
		pthread_cond_broadcast(&crew->begun);
	take_jobs(crew, 0);
	while (crew->running)
		pthread_cond_wait(&crew->done, &crew->lock);
	crew->jobs = 0;
	pthread_mutex_unlock(&crew->lock);
}

unsigned crew_threads(const struct crew *crew)
{
	return crew->threads;
}
