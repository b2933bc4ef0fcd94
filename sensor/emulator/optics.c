/* SPDX-License-Identifier: Apache-2.0 */
/*
 * optics.c - the sensor's side of a ray-cast picture (see optics.h).
 *
 * A zone gathers the rays of its square. Surfaces within one pulse width are one target; the closest target
 * with enough light wins. Light falls with the square of the distance. The constants are fitted to recordings
 * of hands at 200..350 mm; ranging noise is about 1 % where the light is good.
 */
#include "sensor/emulator/optics.h"

#include <string.h>

/* kcps/SPAD of a white patch that fills a zone at 1 mm: skin (about one half) gives 700 at 280 mm. */
#define SOURCE_KCPS    1.6e8f
#define PULSE_MM       60.0f /* nearer together than this, two surfaces are one target */
#define LIGHT_MIN_KCPS 8.0f  /* below this nothing is reported */
#define SHARE_MIN      0.12f /* of the zone: less is cut off by the sharpener */
#define SHARE_CERTAIN  0.55f /* less than this is an edge, with a doubtful status now and then */
#define EDGE_DOUBT     0.12f /* how often */
#define RANGE_MAX_MM   3500.0f
#define AMBIENT_KCPS   2.0f
#define ZONE_SPADS     (16u * 256u)
#define NOISE_FLOOR_MM 0.8f
#define NOISE_PART     0.004f /* of the distance, where the signal is SIGNAL_GOOD */
#define SIGNAL_GOOD    400.0f

struct target {
	float distance_mm, kcps, share;
};

/* The closest target of a zone with enough of it; share 0 = none. rays of one zone, n x n. */
static struct target find_target(const struct ray_picture *picture, int top, int left, int n)
{
	float beyond = 0;

	for (;;) {
		struct target target = {.distance_mm = 0};
		float nearest = INFINITY;

		for (int i = 0; i < n * n; i++) {
			float z = picture->distance_mm[(top + i / n) * RAY_SIDE + left + i % n];

			if (z > beyond && z < nearest)
				nearest = z;
		}
		if (nearest > RANGE_MAX_MM)
			return target;
		for (int i = 0; i < n * n; i++) {
			int at = (top + i / n) * RAY_SIDE + left + i % n;
			float z = picture->distance_mm[at], light;

			if (z < nearest || z > nearest + PULSE_MM)
				continue;
			light = SOURCE_KCPS * picture->echo[at] / (z * z);
			target.kcps += light;
			target.distance_mm += light * z;
			target.share += 1;
		}
		target.distance_mm /= target.kcps > 0 ? target.kcps : 1;
		target.kcps /= (float)(n * n);
		target.share /= (float)(n * n);
		if (target.share >= SHARE_MIN && target.kcps >= LIGHT_MIN_KCPS)
			return target;
		beyond = nearest + PULSE_MM;
	}
}

static float noise_mm(const struct target *target)
{
	return NOISE_FLOOR_MM + NOISE_PART * target->distance_mm * sqrtf(SIGNAL_GOOD / (target->kcps + 1));
}

static uint32_t to_q11(float kcps)
{
	return kcps > 0 ? (uint32_t)(kcps * 2048.0f + 0.5f) : 0;
}

static void set_zone(struct frame *frame, unsigned zone, const struct target *target, struct random *random)
{
	float distance, kcps, sigma = noise_mm(target);

	if (target->share <= 0) {
		frame->status[zone] = FRAME_STATUS_NONE;
		return;
	}
	distance = target->distance_mm + sigma * random_bell(random);
	/* Photon counting: the relative error falls with the square root of the light. */
	kcps = target->kcps * (1 + (0.01f + 0.25f / sqrtf(target->kcps + 1)) * random_bell(random));
	frame->count[zone] = 1;
	frame->status[zone] = FRAME_STATUS_VALID;
	if (target->share < SHARE_CERTAIN && random_unit(random) < EDGE_DOUBT)
		frame->status[zone] = FRAME_STATUS_VALID_WIDE;
	frame->distance_q2[zone] = (int16_t)(fmaxf(distance, 1) * 4.0f);
	frame->signal_q11[zone] = to_q11(kcps);
	frame->sigma_q7[zone] = (uint16_t)(fminf(sigma, 500) * 128.0f);
}

void optics_measure(const struct ray_picture *picture, uint8_t cols, struct random *random, struct frame *ret_frame)
{
	int n = RAY_SIDE / cols;

	memset(ret_frame, 0, sizeof(*ret_frame));
	ret_frame->cols = ret_frame->rows = cols;
	ret_frame->fields = FRAME_HAS_SIGMA;
	for (unsigned zone = 0; zone < (unsigned)cols * cols; zone++) {
		struct target target = find_target(picture, (int)(zone / cols) * n, (int)(zone % cols) * n, n);

		set_zone(ret_frame, zone, &target, random);
		ret_frame->ambient_q11[zone] = to_q11(AMBIENT_KCPS * (1 + 0.1f * random_bell(random)));
	}
	ret_frame->fields |= FRAME_HAS_AMBIENT;
	optics_complete(ret_frame);
}

void optics_complete(struct frame *frame)
{
	for (unsigned zone = 0; zone < (unsigned)frame->cols * frame->rows; zone++) {
		struct target target = {
			.distance_mm = frame->distance_q2[zone] / 4.0f,
			.kcps = (float)frame->signal_q11[zone] / 2048.0f,
		};
		/* The white patch that would send as much back, in half per cent. */
		float white = target.kcps * target.distance_mm * target.distance_mm / SOURCE_KCPS * 200.0f;

		if (!(frame->fields & FRAME_HAS_SIGMA))
			frame->sigma_q7[zone] = (uint16_t)(fminf(noise_mm(&target), 500) * 128.0f);
		if (!(frame->fields & FRAME_HAS_AMBIENT))
			frame->ambient_q11[zone] = to_q11(AMBIENT_KCPS);
		if (!(frame->fields & FRAME_HAS_REFLECTANCE))
			frame->reflectance[zone] = (uint8_t)fminf(white, 255);
		if (!(frame->fields & FRAME_HAS_SPADS))
			frame->spads[zone] = ZONE_SPADS;
	}
	if (!(frame->fields & FRAME_HAS_TEMPERATURE))
		frame->temperature_c = 32;
	frame->fields |=
		FRAME_HAS_SIGMA | FRAME_HAS_AMBIENT | FRAME_HAS_REFLECTANCE | FRAME_HAS_SPADS | FRAME_HAS_TEMPERATURE;
}
