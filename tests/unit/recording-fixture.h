/* SPDX-License-Identifier: Apache-2.0 */
/* recording-fixture.h - recordings made on the spot, in a temporary directory, for the tests of their readers. */
#ifndef TESTS_UNIT_RECORDING_FIXTURE_H
#define TESTS_UNIT_RECORDING_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include "sensor/frame.h"

enum { FIXTURE_PATH = 512 };

/* A new temporary directory, and its removal with all that is in it. */
void fixture_directory(char path[FIXTURE_PATH]);
void fixture_remove(const char *path);

/* A frame with a value of its own in every field and zone, 0.1 s apart. */
struct frame fixture_frame(uint32_t n, uint8_t side);

/* Records n such frames below directory/class_name. */
void fixture_record(const char *directory, const char *class_name, uint32_t n, int64_t now_s);

/* The whole file; free() it. */
unsigned char *fixture_load(const char *path, size_t *ret_n);
void fixture_save(const char *path, const void *data, size_t n);

#endif
