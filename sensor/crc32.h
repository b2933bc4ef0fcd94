/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crc32.h - CRC-32 as in IEEE 802.3 and zip: reflected polynomial 0xEDB88320, start and final xor 0xFFFFFFFF.
 */
#ifndef SENSOR_CRC32_H
#define SENSOR_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* Start with crc = 0; feed a result to the next call to go on over several pieces. */
uint32_t crc32_update(uint32_t crc, const void *data, size_t n);

#endif
