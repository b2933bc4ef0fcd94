/* SPDX-License-Identifier: Apache-2.0 */
/* flatbuffer.c - one place where bytes are taken out, and everything asks there. */
#include "nn/import/flatbuffer.h"

#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "numbers are taken as they lie"
#endif

enum {
	TABLE_HEAD = 4,	 /* bytes of a table before its first field */
	VTABLE_HEAD = 4, /* bytes of a vtable before its first slot */
	IDENTIFIER_AT = 4,
};

/* Copies `bytes` bytes from `at`; zeros when they are not there. */
static bool take(struct flatbuffer *buffer, uint64_t at, void *ret_value, uint32_t bytes)
{
	if (at > buffer->size || bytes > buffer->size - at) {
		memset(ret_value, 0, bytes);
		buffer->damaged = true;
		return false;
	}
	memcpy(ret_value, buffer->bytes + at, bytes);
	return true;
}

/* Follows the offset that stands at `at`; 0 when it leads outside. */
static uint32_t follow(struct flatbuffer *buffer, uint64_t at)
{
	uint32_t offset;

	if (!take(buffer, at, &offset, sizeof(offset)))
		return 0;
	if (!offset || at + offset >= buffer->size) {
		buffer->damaged = true;
		return 0;
	}
	return (uint32_t)(at + offset);
}

static struct flatbuffer_table table_at(struct flatbuffer *buffer, uint32_t at)
{
	struct flatbuffer_table table = {0};
	int32_t back;
	int64_t vtable;
	uint16_t sizes[2];

	if (!at || !take(buffer, at, &back, sizeof(back)))
		return table;
	vtable = (int64_t)at - back;
	if (vtable < 0 || !take(buffer, (uint64_t)vtable, sizes, sizeof(sizes)) || sizes[0] < VTABLE_HEAD ||
	    sizes[0] > buffer->size - vtable || sizes[1] < TABLE_HEAD || sizes[1] > buffer->size - at) {
		buffer->damaged = true;
		return table;
	}
	return (struct flatbuffer_table){
		.at = at, .vtable = (uint32_t)vtable, .vtable_bytes = sizes[0], .bytes = sizes[1]};
}

/* Where a field of so many bytes lies; 0: absent. */
static uint32_t field_at(struct flatbuffer *buffer, struct flatbuffer_table table, unsigned slot, uint32_t bytes)
{
	uint32_t entry = VTABLE_HEAD + slot * 2;
	uint16_t offset;

	if (!table.at || entry + 2 > table.vtable_bytes || !take(buffer, (uint64_t)table.vtable + entry, &offset, 2) ||
	    !offset)
		return 0;
	if (offset < TABLE_HEAD || offset + bytes > table.bytes) {
		buffer->damaged = true;
		return 0;
	}
	return table.at + offset;
}

bool flatbuffer_is(const void *bytes, size_t size, const char identifier[4])
{
	return size >= IDENTIFIER_AT + 4 && !memcmp((const uint8_t *)bytes + IDENTIFIER_AT, identifier, 4);
}

struct flatbuffer flatbuffer_open(const void *bytes, size_t size, struct flatbuffer_table *ret_root)
{
	struct flatbuffer buffer = {.bytes = bytes};

	*ret_root = (struct flatbuffer_table){0};
	if (size > INT32_MAX) {
		buffer.damaged = true;
		return buffer;
	}
	buffer.size = (uint32_t)size;
	*ret_root = table_at(&buffer, follow(&buffer, 0));
	return buffer;
}

bool flatbuffer_has(struct flatbuffer *buffer, struct flatbuffer_table table, unsigned slot)
{
	return field_at(buffer, table, slot, 1) != 0;
}

uint8_t flatbuffer_u8(struct flatbuffer *buffer, struct flatbuffer_table table, unsigned slot, uint8_t otherwise)
{
	uint32_t at = field_at(buffer, table, slot, sizeof(otherwise));

	if (at)
		take(buffer, at, &otherwise, sizeof(otherwise));
	return otherwise;
}

