/* SPDX-License-Identifier: Apache-2.0 */
/* hash-file.c - see hash-file.h. */
#include "nn/tool/hash-file.h"

#include <errno.h>
#include <stdio.h>

int hash_file(const char *path, uint8_t digest[NN_SHA256_BYTES])
{
	FILE *file = fopen(path, "rbe");
	struct nn_sha256 sha;
	uint8_t bytes[65536];
	size_t n;
	int r;

	if (!file)
		return -errno;
	nn_sha256_start(&sha);
	while ((n = fread(bytes, 1, sizeof(bytes), file)) > 0)
		nn_sha256_add(&sha, bytes, n);
	r = ferror(file) ? -EIO : 0;
	fclose(file);
	if (r == 0)
		nn_sha256_end(&sha, digest);
	return r;
}
