/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vl53l8cx-source.h - the inside of the frame source on a VL53L8CX, shared by its three files:
 *
 *   vl53l8cx-source.c   the hall's side: open, take frames, health, free
 *   vl53l8cx-acquire.c  the thread that owns the bus: waits for frames, reads and judges them
 *   vl53l8cx-recover.c  how the chip comes up, and what the rungs of the ladder do
 */
#ifndef SENSOR_VL53L8CX_SOURCE_H
#define SENSOR_VL53L8CX_SOURCE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "sensor/bus-gate.h"
#include "sensor/bus.h"
#include "sensor/firmware.h"
#include "sensor/frame-ring.h"
#include "sensor/ladder.h"
#include "sensor/pacer.h"
#include "sensor/source.h"
#include "sensor/vl53l8cx.h"

enum {
	SOURCE_REASON = sizeof(((struct source_health *)0)->reason),
	SOURCE_NO_RUNG = -1,
};

/* Why frames don't come. */
struct trouble {
	enum source_rung at_least; /* the lowest rung that can help */
	bool by_hand;		   /* somebody asked for just this rung */
	bool hopeless;		   /* only time can help, or somebody with a screwdriver */
	bool fatal;		   /* laser safety: never again */
	int error;
	char reason[SOURCE_REASON];
};

struct vl53l8cx_source {
	struct source base;
	struct source_config config; /* its strings are our own */
	struct vl53l8cx_settings settings;

	/* The thread's own. */
	struct firmware firmware;
	struct vl53l8cx chip;
	struct bus bus;
	struct bus_gate gate;
	struct ladder ladder;
	struct pacer pacer;
	struct frame frame;
	uint64_t period_ns;
	uint64_t alive_ns; /* bus clock: last result with a new stream count, or start */
	uint64_t good_ns;  /* bus clock: last good frame, or start */
	unsigned bad_row;  /* results thrown away, in a row */
	bool first;	   /* no result since start */
	bool slow_bus;	   /* frames take longer than their period: tearing is to be expected */
	bool warned_power; /* about the charge pump or AVDD, which are still bad */

	/* Both sides'. */
	struct frame_ring *ring;
	int wake_fd; /* eventfd: stopping, or a rung is wanted */
	atomic_bool stopping;
	atomic_bool ranging;
	atomic_int wanted_rung;
	pthread_mutex_t lock;
	struct source_health health; /* under lock */
	pthread_t thread;
};

/* The thread, from the firmware file to the last frame. */
void *vl53l8cx_acquire(void *source);

/*
 * Loads the firmware and opens the bus, if that is still to be done or again = true (the emulator stays open: it
 * has no second life). Returns 0 or a negative errno with ret_trouble.
 */
int vl53l8cx_source_prepare(struct vl53l8cx_source *source, bool again, struct trouble *ret_trouble);

/* Boots, configures and starts the chip. Returns 0 or a negative errno with ret_trouble. */
int vl53l8cx_source_boot(struct vl53l8cx_source *source, struct trouble *ret_trouble);

/*
 * Climbs the ladder until a rung succeeds. Returns 0; -ECANCELED when the source is stopping; another negative
 * errno when the trouble is fatal.
 */
int vl53l8cx_source_recover(struct vl53l8cx_source *source, struct trouble *trouble);

/* Notes what the chip says of its last failure. Returns error. */
int vl53l8cx_source_trouble(struct vl53l8cx_source *source, enum source_rung at_least, int error,
			    struct trouble *ret_trouble);

/* Sleeps on the bus's clock, if it is open. Returns false when the source is to stop or a rung is wanted. */
bool vl53l8cx_source_sleep(struct vl53l8cx_source *source, uint64_t seconds);

/* Health: a state with the trouble behind it (NULL = none), which must have changed before the deadline. */
void vl53l8cx_source_state(struct vl53l8cx_source *source, enum source_state state, const struct trouble *trouble,
			   uint64_t deadline_in_ms);
__attribute__((format(printf, 2, 3))) void vl53l8cx_source_warn(struct vl53l8cx_source *source, const char *format,
								...);

#endif
