/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulator-rig.h - an emulated sensor on the bench: a scene that can be worked out by hand, and the host's side
 * of the protocol, message by message, so that the tests of the emulator do not need the driver.
 */
#ifndef TESTS_UNIT_EMULATOR_RIG_H
#define TESTS_UNIT_EMULATOR_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/emulator/emulator.h"
#include "sensor/firmware.h"

/* Status 5, one target, 200 + 4 x zone mm, 100 + zone kcps/SPAD; ends after so many measurements (0 = never). */
struct scene *rig_scene(uint32_t measurements);

struct rig {
	struct emulator *emulator;
	struct firmware firmware;
	uint16_t address;
	size_t chunk; /* data bytes in a message */
};

/* Opens an emulator in virtual time with rig_scene(); config may be NULL. */
void rig_open(struct rig *rig, const struct emulator_config *config);
void rig_close(struct rig *rig);

/* All of these fail the test when the bus does, unless they return an errno. */
int rig_try_write(struct rig *rig, uint16_t index, const uint8_t *data, size_t n);
int rig_try_read(struct rig *rig, uint16_t index, uint8_t *data, size_t n);
void rig_write(struct rig *rig, uint16_t index, const uint8_t *data, size_t n);
void rig_read(struct rig *rig, uint16_t index, uint8_t *data, size_t n);
void rig_put(struct rig *rig, uint16_t index, uint8_t value);
uint8_t rig_get(struct rig *rig, uint16_t index);
void rig_page(struct rig *rig, uint8_t page);
void rig_sleep_ms(struct rig *rig, unsigned ms);

/* The steps of a bring-up, each up to where the next begins. */
void rig_reset(struct rig *rig);
void rig_upload(struct rig *rig);
void rig_run(struct rig *rig);
/* All three, the default configuration, and 8x8 at 15 Hz. */
void rig_boot(struct rig *rig);

/* Writes a command that ends at 2FFF and returns the status' state after it, at most 20 ms later. */
uint8_t rig_command(struct rig *rig, const uint8_t *command, size_t n);
/* One block, payload and result as the host's little-endian structure. */
uint8_t rig_set(struct rig *rig, uint16_t index, const void *data, size_t n);
uint8_t rig_fetch(struct rig *rig, uint16_t index, void *data, size_t n);

/*
 * Output list, sizes, enables, 0009 = 05 and the start command for one target a zone. enables is bit k for word k.
 * Returns the packet size.
 */
size_t rig_start(struct rig *rig, uint32_t enables, unsigned targets);
void rig_stop(struct rig *rig);
/* Waits for another stream count than last; false after two seconds without. */
bool rig_wait(struct rig *rig, uint8_t last, uint8_t ret_status[4]);
/* The payload of a block of the frame, NULL when it is not there. */
const uint8_t *rig_block(const uint8_t *frame, size_t n, uint16_t index);

enum { RIG_ALL = 0xFFF, RIG_POSTURE = 0x567 };

#endif
