/* SPDX-License-Identifier: Apache-2.0 */
/* driver.c - see driver.h. */
#include "mcu-offload/firmware/mps2/driver.h"

enum { TO_LINUX, FROM_LINUX };

static uint8_t *buffer_at(struct driver *driver, unsigned ring, unsigned id)
{
	return driver->memory + DRIVER_BUFFERS + (ring * DRIVER_SIZE + id) * M4_CHANNEL_BUFFER_BYTES;
}

static void post(struct driver *driver, unsigned ring, uint16_t id, uint32_t bytes)
{
	struct m4_ring *r = &driver->rings[ring];
	uint32_t offset = (uint32_t)(buffer_at(driver, ring, id) - driver->memory);

	r->descriptors[id].address = driver->address + offset;
	r->descriptors[id].bytes = bytes;
	r->descriptors[id].flags = ring == TO_LINUX ? M4_RING_FLAG_WRITE : 0;
	r->available->ids[driver->made[ring] % DRIVER_SIZE] = id;
	m4_barrier();
	r->available->index = ++driver->made[ring];
	m4_barrier();
}

void driver_start(struct driver *driver, volatile struct m4_vdev *vdev, void *memory, uint32_t address)
{
	*driver = (struct driver){.vdev = vdev, .memory = memory, .address = address};
	__builtin_memset(memory, 0, DRIVER_BUFFERS);
	for (unsigned ring = 0; ring < DRIVER_RINGS; ring++) {
		m4_ring_start(&driver->rings[ring], driver->memory + ring * DRIVER_PAGE, DRIVER_SIZE, DRIVER_ALIGN);
		vdev->vring[ring].address = address + ring * DRIVER_PAGE;
	}
	for (uint16_t id = 0; id < DRIVER_SIZE; id++)
		post(driver, TO_LINUX, id, M4_CHANNEL_BUFFER_BYTES);
	/* It looks for free buffers when it wants to send, and doesn't want to be told. */
	driver->rings[FROM_LINUX].available->flags = M4_RING_QUIET;
	m4_barrier();
	vdev->guest_features = 1;
	vdev->status = 1 | 2 | M4_VDEV_DRIVER_OK;
}

void driver_stop(struct driver *driver)
{
	driver->vdev->status = 0;
}

/* The next buffer that the M4 gave back; false: none. */
static bool take_back(struct driver *driver, unsigned ring, struct m4_used_entry *ret_entry)
{
	struct m4_ring *r = &driver->rings[ring];
	uint16_t slot = driver->used[ring] % DRIVER_SIZE;

	if (driver->broken || r->used->index == driver->used[ring])
		return false;
	m4_barrier();
	ret_entry->id = r->used->entries[slot].id;
	ret_entry->bytes = r->used->entries[slot].bytes;
	driver->used[ring]++;
	driver->broken = ret_entry->id >= DRIVER_SIZE;
	return !driver->broken;
}

bool driver_send(struct driver *driver, uint32_t source, uint32_t destination, const void *bytes, uint16_t size)
{
	struct m4_channel_header header = {.source = source, .destination = destination, .bytes = size};
	struct m4_used_entry entry = {.id = driver->sent};
	uint8_t *buffer;

	if (driver->sent < DRIVER_SIZE)
		driver->sent++;
	else if (!take_back(driver, FROM_LINUX, &entry))
		return false;
	buffer = buffer_at(driver, FROM_LINUX, entry.id);
	__builtin_memcpy(buffer, &header, sizeof(header));
	__builtin_memcpy(buffer + sizeof(header), bytes, size);
	post(driver, FROM_LINUX, (uint16_t)entry.id, (uint32_t)sizeof(header) + size);
	return true;
}

int driver_receive(struct driver *driver, struct m4_channel_header *ret_header, void *bytes)
{
	struct m4_used_entry entry;
	uint8_t *buffer;

	if (!take_back(driver, TO_LINUX, &entry))
		return -1;
	buffer = buffer_at(driver, TO_LINUX, entry.id);
	__builtin_memcpy(ret_header, buffer, sizeof(*ret_header));
	if (entry.bytes > M4_CHANNEL_BUFFER_BYTES || entry.bytes < sizeof(*ret_header) ||
	    ret_header->bytes > entry.bytes - sizeof(*ret_header)) {
		driver->dropped++;
		return -1;
	}
	__builtin_memcpy(bytes, buffer + sizeof(*ret_header), ret_header->bytes);
	post(driver, TO_LINUX, (uint16_t)entry.id, M4_CHANNEL_BUFFER_BYTES);
	return ret_header->bytes;
}
