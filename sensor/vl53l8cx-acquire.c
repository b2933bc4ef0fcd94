/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vl53l8cx-acquire.c - the thread that owns the bus: waits for a frame, reads it, judges it, hands it on.
 *
 * The INT line says when to look (pacer.h), the sensor's registers say what is true. Silence and rubbish are
 * troubles, which vl53l8cx-recover.c mends.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <time.h>

#include "sensor/vl53l8cx-source.h"

enum {
	FIRMWARE_POLL_S = 1,
	BOOT_MS = 90000,
	FIRST_FRAME_MS = 500, /* on top of a period and four integrations */
	SILENCE_MS = 50,      /* on top of three periods */
	GRACE_MS = 10000,     /* from the end of silence to the first step of recovery */
	POWER_PATIENCE_S = 10,
	BAD_ROW_MAX = 3,

	RESULT_ACTIVE = 5, /* firmware state, byte 1 of the result head */
	STATUS1_AVDD_OK = 0x01,
	STATUS1_PUMP_COLLAPSE = 0x10,
};

static struct clock *clock_of(const struct vl53l8cx_source *source)
{
	return source->bus.clock ? source->bus.clock : clock_monotonic();
}

/*
 * Waits for the wake descriptor, an edge (when edges is set) or the time. Returns true when an edge came; ret_edge_ns
 * is when the last one did.
 */
static bool wait_edge(struct vl53l8cx_source *source, bool edges, uint64_t until_ns, uint64_t *ret_edge_ns)
{
	struct gpio_line *line = edges ? source->bus.int_line : NULL;
	struct clock *clock = clock_of(source);
	struct pollfd fds[2] = {{.fd = source->wake_fd, .events = POLLIN}};
	unsigned count = 0;
	eventfd_t value;

	if (line)
		fds[1] = (struct pollfd){.fd = line->ops->fd(line), .events = POLLIN};
	if (clock->ops->wait(clock, fds, line ? 2 : 1, until_ns) <= 0)
		return false;
	if (fds[0].revents)
		(void)eventfd_read(source->wake_fd, &value);
	if (!fds[1].revents)
		return false;
	if (!(fds[1].revents & POLLIN) || line->ops->drain(line, &count, ret_edge_ns) < 0) {
		vl53l8cx_source_warn(source, "the INT line failed: polling instead");
		source->pacer.has_int = false;
		source->pacer.mode = PACER_POLLING;
		return false;
	}
	return count > 0;
}

static bool is_called(const struct vl53l8cx_source *source)
{
	return atomic_load(&source->stopping) || atomic_load(&source->wanted_rung) != SOURCE_NO_RUNG;
}

bool vl53l8cx_source_sleep(struct vl53l8cx_source *source, uint64_t seconds)
{
	struct clock *clock = clock_of(source);
	uint64_t until = clock_now_ns(clock) + seconds * 1000000000u;
	uint64_t edge_ns;

	while (!is_called(source) && clock_now_ns(clock) < until)
		wait_edge(source, false, until, &edge_ns);
	return !is_called(source);
}

/* The charge pump and AVDD explain silence; they are said once until they are good again. */
static bool power_is_bad(struct vl53l8cx_source *source)
{
	const uint8_t *head = source->chip.head;
	bool pump = head[1] == RESULT_ACTIVE && head[2] & STATUS1_PUMP_COLLAPSE;
	bool avdd = head[1] == RESULT_ACTIVE && !(head[2] & STATUS1_AVDD_OK);

	if ((pump || avdd) && !source->warned_power) {
		vl53l8cx_source_warn(source, pump ? "the charge pump collapsed: too much ambient light"
						  : "the sensor's AVDD regulator is not ok: check the supply");
		source->warned_power = true;
	}
	return pump || avdd;
}

static void count(struct vl53l8cx_source *source, uint64_t *counter)
{
	pthread_mutex_lock(&source->lock);
	++*counter;
	pthread_mutex_unlock(&source->lock);
}

