/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ray.h - a bundle of rays through the sensor's field of view, 32 x 32 of them, and what each one hits first.
 *
 * Rays are evenly spaced in the plane z = 1 and span 45 x 45 degrees, row 0 at the top.
 */
#ifndef SENSOR_EMULATOR_RAY_H
#define SENSOR_EMULATOR_RAY_H

#include "sensor/emulator/vector.h"

enum { RAY_SIDE = 32 };

/* A rounded stick: everything nearer than radius_mm to the line from a to b. */
struct capsule {
	struct vector a, b;
	float radius_mm;
	float reflectance; /* 0..1 */
};

struct ray_picture {
	float distance_mm[RAY_SIDE * RAY_SIDE]; /* along z, as the sensor reports; INFINITY = nothing */
	float echo[RAY_SIDE * RAY_SIDE];	/* reflectance x incidence, of a patch that fills the ray */
};

void ray_clear(struct ray_picture *picture);
/* A wall across the whole view; distance 0 = none. */
void ray_draw_wall(struct ray_picture *picture, float distance_mm, float slope_x, float slope_y, float reflectance);
/* Keeps what is nearer. Costs only the rays around the capsule. */
void ray_draw(struct ray_picture *picture, const struct capsule *capsule);

#endif
