/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bytes.h - numbers in bytes: little-endian (our files) and big-endian (words on the sensor's wire).
 */
#ifndef SENSOR_BYTES_H
#define SENSOR_BYTES_H

#include <stdint.h>

static inline uint16_t bytes_get_le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t bytes_get_le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint32_t bytes_get_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static inline void bytes_put_le16(uint8_t *p, uint16_t value)
{
	p[0] = (uint8_t)value;
	p[1] = (uint8_t)(value >> 8);
}

static inline void bytes_put_le32(uint8_t *p, uint32_t value)
{
	bytes_put_le16(p, (uint16_t)value);
	bytes_put_le16(p + 2, (uint16_t)(value >> 16));
}

static inline void bytes_put_be32(uint8_t *p, uint32_t value)
{
	p[0] = (uint8_t)(value >> 24);
	p[1] = (uint8_t)(value >> 16);
	p[2] = (uint8_t)(value >> 8);
	p[3] = (uint8_t)value;
}

#endif