static void reject(struct vl53l8cx_source *source, enum source_reject reject)
{
	count(source, &source->health.rejects[reject]);
	ladder_bad(&source->ladder);
}

static uint64_t wall_us_at(uint64_t t_ns, uint64_t now_ns)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000u + (uint64_t)ts.tv_nsec / 1000u - (now_ns - t_ns) / 1000u;
}

/* When the next result, or the trouble with it, must have shown. */
static uint64_t frame_deadline_ms(const struct vl53l8cx_source *source)
{
	return BAD_ROW_MAX * (3 * source->period_ns / 1000000 + SILENCE_MS) + GRACE_MS;
}

/* A good frame, which was ready at t_ns. */
static void deliver(struct vl53l8cx_source *source, uint64_t t_ns)
{
	struct frame *frame = &source->frame;
	struct source_health *health = &source->health;

	frame->t_ns = t_ns;
	frame->wall_us = source->config.virtual_time ? 0 : wall_us_at(t_ns, clock_now_ns(source->bus.clock));
	frame->seq = (uint32_t)health->frames; /* nobody else writes it */
	source->good_ns = t_ns;
	source->bad_row = 0;
	source->warned_power = power_is_bad(source);
	ladder_good(&source->ladder);

	pthread_mutex_lock(&source->lock);
	health->frames++;
	health->lost += frame->lost;
	health->temperature_c = frame->temperature_c;
	pthread_mutex_unlock(&source->lock);
	vl53l8cx_source_state(source, SOURCE_RUNNING, NULL, frame_deadline_ms(source));
	if (frame_ring_put(source->ring, frame) == 1)
		count(source, &health->rejects[SOURCE_REJECT_OVERRUN]);
}

static int rubbish(struct vl53l8cx_source *source, enum vl53l8cx_verdict verdict, struct trouble *ret_trouble)
{
	static const enum source_reject rejects[] = {
		[VL53L8CX_VERDICT_TORN] = SOURCE_REJECT_TORN,
		[VL53L8CX_VERDICT_MALFORMED] = SOURCE_REJECT_MALFORMED,
		[VL53L8CX_VERDICT_CRC] = SOURCE_REJECT_CRC,
	};

	reject(source, rejects[verdict]);
	if (++source->bad_row < BAD_ROW_MAX)
		return 0;
	source->bad_row = 0;
	*ret_trouble = (struct trouble){.at_least = SOURCE_RUNG_RESYNC, .error = -EBADMSG};
	if (source->slow_bus && verdict == VL53L8CX_VERDICT_TORN) {
		/* No rung makes the bus faster. */
		snprintf(ret_trouble->reason, sizeof(ret_trouble->reason),
			 "the bus is so slow that results change while they are read: faster clock, lower rate or "
			 "fewer outputs");
		vl53l8cx_source_state(source, SOURCE_WAITING, ret_trouble, frame_deadline_ms(source));
		return 0;
	}
	snprintf(ret_trouble->reason, sizeof(ret_trouble->reason),
		 "%d results in a row were thrown away, the last one %s", (int)BAD_ROW_MAX,
		 vl53l8cx_verdict_text(verdict));
	return -EBADMSG;
}

static int bus_trouble(struct vl53l8cx_source *source, int error, struct trouble *ret_trouble)
{
	bool trapped = source->chip.error == VL53L8CX_ERROR_TRAP;

	if (!trapped)
		reject(source, SOURCE_REJECT_BUS);
	return vl53l8cx_source_trouble(source, trapped ? SOURCE_RUNG_REBOOT : SOURCE_RUNG_RESYNC, error, ret_trouble);
}

/* Nothing new in the result window. */
static int nothing(struct vl53l8cx_source *source, bool edge)
{
	if (pacer_nothing(&source->pacer, edge, clock_now_ns(source->bus.clock)))
		count(source, &source->health.spurious_edges);
	power_is_bad(source);
	return 0;
}

