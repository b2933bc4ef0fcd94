/* SPDX-License-Identifier: Apache-2.0 */
/* sha256.h - SHA-256 of FIPS 180-4, in one go or in pieces. Own, because the Cortex-M4 checks models too. Freestanding. */
#ifndef NN_RUNTIME_SHA256_H
#define NN_RUNTIME_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum {
	NN_SHA256_BYTES = 32,
	NN_SHA256_TEXT = 65, /* hexadecimal digits and NUL */
};

struct nn_sha256 {
	uint32_t state[8];
	uint64_t size;
	uint8_t block[64];
};

void nn_sha256_start(struct nn_sha256 *sha);
void nn_sha256_add(struct nn_sha256 *sha, const void *data, size_t size);
void nn_sha256_end(struct nn_sha256 *sha, uint8_t digest[NN_SHA256_BYTES]);

void nn_sha256_of(const void *data, size_t size, uint8_t digest[NN_SHA256_BYTES]);
void nn_sha256_text(const uint8_t digest[NN_SHA256_BYTES], char text[NN_SHA256_TEXT]);

#endif
