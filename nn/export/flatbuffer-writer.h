/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flatbuffer-writer.h - writes FlatBuffers from front to back: what contains comes before what it contains, and its
 * offsets are filled in when the contained is written. nn/import/flatbuffer.h shows the layout.
 *
 * A failure of memory stays in `failed`; positions are then meaningless, and harmless.
 */
#ifndef NN_EXPORT_FLATBUFFER_WRITER_H
#define NN_EXPORT_FLATBUFFER_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct flatbuffer_writer {
	uint8_t *bytes; /* owned; free() it */
	uint32_t size;
	size_t room;
	bool failed;
};

enum { FLATBUFFER_SLOTS_MAX = 8 };

/* Root offset and identifier; the root is linked at position 0. */
void flatbuffer_write_head(struct flatbuffer_writer *writer, const char identifier[4]);
/* A table of zeros; widths[slot] is the bytes of a field (1, 4; an offset has 4), 0: absent. Returns where it lies. */
uint32_t flatbuffer_write_table(struct flatbuffer_writer *writer, unsigned slots, const uint8_t *widths);
/* Where a field of such a table lies. */
uint32_t flatbuffer_field(const struct flatbuffer_writer *writer, uint32_t table, unsigned slot);
void flatbuffer_put(struct flatbuffer_writer *writer, uint32_t at, const void *value, uint32_t bytes);
/* A vector, linked from the offset at `from`. data NULL: zeros. Returns where its first item lies. */
uint32_t flatbuffer_write_vector(struct flatbuffer_writer *writer, uint32_t from, const void *data, uint32_t item_bytes,
				 uint32_t count, uint32_t align);
void flatbuffer_write_text(struct flatbuffer_writer *writer, uint32_t from, const char *text);
/* Makes the offset at `from` lead to `to`. */
void flatbuffer_link(struct flatbuffer_writer *writer, uint32_t from, uint32_t to);

#endif
