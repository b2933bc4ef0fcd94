/* SPDX-License-Identifier: Apache-2.0 */
/* m4-channel.c - see m4-channel.h. */
#include "mcu-offload/firmware/m4-channel.h"

void m4_channel_start(struct m4_channel *channel)
{
	channel->bells = 0;
	channel->waiting = 0;
	channel->broken = false;
}

static void give(struct m4_channel *channel, unsigned ring, uint16_t id, uint32_t bytes)
{
	m4_ring_give(&channel->rings[ring], id, bytes);
	if (m4_ring_wants_bell(&channel->rings[ring]))
		channel->bells |= 1u << ring;
}

/* The next buffer of a ring that lies where Linux' buffers lie; NULL: there is none. */
static uint8_t *take(struct m4_channel *channel, unsigned ring, uint32_t least, struct m4_buffer *ret_buffer)
{
	while (!channel->broken) {
		switch (m4_ring_take(&channel->rings[ring], ret_buffer)) {
		case M4_RING_EMPTY:
			return NULL;
		case M4_RING_BROKEN:
			channel->broken = true;
			break;
		case M4_RING_BAD_ENTRY:
			break;
		case M4_RING_BUFFER:
			if (ret_buffer->bytes >= least && ret_buffer->bytes <= M4_CHANNEL_BUFFER_BYTES &&
			    !(ret_buffer->flags & M4_RING_FLAG_NEXT)) {
				uint8_t *bytes =
					channel->board->memory(channel->board, ret_buffer->address, ret_buffer->bytes);

				if (bytes)
					return bytes;
			}
			/* One to be filled is kept back: Linux would take it for a message. */
			if (ring == M4_DOORBELL_VRING1)
				give(channel, ring, ret_buffer->id, 0);
		}
		channel->bad_buffers++;
	}
	return NULL;
}

int m4_channel_receive(struct m4_channel *channel, uint32_t first, uint32_t last, void *bytes, uint32_t *ret_source)
{
	struct m4_channel_header header;
	struct m4_buffer buffer;
	const uint8_t *from;

	while ((from = take(channel, M4_DOORBELL_VRING1, sizeof(header), &buffer))) {
		bool good;

		__builtin_memcpy(&header, from, sizeof(header));
		good = header.bytes <= buffer.bytes - sizeof(header);
		if (good)
			__builtin_memcpy(bytes, from + sizeof(header), header.bytes);
		/* Whatever is read of it is read before Linux fills it anew. */
		m4_barrier();
		give(channel, M4_DOORBELL_VRING1, buffer.id, buffer.bytes);
		channel->bad_buffers += !good;
		if (good && header.destination >= first && header.destination <= last) {
			*ret_source = header.source;
			return header.bytes;
		}
	}
	return -1;
}

bool m4_channel_send(struct m4_channel *channel, uint32_t source, uint32_t destination, const void *bytes,
		     uint16_t size)
{
	struct m4_channel_header header = {.source = source, .destination = destination, .bytes = size};
	uint32_t whole = (uint32_t)sizeof(header) + size;
	struct m4_buffer buffer;
	uint8_t *to = take(channel, M4_DOORBELL_VRING0, whole, &buffer);

	if (!to) {
		channel->no_buffer++;
		return false;
	}
	__builtin_memcpy(to, &header, sizeof(header));
	__builtin_memcpy(to + sizeof(header), bytes, size);
	m4_barrier();
	give(channel, M4_DOORBELL_VRING0, buffer.id, whole);
	return true;
}

bool m4_channel_announce(struct m4_channel *channel, const char *name, uint32_t address)
{
	struct m4_channel_name message = {.address = address};

	for (unsigned i = 0; i + 1 < M4_CHANNEL_NAME_BYTES && name[i]; i++)
		message.name[i] = name[i];
	return m4_channel_send(channel, address, M4_CHANNEL_NAME_SERVICE, &message, sizeof(message));
}

void m4_channel_ring(struct m4_channel *channel)
{
	for (unsigned doorbell = M4_DOORBELL_VRING0; doorbell <= M4_DOORBELL_VRING1; doorbell++) {
		uint32_t bit = 1u << doorbell;

		if (!(channel->bells & bit))
			continue;
		if (channel->board->ring(channel->board, doorbell)) {
			channel->bells &= ~bit;
			channel->waiting &= ~bit;
		} else {
			channel->bell_waits += !(channel->waiting & bit);
			channel->waiting |= bit;
		}
	}
}
