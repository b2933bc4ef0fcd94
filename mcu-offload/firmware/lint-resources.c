/* SPDX-License-Identifier: Apache-2.0 */
/* lint-resources.c - the resource table, entry by entry (see lint.h). */
#include <stdbool.h>
#include <string.h>

#include "mcu-offload/firmware/lint.h"
#include "mcu-offload/firmware/stm32mp15/memory.h"
#include "mcu-offload/firmware/stm32mp15/resources.h"

enum {
	TABLE_HEADER = 16,
	ENTRIES_MAX = 8,
	TYPE_CARVEOUT = 0,
	TYPE_DEVMEM = 1,
	TYPE_VENDOR_FIRST = 128,
	TYPE_VENDOR_LAST = 512,
};

struct entry_trace { /* behind its type */
	uint32_t address, bytes, reserved;
	char name[RESOURCE_NAME_BYTES];
};

static uint32_t word_at(const uint8_t *table, size_t offset)
{
	uint32_t word;

	memcpy(&word, table + offset, sizeof(word));
	return word;
}

static bool power_of_two(uint32_t number)
{
	return number && !(number & (number - 1));
}

static void check_vring(struct lint *lint, unsigned number, const struct m4_vring *vring)
{
	uint32_t region = number ? MEMORY_VRING1 : MEMORY_VRING0;

	if (!power_of_two(vring->size) || vring->size > M4_RING_SIZE_MAX)
		lint_complain(lint, "vring %u has %u buffers; a power of two up to %d fits Linux' 16 KiB", number,
			      vring->size, M4_RING_SIZE_MAX);
	else if (!power_of_two(vring->align) || vring->align > MEMORY_VRING_BYTES)
		lint_complain(lint, "vring %u is aligned to %u: no power of two up to %d", number, vring->align,
			      MEMORY_VRING_BYTES);
	else if (m4_ring_bytes(vring->size, vring->align) > MEMORY_VRING_BYTES)
		lint_complain(lint, "vring %u needs %zu bytes, its region has %d", number,
			      m4_ring_bytes(vring->size, vring->align), MEMORY_VRING_BYTES);
	if (vring->address != RESOURCE_ANYWHERE && vring->address != region)
		lint_complain(lint, "vring %u is at %#x, neither anywhere (0xffffffff) nor in its region", number,
			      vring->address);
}

static void check_vdev(struct lint *lint, const uint8_t *entry, size_t left)
{
	struct m4_vdev vdev;

	if (left < sizeof(vdev)) {
		lint_complain(lint, "the vdev does not fit its table");
		return;
	}
	memcpy(&vdev, entry, sizeof(vdev));
	if (vdev.id != 7)
		lint_complain(lint, "the vdev has id %u: RPMsg is 7", vdev.id);
	if (vdev.device_features != 1)
		lint_complain(lint, "the vdev has features %#x: 1, the name service, is needed and known",
			      vdev.device_features);
	if (vdev.status || vdev.reserved[0] || vdev.reserved[1] || vdev.config_bytes)
		lint_complain(lint, "the vdev's status, configuration or reserved bytes are not 0");
	if (vdev.vrings != M4_VDEV_VRINGS) {
		lint_complain(lint, "the vdev has %u vrings: RPMsg has 2", vdev.vrings);
		return;
	}
	for (unsigned i = 0; i < M4_VDEV_VRINGS; i++)
		check_vring(lint, i, &vdev.vring[i]);
}

static void check_trace(struct lint *lint, const uint8_t *entry, size_t left)
{
	struct entry_trace trace;

	if (left < sizeof(trace)) {
		lint_complain(lint, "the trace does not fit its table");
		return;
	}
	memcpy(&trace, entry, sizeof(trace));
	if (trace.reserved)
		lint_complain(lint, "the trace's reserved word is not 0");
	if (!trace.bytes || !lint_in_carveout(trace.address, trace.bytes))
		lint_complain(lint, "the trace buffer at %#x, %u bytes, is not inside one of Linux' carveouts",
			      trace.address, trace.bytes);
	if (!memchr(trace.name, 0, sizeof(trace.name)))
		lint_complain(lint, "the trace's name has no end");
}

/* Returns 1 for a vdev. */
static unsigned check_entry(struct lint *lint, const uint8_t *table, size_t size, uint32_t offset)
{
	uint32_t type = word_at(table, offset);
	const uint8_t *entry = table + offset + 4;
	size_t left = size - offset - 4;

	if (type == RESOURCE_VDEV) {
		check_vdev(lint, entry, left);
		return 1;
	}
	if (type == RESOURCE_TRACE)
		check_trace(lint, entry, left);
	else if (type == TYPE_DEVMEM)
		lint_complain(lint, "entry of type 1 (devmem): there is no IOMMU, Linux refuses it");
	else if (type != TYPE_CARVEOUT && (type < TYPE_VENDOR_FIRST || type > TYPE_VENDOR_LAST))
		lint_complain(lint, "entry of unknown type %u", type);
	return 0;
}

void lint_resources(struct lint *lint, const uint8_t *table, size_t size)
{
	unsigned vdevs = 0;
	uint32_t count;

	if (size < TABLE_HEADER) {
		lint_complain(lint, "the resource table has %zu bytes, less than its header", size);
		return;
	}
	count = word_at(table, 4);
	if (word_at(table, 0) != 1)
		lint_complain(lint, "the resource table has version %u: Linux knows 1", word_at(table, 0));
	if (word_at(table, 8) || word_at(table, 12))
		lint_complain(lint, "the resource table's reserved words are not 0");
	if (count > ENTRIES_MAX || size < TABLE_HEADER + 4 * (size_t)count) {
		lint_complain(lint, "the resource table is too small for its %u entries", count);
		return;
	}
	for (uint32_t i = 0; i < count; i++) {
		uint32_t offset = word_at(table, TABLE_HEADER + 4 * i);

		if (offset > size || size - offset < 4)
			lint_complain(lint, "entry %u lies outside the resource table", i);
		else
			vdevs += check_entry(lint, table, size, offset);
	}
	if (vdevs != 1)
		lint_complain(lint, "the resource table has %u vdevs: one is needed", vdevs);
}
