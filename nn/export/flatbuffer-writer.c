/* SPDX-License-Identifier: Apache-2.0 */
/* flatbuffer-writer.c - a growing array, and offsets filled in behind the writing. */
#include "nn/export/flatbuffer-writer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
	SIZE_MAX_BYTES = 1 << 30,
	HEAD_BYTES = 8,
};

/* Room for `bytes` zeros, `lead` bytes into which the position is a multiple of align. */
static uint32_t grow(struct flatbuffer_writer *writer, uint64_t bytes, uint32_t lead, uint32_t align)
{
	uint32_t fill = (align - (writer->size + lead) % align) % align;
	uint64_t size = (uint64_t)writer->size + fill + bytes;
	uint32_t at = writer->size + fill;

	if (writer->failed || size > SIZE_MAX_BYTES) {
		writer->failed = true;
		return 0;
	}
	if (size > writer->room) {
		size_t room = size * 2 < 4096 ? 4096 : (size_t)size * 2;
		uint8_t *more = realloc(writer->bytes, room);

		if (!more) {
			writer->failed = true;
			return 0;
		}
		writer->bytes = more;
		writer->room = room;
	}
	memset(writer->bytes + writer->size, 0, (size_t)size - writer->size);
	writer->size = (uint32_t)size;
	return at;
}

void flatbuffer_put(struct flatbuffer_writer *writer, uint32_t at, const void *value, uint32_t bytes)
{
	if (writer->failed)
		return;
	assert(at <= writer->size && bytes <= writer->size - at);
	memcpy(writer->bytes + at, value, bytes);
}

void flatbuffer_link(struct flatbuffer_writer *writer, uint32_t from, uint32_t to)
{
	uint32_t offset = to - from;

	assert(writer->failed || to > from);
	flatbuffer_put(writer, from, &offset, sizeof(offset));
}

void flatbuffer_write_head(struct flatbuffer_writer *writer, const char identifier[4])
{
	uint32_t at = grow(writer, HEAD_BYTES, 0, 4);

	flatbuffer_put(writer, at + 4, identifier, 4);
}

uint32_t flatbuffer_write_table(struct flatbuffer_writer *writer, unsigned slots, const uint8_t *widths)
{
	uint16_t vtable[2 + FLATBUFFER_SLOTS_MAX];
	uint32_t bytes = 4, vtable_bytes = (2 + slots) * 2, at, table;
	int32_t back;

	assert(slots <= FLATBUFFER_SLOTS_MAX);
	for (unsigned i = 0; i < slots; i++) {
		if (widths[i])
			bytes = (bytes + widths[i] - 1) / widths[i] * widths[i];
		vtable[2 + i] = widths[i] ? (uint16_t)bytes : 0;
		bytes += widths[i];
	}
	vtable[0] = (uint16_t)vtable_bytes;
	vtable[1] = (uint16_t)bytes;
	at = grow(writer, vtable_bytes + bytes, vtable_bytes, 4);
	table = at + vtable_bytes;
	back = (int32_t)vtable_bytes;
	flatbuffer_put(writer, at, vtable, vtable_bytes);
	flatbuffer_put(writer, table, &back, sizeof(back));
	return table;
}

uint32_t flatbuffer_field(const struct flatbuffer_writer *writer, uint32_t table, unsigned slot)
{
	int32_t back;
	uint16_t offset;

	if (writer->failed)
		return 0;
	memcpy(&back, writer->bytes + table, sizeof(back));
	memcpy(&offset, writer->bytes + table - back + 4 + slot * 2, sizeof(offset));
	assert(offset);
	return table + offset;
}

uint32_t flatbuffer_write_vector(struct flatbuffer_writer *writer, uint32_t from, const void *data, uint32_t item_bytes,
				 uint32_t count, uint32_t align)
{
	uint64_t bytes = (uint64_t)item_bytes * count;
	uint32_t at = grow(writer, bytes + 4, 4, align < 4 ? 4 : align);

	flatbuffer_put(writer, at, &count, sizeof(count));
	flatbuffer_link(writer, from, at);
	if (data && bytes)
		flatbuffer_put(writer, at + 4, data, (uint32_t)bytes);
	return at + 4;
}

/* The closing NUL is not counted. */
void flatbuffer_write_text(struct flatbuffer_writer *writer, uint32_t from, const char *text)
{
	flatbuffer_write_vector(writer, from, text, 1, (uint32_t)strlen(text), 4);
	grow(writer, 1, 0, 1);
}
