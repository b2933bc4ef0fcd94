/* SPDX-License-Identifier: Apache-2.0 */
/* resources.h - the resource table of Linux' remoteproc, version 1, as this firmware has it. 140 bytes. */
#ifndef MCU_OFFLOAD_FIRMWARE_STM32MP15_RESOURCES_H
#define MCU_OFFLOAD_FIRMWARE_STM32MP15_RESOURCES_H

#include "mcu-offload/firmware/m4-core.h"

enum {
	RESOURCE_TRACE = 2,
	RESOURCE_VDEV = 3,
	RESOURCE_NAME_BYTES = 32,
};

#define RESOURCE_ANYWHERE 0xffffffffu

struct resources {
	uint32_t version, count, reserved[2];
	uint32_t offsets[2];
	uint32_t vdev_type;
	struct m4_vdev vdev;
	uint32_t trace_type;
	char *trace_address;
	uint32_t trace_bytes, trace_reserved;
	char trace_name[RESOURCE_NAME_BYTES];
};

#ifdef __arm__
_Static_assert(sizeof(struct resources) == 0x8c, "table");
_Static_assert(__builtin_offsetof(struct resources, vdev.status) == 0x30, "status");
_Static_assert(__builtin_offsetof(struct resources, vdev.vring) == 0x34, "vrings");
_Static_assert(__builtin_offsetof(struct resources, trace_type) == 0x5c, "trace");
#endif

extern volatile struct resources resources;

#endif
