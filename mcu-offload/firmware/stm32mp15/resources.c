/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resources.c - the table that Linux' remoteproc reads from the ELF, completes and puts where the core finds it: a vdev of
 * RPMsg with two vrings, and the trace buffer. Nothing here is written at start: Linux has been there before.
 */
#include "mcu-offload/firmware/stm32mp15/resources.h"

#include <stddef.h>

#include "mcu-offload/firmware/stm32mp15/trace.h"

volatile struct resources resources __attribute__((section(".resource_table"), used)) = {
	.version = 1,
	.count = 2,
	.offsets = {offsetof(struct resources, vdev_type), offsetof(struct resources, trace_type)},
	.vdev_type = RESOURCE_VDEV,
	.vdev =
		{
			.id = 7,	      /* RPMsg */
			.device_features = 1, /* name service */
			.vrings = M4_VDEV_VRINGS,
			.vring = {{RESOURCE_ANYWHERE, 16, M4_RING_SIZE_MAX, 0, 0},
				  {RESOURCE_ANYWHERE, 16, M4_RING_SIZE_MAX, 1, 0}},
		},
	.trace_type = RESOURCE_TRACE,
	.trace_address = trace_buffer,
	.trace_bytes = TRACE_BYTES,
	.trace_name = "postured-m4",
};
