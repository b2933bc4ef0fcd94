/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vector.h - points and directions before the sensor, in millimetres: x to the right of the picture (column 7),
 * y up (row 0), z away from the sensor, which sits at the origin.
 */
#ifndef SENSOR_EMULATOR_VECTOR_H
#define SENSOR_EMULATOR_VECTOR_H

#include <math.h>

struct vector {
	float x, y, z;
};

static inline struct vector vector_sum(struct vector a, struct vector b)
{
	return (struct vector){a.x + b.x, a.y + b.y, a.z + b.z};
}

static inline struct vector vector_scaled(struct vector a, float factor)
{
	return (struct vector){a.x * factor, a.y * factor, a.z * factor};
}

/* a + b x factor */
static inline struct vector vector_along(struct vector a, struct vector b, float factor)
{
	return vector_sum(a, vector_scaled(b, factor));
}

static inline struct vector vector_difference(struct vector a, struct vector b)
{
	return (struct vector){a.x - b.x, a.y - b.y, a.z - b.z};
}

static inline float vector_dot(struct vector a, struct vector b)
{
	return a.x * b.x + a.y * b.y + a.z * b.z;
}

static inline struct vector vector_cross(struct vector a, struct vector b)
{
	return (struct vector){a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}

/* The zero vector stays zero. */
static inline struct vector vector_unit(struct vector a)
{
	float length = sqrtf(vector_dot(a, a));

	return length > 0 ? vector_scaled(a, 1.0f / length) : a;
}

#endif
