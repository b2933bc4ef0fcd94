/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flatbuffer.h - reads FlatBuffers that nobody vouches for: every offset is checked when it is followed.
 *
 *   0  u32 offset of the root table   4  four letters that name the kind of file
 *   table   i32 distance back to its vtable, then its fields
 *   vtable  u16 its own bytes, u16 bytes of the table, then u16 for each slot: where the field lies in the table; 0 =
 *           absent, a default applies
 *   vector  u32 count, then the items; a string is one of bytes with a NUL behind it
 *   An offset to a table, vector or string is a u32 counted from where it stands, so always forward; little-endian.
 *
 * (FlatBuffers, "Internals".) What points outside sets `damaged`, which stays, and reads as absent: readers go on
 * safely and ask once at the end of a step. Nothing here recurses or loops; whoever walks a vector is bounded by its
 * count, which the file's size bounds.
 */
#ifndef NN_IMPORT_FLATBUFFER_H
#define NN_IMPORT_FLATBUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct flatbuffer {
	const uint8_t *bytes;
	uint32_t size;
	bool damaged;
};

struct flatbuffer_table {
	uint32_t at; /* 0: absent; its fields then have their defaults */
	uint32_t vtable;
	uint16_t vtable_bytes, bytes;
};

struct flatbuffer_vector {
	uint32_t at; /* of the first item */
	uint32_t count;
};

/* Is this such a file? Looks at the letters only. */
bool flatbuffer_is(const void *bytes, size_t size, const char identifier[4]);

/* bytes[size] stay with the caller, and must stay. A file beyond 2 GiB is damaged. */
struct flatbuffer flatbuffer_open(const void *bytes, size_t size, struct flatbuffer_table *ret_root);

bool flatbuffer_has(struct flatbuffer *buffer, struct flatbuffer_table table, unsigned slot);
uint8_t flatbuffer_u8(struct flatbuffer *buffer, struct flatbuffer_table table, unsigned slot, uint8_t otherwise);
int32_t flatbuffer_i32(struct flatbuffer *buffer, struct flatbuffer_table table, unsigned slot, int32_t otherwise);
uint64_t flatbuffer_u64(struct flatbuffer *buffer, struct flatbuffer_table table, unsigned slot, uint64_t otherwise);
float flatbuffer_f32(struct flatbuffer *buffer, struct flatbuffer_table table, unsigned slot, float otherwise);
struct flatbuffer_table flatbuffer_table(struct flatbuffer *buffer, struct flatbuffer_table table, unsigned slot);
/* Absent is empty. */
struct flatbuffer_vector flatbuffer_vector(struct flatbuffer *buffer, struct flatbuffer_table table, unsigned slot,
					   unsigned item_bytes);

/* Item i of a vector of i32, i64, f32 or tables; i beyond the count is damage. */
int32_t flatbuffer_i32_item(struct flatbuffer *buffer, struct flatbuffer_vector vector, uint32_t i);
int64_t flatbuffer_i64_item(struct flatbuffer *buffer, struct flatbuffer_vector vector, uint32_t i);
float flatbuffer_f32_item(struct flatbuffer *buffer, struct flatbuffer_vector vector, uint32_t i);
struct flatbuffer_table flatbuffer_table_item(struct flatbuffer *buffer, struct flatbuffer_vector vector, uint32_t i);

/* A string's bytes as text of at most size - 1, control characters as '?'. */
void flatbuffer_text(struct flatbuffer *buffer, struct flatbuffer_table table, unsigned slot, char *ret_text,
		     size_t size);

#endif
