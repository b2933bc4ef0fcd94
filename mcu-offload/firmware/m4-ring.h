/* SPDX-License-Identifier: Apache-2.0 */
/*
 * m4-ring.h - the device's side of a split ring (virtio before 1.0, native byte order, no event index, no indirection).
 * Freestanding C11.
 *
 *   descriptors   size x { address 8, bytes 4, flags 2, next 2 }
 *   available     flags 2, index 2, size x id 2, 2                     written by Linux
 *   used          at the next multiple of align: flags 2, index 2, size x { id 4, bytes 4 }, 2     written by us
 *
 * Indexes run freely from 0 to 65535. Everything that Linux writes is read once and checked.
 * Source of facts: "Virtual I/O Device (VIRTIO) Version 1.0", 2.4 and its notes on legacy interfaces.
 */
#ifndef MCU_OFFLOAD_FIRMWARE_M4_RING_H
#define MCU_OFFLOAD_FIRMWARE_M4_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	M4_RING_SIZE_MAX = 16, /* buffers of 512 bytes in Linux' pool of 16 KiB, two rings */
	M4_RING_FLAG_NEXT = 1,
	M4_RING_FLAG_WRITE = 2,
	M4_RING_QUIET = 1, /* of available and used: "don't ring for this" */
};

struct m4_descriptor {
	uint64_t address;
	uint32_t bytes;
	uint16_t flags, next;
};

struct m4_available {
	uint16_t flags, index, ids[];
};

struct m4_used_entry {
	uint32_t id, bytes;
};

struct m4_used {
	uint16_t flags, index;
	struct m4_used_entry entries[];
};

struct m4_ring {
	volatile struct m4_descriptor *descriptors;
	volatile struct m4_available *available;
	volatile struct m4_used *used;
	uint16_t size;
	uint16_t seen;	/* available->index, as far as we have taken */
	uint16_t given; /* used->index */
};

struct m4_buffer {
	uint64_t address;
	uint32_t bytes;
	uint16_t id, flags;
};

enum m4_ring_taken {
	M4_RING_EMPTY = 0,
	M4_RING_BUFFER = 1,
	M4_RING_BAD_ENTRY = -1, /* skipped: it names no descriptor */
	M4_RING_BROKEN = -2,	/* more entries than there is room for */
};

_Static_assert(sizeof(struct m4_descriptor) == 16, "descriptor");
_Static_assert(offsetof(struct m4_used, entries) == 4, "used");

static inline size_t m4_ring_available_offset(uint32_t size)
{
	return sizeof(struct m4_descriptor) * size;
}

static inline size_t m4_ring_used_offset(uint32_t size, uint32_t align)
{
	return (m4_ring_available_offset(size) + 6 + 2 * (size_t)size + align - 1) & ~((size_t)align - 1);
}

static inline size_t m4_ring_bytes(uint32_t size, uint32_t align)
{
	return m4_ring_used_offset(size, align) + 6 + sizeof(struct m4_used_entry) * size;
}

/* memory of m4_ring_bytes(), as Linux has zeroed and filled it; size and align are powers of two. */
void m4_ring_start(struct m4_ring *ring, void *memory, uint16_t size, uint32_t align);

/* The next buffer, which is ours until it is given back. */
enum m4_ring_taken m4_ring_take(struct m4_ring *ring, struct m4_buffer *ret_buffer);
void m4_ring_give(struct m4_ring *ring, uint16_t id, uint32_t bytes);

/* Linux wants to hear of what was given. */
bool m4_ring_wants_bell(const struct m4_ring *ring);

/* False when Linux has begun the ring anew: nobody but us writes used->index. */
bool m4_ring_is_ours(const struct m4_ring *ring);

/* Between accesses of ours that the other core must see in this order. */
static inline void m4_barrier(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

#endif
