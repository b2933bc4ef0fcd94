/* SPDX-License-Identifier: Apache-2.0 */
/* frame-ring.c - frames on their way between two threads (see frame-ring.h). */
#include "sensor/frame-ring.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct frame_ring {
	pthread_mutex_t lock;
	pthread_cond_t room;
	bool lossless;
	bool ended;
	int fd; /* its counter is not zero <=> count > 0 or ended */
	unsigned first, count;
	struct frame slots[FRAME_RING_SLOTS];
};

int frame_ring_new(bool lossless, struct frame_ring **ret_ring)
{
	struct frame_ring *ring = calloc(1, sizeof(*ring));

	if (!ring)
		return -ENOMEM;
	ring->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (ring->fd < 0) {
		int r = -errno;

		free(ring);
		return r;
	}
	ring->lossless = lossless;
	pthread_mutex_init(&ring->lock, NULL);
	pthread_cond_init(&ring->room, NULL);
	*ret_ring = ring;
	return 0;
}

struct frame_ring *frame_ring_free(struct frame_ring *ring)
{
	if (!ring)
		return NULL;
	pthread_cond_destroy(&ring->room);
	pthread_mutex_destroy(&ring->lock);
	close(ring->fd);
	free(ring);
	return NULL;
}

int frame_ring_fd(const struct frame_ring *ring)
{
	return ring->fd;
}

int frame_ring_put(struct frame_ring *ring, const struct frame *frame)
{
	int r = 0;

	pthread_mutex_lock(&ring->lock);
	while (ring->lossless && ring->count == FRAME_RING_SLOTS && !ring->ended)
		pthread_cond_wait(&ring->room, &ring->lock);
	if (ring->ended) {
		r = -ECANCELED;
		goto out;
	}
	if (ring->count == FRAME_RING_SLOTS) {
		ring->first = (ring->first + 1) % FRAME_RING_SLOTS;
		ring->count--;
		r = 1;
	}
	ring->slots[(ring->first + ring->count) % FRAME_RING_SLOTS] = *frame;
	if (ring->count++ == 0)
		(void)eventfd_write(ring->fd, 1);
out:
	pthread_mutex_unlock(&ring->lock);
	return r;
}

int frame_ring_take(struct frame_ring *ring, struct frame *ret_frame)
{
	eventfd_t value;
	int r = 1;

	pthread_mutex_lock(&ring->lock);
	if (ring->count == 0) {
		r = ring->ended ? -ENODATA : 0;
		goto out;
	}
	*ret_frame = ring->slots[ring->first];
	ring->first = (ring->first + 1) % FRAME_RING_SLOTS;
	if (--ring->count == 0 && !ring->ended)
		(void)eventfd_read(ring->fd, &value);
	pthread_cond_signal(&ring->room);
out:
	pthread_mutex_unlock(&ring->lock);
	return r;
}

void frame_ring_end(struct frame_ring *ring)
{
	pthread_mutex_lock(&ring->lock);
	if (!ring->ended && ring->count == 0)
		(void)eventfd_write(ring->fd, 1);
	ring->ended = true;
	pthread_cond_broadcast(&ring->room);
	pthread_mutex_unlock(&ring->lock);
}