int32_t flatbuffer_i32(struct flatbuffer *buffer, struct flatbuffer_table table, unsigned slot, int32_t otherwise)
{
	uint32_t at = field_at(buffer, table, slot, sizeof(otherwise));

	if (at)
		take(buffer, at, &otherwise, sizeof(otherwise));
	return otherwise;
}

uint64_t flatbuffer_u64(struct flatbuffer *buffer, struct flatbuffer_table table, unsigned slot, uint64_t otherwise)
{
	uint32_t at = field_at(buffer, table, slot, sizeof(otherwise));

	if (at)
		take(buffer, at, &otherwise, sizeof(otherwise));
	return otherwise;
}

float flatbuffer_f32(struct flatbuffer *buffer, struct flatbuffer_table table, unsigned slot, float otherwise)
{
	uint32_t at = field_at(buffer, table, slot, sizeof(otherwise));

	if (at)
		take(buffer, at, &otherwise, sizeof(otherwise));
	return otherwise;
}

struct flatbuffer_table flatbuffer_table(struct flatbuffer *buffer, struct flatbuffer_table table, unsigned slot)
{
	uint32_t at = field_at(buffer, table, slot, sizeof(uint32_t));

	return table_at(buffer, at ? follow(buffer, at) : 0);
}

struct flatbuffer_vector flatbuffer_vector(struct flatbuffer *buffer, struct flatbuffer_table table, unsigned slot,
					   unsigned item_bytes)
{
	uint32_t at = field_at(buffer, table, slot, sizeof(uint32_t)), count;

	at = at ? follow(buffer, at) : 0;
	if (!at || !take(buffer, at, &count, sizeof(count)))
		return (struct flatbuffer_vector){0};
	if ((uint64_t)count * item_bytes > buffer->size - at - sizeof(count)) {
		buffer->damaged = true;
		return (struct flatbuffer_vector){0};
	}
	return (struct flatbuffer_vector){.at = at + (uint32_t)sizeof(count), .count = count};
}

static void take_item(struct flatbuffer *buffer, struct flatbuffer_vector vector, uint32_t i, void *ret_value,
		      uint32_t bytes)
{
	take(buffer, i < vector.count ? (uint64_t)vector.at + (uint64_t)i * bytes : UINT64_MAX, ret_value, bytes);
}

int32_t flatbuffer_i32_item(struct flatbuffer *buffer, struct flatbuffer_vector vector, uint32_t i)
{
	int32_t value;

	take_item(buffer, vector, i, &value, sizeof(value));
	return value;
}

int64_t flatbuffer_i64_item(struct flatbuffer *buffer, struct flatbuffer_vector vector, uint32_t i)
{
	int64_t value;

	take_item(buffer, vector, i, &value, sizeof(value));
	return value;
}

float flatbuffer_f32_item(struct flatbuffer *buffer, struct flatbuffer_vector vector, uint32_t i)
{
	float value;

	take_item(buffer, vector, i, &value, sizeof(value));
	return value;
}

struct flatbuffer_table flatbuffer_table_item(struct flatbuffer *buffer, struct flatbuffer_vector vector, uint32_t i)
{
	if (i >= vector.count) {
		buffer->damaged = true;
		return (struct flatbuffer_table){0};
	}
	return table_at(buffer, follow(buffer, (uint64_t)vector.at + (uint64_t)i * sizeof(uint32_t)));
}

void flatbuffer_text(struct flatbuffer *buffer, struct flatbuffer_table table, unsigned slot, char *ret_text,
		     size_t size)
{
	struct flatbuffer_vector string = flatbuffer_vector(buffer, table, slot, 1);
	size_t n = string.count < size - 1 ? string.count : size - 1;

	for (size_t i = 0; i < n; i++) {
		uint8_t c = buffer->bytes[string.at + i];

		ret_text[i] = c < 0x20 || c == 0x7f ? '?' : (char)c;
	}
	ret_text[n] = '\0';
}
