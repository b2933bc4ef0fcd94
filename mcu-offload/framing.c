/* SPDX-License-Identifier: Apache-2.0 */
/* framing.c - messages out of a byte stream (see framing.h). */
#include "mcu-offload/framing.h"

size_t framing_put(struct framing *framing, const void *bytes, size_t size)
{
	size_t room = sizeof(framing->bytes) - framing->used;
	size_t taken = size < room ? size : room;

	__builtin_memcpy(framing->bytes + framing->used, bytes, taken);
	framing->used += taken;
	return taken;
}

static void drop(struct framing *framing, size_t count)
{
	framing->used -= count;
	__builtin_memmove(framing->bytes, framing->bytes + count, framing->used);
}

/* To the next byte that a message can begin with. */
static void skip(struct framing *framing, size_t from)
{
	while (from < framing->used && framing->bytes[from] != (PROTOCOL_MAGIC & 0xff))
		from++;
	framing->skipped += (uint32_t)from;
	drop(framing, from);
}

/* The bytes of the message that begins here, as far as can be seen; 0: none begins here. */
static size_t size_of(const struct framing *framing)
{
	struct protocol_header header = {.body_bytes = 0};

	if (framing->used >= 1 && framing->bytes[0] != (PROTOCOL_MAGIC & 0xff))
		return 0;
	if (framing->used >= 2 && framing->bytes[1] != PROTOCOL_MAGIC >> 8)
		return 0;
	if (framing->used < PROTOCOL_HEADER_BYTES)
		return PROTOCOL_HEADER_BYTES;
	__builtin_memcpy(&header, framing->bytes, sizeof(header));
	return header.body_bytes <= PROTOCOL_BODY_BYTES ? PROTOCOL_HEADER_BYTES + (size_t)header.body_bytes : 0;
}

int framing_next(struct framing *framing, struct protocol_message *ret_message)
{
	while (framing->used > 0) {
		size_t size = size_of(framing);
		int r;

		if (size > framing->used)
			return 1;
		r = size > 0 ? protocol_open(framing->bytes, size, ret_message) : PROTOCOL_STATUS_BAD_LENGTH;
		if (r == PROTOCOL_STATUS_OK || r == PROTOCOL_STATUS_BAD_VERSION) {
			drop(framing, size);
			return r;
		}
		skip(framing, 1);
	}
	return 1;
}

void framing_reset(struct framing *framing)
{
	framing->skipped += (uint32_t)framing->used;
	framing->used = 0;
}
