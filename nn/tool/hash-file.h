/* SPDX-License-Identifier: Apache-2.0 */
/* hash-file.h - the SHA-256 of a file, for provenance. */
#ifndef NN_TOOL_HASH_FILE_H
#define NN_TOOL_HASH_FILE_H

#include "nn/runtime/sha256.h"

/* Returns 0 or a negative errno. */
int hash_file(const char *path, uint8_t digest[NN_SHA256_BYTES]);

#endif
