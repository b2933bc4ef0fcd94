/* SPDX-License-Identifier: Apache-2.0 */
/* crc32.h - CRC-32 of IEEE 802.3 (zlib's): reflected polynomial EDB88320h, start and end FFFFFFFFh. Freestanding. */
#ifndef NN_RUNTIME_CRC32_H
#define NN_RUNTIME_CRC32_H

#include <stddef.h>
#include <stdint.h>

uint32_t nn_crc32(const void *data, size_t size);

#endif