/* Looks for a frame and takes it. edge_ns: when INT told, 0 = it did not. Returns 0 or a negative errno. */
static int look(struct vl53l8cx_source *source, uint64_t edge_ns, struct trouble *ret_trouble)
{
	struct vl53l8cx *chip = &source->chip;
	/* Not the time after the read, which takes 13 ms at 400 kHz: polling would fall behind the sensor. */
	uint64_t t_ns = clock_now_ns(source->bus.clock);
	enum vl53l8cx_verdict verdict;
	int r = 1;

	if (pacer_doubts(&source->pacer, edge_ns != 0, t_ns))
		r = vl53l8cx_data_ready(chip);
	if (r == 0)
		return nothing(source, edge_ns != 0);
	if (r > 0)
		r = vl53l8cx_read_frame(chip, &source->frame, &verdict);
	if (r < 0)
		return bus_trouble(source, r, ret_trouble);
	if (r == 0 && verdict == VL53L8CX_VERDICT_STALE)
		reject(source, SOURCE_REJECT_STALE);
	if (r == 0 && (verdict == VL53L8CX_VERDICT_STALE || verdict == VL53L8CX_VERDICT_NOT_READY))
		return nothing(source, edge_ns != 0);

	/* An edge before the last result belongs to that one. */
	if (edge_ns > source->pacer.frame_ns && edge_ns < t_ns)
		t_ns = edge_ns;
	source->alive_ns = clock_now_ns(source->bus.clock);
	source->first = false;
	if (pacer_frame(&source->pacer, edge_ns != 0, t_ns))
		count(source, &source->health.missed_edges);
	if (r == 0)
		return rubbish(source, verdict, ret_trouble);
	deliver(source, t_ns);
	return 0;
}

static uint64_t silence_ends_ns(const struct vl53l8cx_source *source)
{
	uint64_t ms = source->first ? 4u * source->settings.integration_ms + FIRST_FRAME_MS : SILENCE_MS;

	return source->alive_ns + source->period_ns * (source->first ? 1 : 3) + ms * 1000000u;
}

/* No new result for too long. Returns 0 when there is a reason to go on, -ENODATA at the end of a scene. */
static int silence(struct vl53l8cx_source *source, struct trouble *ret_trouble)
{
	uint64_t now = clock_now_ns(source->bus.clock);
	uint64_t silent_ns = now - source->good_ns;
	enum vl53l8cx_condition condition;

	if (bus_ended(&source->bus))
		return -ENODATA;
	source->alive_ns = now;
	if (source->settings.external_sync || (power_is_bad(source) && silent_ns < POWER_PATIENCE_S * 1000000000ull)) {
		int r = vl53l8cx_check(&source->chip, &condition);

		if (r == 0 && (condition == VL53L8CX_CONDITION_RANGING || condition == VL53L8CX_CONDITION_PAGE_LOST))
			return 0;
	}
	*ret_trouble = (struct trouble){.at_least = SOURCE_RUNG_RESYNC, .error = -ETIME};
	snprintf(ret_trouble->reason, sizeof(ret_trouble->reason), "the sensor has sent no frame for %u ms",
		 (unsigned)(silent_ns / 1000000));
	return -ETIME;
}

/*
 * Takes frames until there is trouble. The state becomes RUNNING with the first good one.
 * Returns -ECANCELED when the source is stopping, -ENODATA at the end of a scene, else the trouble's error.
 */
