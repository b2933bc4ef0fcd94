/* SPDX-License-Identifier: Apache-2.0 */
/* m4-ring.c - see m4-ring.h. */
#include "mcu-offload/firmware/m4-ring.h"

void m4_ring_start(struct m4_ring *ring, void *memory, uint16_t size, uint32_t align)
{
	uint8_t *bytes = memory;

	ring->descriptors = (volatile struct m4_descriptor *)(void *)bytes;
	ring->available = (volatile struct m4_available *)(void *)(bytes + m4_ring_available_offset(size));
	ring->used = (volatile struct m4_used *)(void *)(bytes + m4_ring_used_offset(size, align));
	ring->size = size;
	ring->seen = 0;
	ring->given = 0;
}

enum m4_ring_taken m4_ring_take(struct m4_ring *ring, struct m4_buffer *ret_buffer)
{
	uint16_t waiting = (uint16_t)(ring->available->index - ring->seen), id;

	if (!waiting)
		return M4_RING_EMPTY;
	if (waiting > ring->size)
		return M4_RING_BROKEN;
	m4_barrier();
	id = ring->available->ids[ring->seen % ring->size];
	ring->seen++;
	if (id >= ring->size)
		return M4_RING_BAD_ENTRY;
	ret_buffer->id = id;
	ret_buffer->address = ring->descriptors[id].address;
	ret_buffer->bytes = ring->descriptors[id].bytes;
	ret_buffer->flags = ring->descriptors[id].flags;
	return M4_RING_BUFFER;
}

void m4_ring_give(struct m4_ring *ring, uint16_t id, uint32_t bytes)
{
	volatile struct m4_used_entry *entry = &ring->used->entries[ring->given % ring->size];

	entry->id = id;
	entry->bytes = bytes;
	m4_barrier();
	ring->used->index = ++ring->given;
	m4_barrier();
}

bool m4_ring_wants_bell(const struct m4_ring *ring)
{
	return !(ring->available->flags & M4_RING_QUIET);
}

bool m4_ring_is_ours(const struct m4_ring *ring)
{
	return ring->used->index == ring->given;
}
