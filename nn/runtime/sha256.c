/* SPDX-License-Identifier: Apache-2.0 */
/* sha256.c - see FIPS 180-4, sections 4.1.2, 5.1.1 and 6.2. */
#include "nn/runtime/sha256.h"

#include <string.h>

static const uint32_t round_constants[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t x, unsigned n)
{
	return x >> n | x << (32 - n);
}

static uint32_t load_be32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void store_be32(uint8_t *bytes, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void add_block(uint32_t state[8], const uint8_t block[64])
{
	uint32_t w[64], v[8];

	for (unsigned t = 0; t < 16; t++)
		w[t] = load_be32(block + 4 * t);
	for (unsigned t = 16; t < 64; t++) {
		uint32_t a = w[t - 15], b = w[t - 2];

		w[t] = w[t - 16] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) + w[t - 7] +
		       (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
	}
	memcpy(v, state, sizeof(v));
	for (unsigned t = 0; t < 64; t++) {
		uint32_t a = v[0], e = v[4];
		uint32_t t1 = v[7] + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & v[5]) ^ (~e & v[6])) +
			      round_constants[t] + w[t];
		uint32_t t2 =
			(rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));

		for (unsigned i = 7; i > 0; i--)
			v[i] = v[i - 1];
		v[4] += t1;
		v[0] = t1 + t2;
	}
	for (unsigned i = 0; i < 8; i++)
		state[i] += v[i];
}

void nn_sha256_start(struct nn_sha256 *sha)
{
	*sha = (struct nn_sha256){
		.state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab,
			  0x5be0cd19},
	};
}

void nn_sha256_add(struct nn_sha256 *sha, const void *data, size_t size)
{
	const uint8_t *bytes = data;
	size_t filled = sha->size % 64;

	sha->size += size;
	while (size) {
		size_t n = size < 64 - filled ? size : 64 - filled;

		memcpy(sha->block + filled, bytes, n);
		bytes += n;
		size -= n;
		filled += n;
		if (filled == 64) {
			add_block(sha->state, sha->block);
			filled = 0;
		}
	}
}

void nn_sha256_end(struct nn_sha256 *sha, uint8_t digest[NN_SHA256_BYTES])
{
	size_t filled = sha->size % 64;

	sha->block[filled++] = 0x80;
	if (filled > 56) {
		memset(sha->block + filled, 0, 64 - filled);
		add_block(sha->state, sha->block);
		filled = 0;
	}
	memset(sha->block + filled, 0, 56 - filled);
	store_be32(sha->block + 56, (uint32_t)(sha->size >> 29));
	store_be32(sha->block + 60, (uint32_t)(sha->size << 3));
	add_block(sha->state, sha->block);
	for (unsigned i = 0; i < 8; i++)
		store_be32(digest + 4 * i, sha->state[i]);
}

void nn_sha256_of(const void *data, size_t size, uint8_t digest[NN_SHA256_BYTES])
{
	struct nn_sha256 sha;

	nn_sha256_start(&sha);
	nn_sha256_add(&sha, data, size);
	nn_sha256_end(&sha, digest);
}

void nn_sha256_text(const uint8_t digest[NN_SHA256_BYTES], char text[NN_SHA256_TEXT])
{
	for (unsigned i = 0; i < NN_SHA256_BYTES; i++) {
		text[2 * i] = "0123456789abcdef"[digest[i] >> 4];
		text[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
	}
	text[2 * NN_SHA256_BYTES] = 0;
}
