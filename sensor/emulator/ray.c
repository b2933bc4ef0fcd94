/* SPDX-License-Identifier: Apache-2.0 */
/* ray.c - where rays from the sensor meet capsules and walls (see ray.h). */
#include "sensor/emulator/ray.h"

#define TAN_HALF_VIEW 0.41421356f /* of 22.5 degrees */
#define NEAREST_MM    20.0f	  /* nothing is drawn before this */

/*
 * Skin and cloth are duller at grazing incidence, but less than a perfect diffuser: they are rough, and a
 * finger's edge still sends something back.
 */
#define GLANCE 0.3f

void ray_clear(struct ray_picture *picture)
{
	for (unsigned i = 0; i < RAY_SIDE * RAY_SIDE; i++) {
		picture->distance_mm[i] = INFINITY;
		picture->echo[i] = 0;
	}
}

/* Where ray number i of a row or column crosses the plane z = 1. */
static float plane_at(int i)
{
	return ((float)(2 * i + 1) / RAY_SIDE - 1.0f) * TAN_HALF_VIEW;
}

static int ray_before(float at)
{
	float i = (at / TAN_HALF_VIEW + 1.0f) * (RAY_SIDE / 2.0f) - 0.5f;

	return i < 0 ? 0 : i > RAY_SIDE - 1 ? RAY_SIDE - 1 : (int)i;
}

void ray_draw_wall(struct ray_picture *picture, float distance_mm, float slope_x, float slope_y, float reflectance)
{
	if (distance_mm <= 0)
		return;
	for (int row = 0; row < RAY_SIDE; row++)
		for (int col = 0; col < RAY_SIDE; col++) {
			float z = distance_mm / (1.0f - slope_x * plane_at(col) + slope_y * plane_at(row));
			int i = row * RAY_SIDE + col;

			if (z >= picture->distance_mm[i])
				continue;
			picture->distance_mm[i] = z;
			picture->echo[i] = reflectance;
		}
}

/*
 * The nearest hit of the ray t x d (d of length 1) with the capsule; 0 = none. The side is a cylinder around
 * the axis: the distance of a point to the axis is a quadratic in t. Beyond its ends the two balls count.
 */
static float hit(const struct capsule *capsule, struct vector d)
{
	struct vector axis = vector_difference(capsule->b, capsule->a);
	float r2 = capsule->radius_mm * capsule->radius_mm, nearest = 0;
	float length2 = vector_dot(axis, axis), slant = vector_dot(axis, d), start = -vector_dot(axis, capsule->a);

	if (length2 > 0) {
		float a = length2 - slant * slant;
		float b = slant * start + length2 * vector_dot(d, capsule->a);
		float c = length2 * (vector_dot(capsule->a, capsule->a) - r2) - start * start;
		float h = b * b - a * c;

		if (h < 0)
			return 0;
		if (a > 1e-6f * length2) {
			float t = (b - sqrtf(h)) / a, along = start + t * slant;

			if (along >= 0 && along <= length2)
				return t;
		}
	}
	for (int end = 0; end < 2; end++) {
		struct vector centre = end ? capsule->b : capsule->a;
		float b = vector_dot(centre, d);
		float h = b * b - vector_dot(centre, centre) + r2;

		if (h >= 0 && b > 0 && (nearest == 0 || b - sqrtf(h) < nearest))
			nearest = b - sqrtf(h);
	}
	return nearest;
}

/* Cosine between the ray and the surface where it hits. */
static float incidence(const struct capsule *capsule, struct vector d, float t)
{
	struct vector axis = vector_difference(capsule->b, capsule->a), point = vector_scaled(d, t);
	float length2 = vector_dot(axis, axis), along = 0;

	if (length2 > 0)
		along = fminf(1, fmaxf(0, vector_dot(vector_difference(point, capsule->a), axis) / length2));
	return -vector_dot(vector_difference(point, vector_along(capsule->a, axis, along)), d) / capsule->radius_mm;
}

void ray_draw(struct ray_picture *picture, const struct capsule *capsule)
{
	float r = capsule->radius_mm, low_x = INFINITY, high_x = -INFINITY, low_y = INFINITY, high_y = -INFINITY;
	int left, right, top, bottom;

	/* The rays that can meet it: both ends as boxes, seen from the sensor. */
	for (int end = 0; end < 2; end++) {
		struct vector centre = end ? capsule->b : capsule->a;
		float near = fmaxf(centre.z - r, NEAREST_MM), far = fmaxf(centre.z + r, NEAREST_MM);

		low_x = fminf(low_x, (centre.x - r) / (centre.x - r < 0 ? near : far));
		high_x = fmaxf(high_x, (centre.x + r) / (centre.x + r < 0 ? far : near));
		low_y = fminf(low_y, (centre.y - r) / (centre.y - r < 0 ? near : far));
		high_y = fmaxf(high_y, (centre.y + r) / (centre.y + r < 0 ? far : near));
	}
	if (high_x < -TAN_HALF_VIEW || low_x > TAN_HALF_VIEW || high_y < -TAN_HALF_VIEW || low_y > TAN_HALF_VIEW)
		return;
	left = ray_before(low_x);
	right = ray_before(high_x) + 1;
	top = ray_before(-high_y);
	bottom = ray_before(-low_y) + 1;
	for (int row = top; row <= bottom && row < RAY_SIDE; row++)
		for (int col = left; col <= right && col < RAY_SIDE; col++) {
			struct vector d = vector_unit((struct vector){plane_at(col), -plane_at(row), 1.0f});
			float t = hit(capsule, d), z = t * d.z;
			int i = row * RAY_SIDE + col;

			if (z < NEAREST_MM || z >= picture->distance_mm[i])
				continue;
			picture->distance_mm[i] = z;
			picture->echo[i] = capsule->reflectance * (GLANCE + (1 - GLANCE) * incidence(capsule, d, t));
		}
}
