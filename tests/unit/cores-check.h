/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cores-check.h - the kernels of this core against the portable ones: random operators, shapes, numbers and places in the
 * arena. Freestanding, so that the same checks run on a bare Cortex-M4.
 */
#ifndef TESTS_UNIT_CORES_CHECK_H
#define TESTS_UNIT_CORES_CHECK_H

#include <stdint.h>

struct cores_report {
	uint32_t cases, taken;	     /* taken: run by a kernel of the core */
	uint32_t together;	     /* of these: with operators behind in one */
	uint32_t wrong, first_wrong; /* first_wrong: number of the case */
};

/* Cases `first`..`end` - 1 of an endless list; each the same on every core. code: enum nn_operator_code, 0: all. */
struct cores_report cores_check(uint32_t first, uint32_t end, uint16_t code);

#endif
