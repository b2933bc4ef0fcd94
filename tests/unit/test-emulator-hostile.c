/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-emulator-hostile.c - a host that writes nonsense: random registers, commands and output lists, with faults on
 * top. Nothing is asserted but that the emulator lives; the sanitizer and valgrind runs make the test what it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sensor/bytes.h"
#include "tests/unit/emulator-rig.h"

enum { RUNS = 40, OPERATIONS = 300, BYTES_MAX = 4096 };

static uint32_t next(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static uint32_t below(uint32_t *state, uint32_t n)
{
	return next(state) % n;
}

static void random_set(struct rig *rig, uint32_t *state)
{
	static const uint16_t indices[] = {0x5450, 0x5458, 0x5470, 0xB6E0, 0xB6E8,
					   0xBFAC, 0xD968, 0xD970, 0xD980, 0xDB80};
	uint8_t command[12 + 160];
	size_t n = 4 * (1 + below(state, 40));

	for (size_t i = 4; i < n + 4; i++)
		command[i] = below(state, 2) ? (uint8_t)next(state) : 0;
	bytes_put_be32(command, (uint32_t)indices[below(state, 10)] << 16 | (uint32_t)n << 4);
	bytes_put_be32(command + 4 + n, 0x0000000F);
	bytes_put_be32(command + 8 + n, 0x09010000u | (uint32_t)(n + 8));
	(void)rig_try_write(rig, (uint16_t)(0x3000 - n - 12), command, n + 12);
}

static void random_register(struct rig *rig, uint32_t *state)
{
	static const uint16_t indices[] = {0x0006, 0x0009, 0x000A, 0x000B, 0x000F, 0x0014, 0x0015};
	static const uint8_t values[] = {0, 1, 2, 3, 4, 5, 0x16, 0x40, 0x43};

	(void)rig_try_write(rig, indices[below(state, 7)], &values[below(state, 9)], 1);
}

static void random_operation(struct rig *rig, uint32_t *state)
{
	static const uint8_t pages[] = {0, 1, 2, 2, 2, 2, 3, 9, 10, 11};
	static const uint8_t start[4] = {0x03, 0x03, 0x00, 0x00};
	static uint8_t data[BYTES_MAX];
	size_t n = 1 + below(state, BYTES_MAX / 2);

	switch (below(state, 7)) {
	case 0:
		random_set(rig, state);
		break;
	case 1:
		(void)rig_try_write(rig, 0x2FFC, start, sizeof(start));
		break;
	case 2:
		for (size_t i = 0; i < n; i++)
			data[i] = (uint8_t)next(state);
		(void)rig_try_write(rig, (uint16_t)next(state), data, n);
		break;
	case 3:
		(void)rig_try_read(rig, below(state, 2) ? 0 : (uint16_t)next(state), data, n);
		break;
	case 4:
		(void)rig_try_write(rig, 0x7FFF, &pages[below(state, 10)], 1);
		break;
	case 5:
		emulator_sleep_us(rig->emulator, below(state, 100000));
		break;
	case 6:
		random_register(rig, state);
		break;
	}
}

static void test_nonsense(void **test_state)
{
	static const char faults[] = "with probability 0.05: torn; with probability 0.01: nack 3;"
				     "with probability 0.01: short-read; with probability 0.02: brown-out;"
				     "with probability 0.05: block-missing; with probability 0.05: stream-jump 254;"
				     "with probability 0.01: page-ignored; with probability 0.001: address-lost";
	uint32_t state = 2463534242u;

	(void)test_state;
	for (unsigned run = 0; run < RUNS; run++) {
		struct emulator_config config = {
			.scl_hz = run % 2 ? 400000 : 0,
			.trailer = run % 4 < 2 ? 24 : 32,
			.sensors = 1 + run % 2,
			.faults = run % 3 ? NULL : faults,
			.seed = run,
		};
		struct rig rig;

		rig_open(&rig, &config);
		if (run % 3) {
			rig_boot(&rig);
			rig_start(&rig, below(&state, 0x1000), 1 + below(&state, 4));
		}
		for (unsigned i = 0; i < OPERATIONS; i++)
			random_operation(&rig, &state);
		rig_close(&rig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_nonsense)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