static int frames_take(struct vl53l8cx_source *source, struct trouble *ret_trouble)
{
	struct clock *clock = source->bus.clock;

	if (source->settings.external_sync)
		vl53l8cx_source_state(source, SOURCE_RUNNING, NULL, 0);
	for (;;) {
		uint64_t wake = pacer_wake_ns(&source->pacer);
		uint64_t limit = silence_ends_ns(source);
		uint64_t edge_ns = 0;
		int r;

		if (!wait_edge(source, pacer_listens(&source->pacer, clock_now_ns(clock)), wake < limit ? wake : limit,
			       &edge_ns))
			edge_ns = 0;
		else if (edge_ns == 0)
			edge_ns = clock_now_ns(clock);
		if (atomic_load(&source->stopping))
			return -ECANCELED;
		if (atomic_load(&source->wanted_rung) != SOURCE_NO_RUNG) {
			*ret_trouble = (struct trouble){
				.at_least = (enum source_rung)atomic_exchange(&source->wanted_rung, SOURCE_NO_RUNG),
				.by_hand = true,
				.reason = "somebody asked for it",
			};
			return -EAGAIN;
		}
		r = look(source, edge_ns, ret_trouble);
		if (r == 0 && clock_now_ns(clock) >= silence_ends_ns(source))
			r = silence(source, ret_trouble);
		if (r < 0)
			return r;
	}
}

/* From a chip that ranges (again): the counting of time begins anew. */
static void ranging_began(struct vl53l8cx_source *source)
{
	struct gpio_line *line = source->bus.int_line;
	uint64_t now = clock_now_ns(source->bus.clock);
	uint64_t edge_ns;
	unsigned count;

	if (line)
		(void)line->ops->drain(line, &count, &edge_ns);
	pacer_start(&source->pacer, source->period_ns, line != NULL, now);
	source->alive_ns = now;
	source->good_ns = now;
	source->first = true;
	source->bad_row = 0;
	atomic_store(&source->ranging, true);
}

/* Firmware and bus, however long it takes. Returns 0 or -ECANCELED. */
static int prepare(struct vl53l8cx_source *source)
{
	struct trouble trouble;

	for (unsigned tries = 0;; tries++) {
		int r = vl53l8cx_source_prepare(source, false, &trouble);
		uint32_t wait_s = source->firmware.trailer ? ladder_back_off_s(tries) : FIRMWARE_POLL_S;

		if (r == 0)
			return 0;
		vl53l8cx_source_state(source, SOURCE_WAITING, &trouble, wait_s * 1000ull + GRACE_MS);
		if (!vl53l8cx_source_sleep(source, wait_s))
			atomic_store(&source->wanted_rung, SOURCE_NO_RUNG); /* trying again is all there is */
		if (atomic_load(&source->stopping))
			return -ECANCELED;
	}
}

static void run(struct vl53l8cx_source *source)
{
	struct trouble trouble = {.error = 0};
	int r = prepare(source);

	if (r < 0)
		return;
	ladder_init(&source->ladder, source->bus.lpn_line != NULL);
	vl53l8cx_setup(&source->chip, &source->gate.adapter, &source->gate.clock, source->config.address,
		       &source->firmware);
	vl53l8cx_source_state(source, SOURCE_STARTING, NULL, BOOT_MS);
	r = vl53l8cx_source_boot(source, &trouble);
	for (;;) {
		if (r < 0) {
			atomic_store(&source->ranging, false);
			r = vl53l8cx_source_recover(source, &trouble);
		}
		if (r < 0)
			break;
		ranging_began(source);
		r = frames_take(source, &trouble);
		if (r == -ENODATA)
			break;
	}
	if (r == -ENODATA) {
		vl53l8cx_source_state(source, SOURCE_ENDED, NULL, 0);
		frame_ring_end(source->ring);
	} else if (r != -ECANCELED) {
		vl53l8cx_source_state(source, SOURCE_FAULT, &trouble, 0);
	}
}

void *vl53l8cx_acquire(void *arg)
{
	struct vl53l8cx_source *source = arg;
	struct pollfd wake = {.fd = source->wake_fd, .events = POLLIN};
	eventfd_t value;

	run(source);
	atomic_store(&source->ranging, false);
	if (source->chip.ranging)
		(void)vl53l8cx_stop(&source->chip);
	/* At the end of a scene, or after a fault: stay until the hall has seen it. */
	while (!atomic_load(&source->stopping))
		if (poll(&wake, 1, -1) > 0)
			(void)eventfd_read(source->wake_fd, &value);
	bus_close(&source->bus);
	return NULL;
}
