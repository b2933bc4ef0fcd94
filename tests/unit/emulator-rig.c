/* SPDX-License-Identifier: Apache-2.0 */
/* emulator-rig.c - see emulator-rig.h. */
#include "tests/unit/emulator-rig.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sensor/bytes.h"

/* As much as i2c-dev lets through in one message. */
enum { READ_MAX = 8192 };

struct grid_scene {
	struct scene scene;
	uint32_t measurements;
	uint32_t next;
};

static int grid_render(struct scene *scene, uint32_t n, uint64_t t_ns, uint8_t cols, struct frame *ret_frame)
{
	struct grid_scene *grid = (struct grid_scene *)scene;

	(void)t_ns;
	assert_int_equal(n, grid->next);
	grid->next++;
	if (grid->measurements && n >= grid->measurements)
		return -ENODATA;
	for (unsigned z = 0; z < (unsigned)cols * cols; z++) {
		ret_frame->count[z] = 1;
		ret_frame->status[z] = FRAME_STATUS_VALID;
		ret_frame->distance_q2[z] = (int16_t)(4 * (200 + 4 * z));
		ret_frame->signal_q11[z] = 2048 * (100 + z);
		ret_frame->ambient_q11[z] = 2048 * 2;
		ret_frame->spads[z] = 256 * 16;
		ret_frame->sigma_q7[z] = 128 * 3;
		ret_frame->reflectance[z] = 2 * 40;
	}
	return 0;
}

static struct scene *grid_free(struct scene *scene)
{
	free(scene);
	return NULL;
}

struct scene *rig_scene(uint32_t measurements)
{
	static const struct scene_ops ops = {.render = grid_render, .free = grid_free};
	struct grid_scene *grid = calloc(1, sizeof(*grid));

	assert_non_null(grid);
	grid->scene.ops = &ops;
	grid->measurements = measurements;
	return &grid->scene;
}

void rig_open(struct rig *rig, const struct emulator_config *config)
{
	struct emulator_config mine = {0};
	char reason[192] = "";

	memset(rig, 0, sizeof(*rig));
	if (config)
		mine = *config;
	mine.virtual_time = true;
	if (!mine.scene)
		mine.scene = rig_scene(0);
	if (emulator_new(&mine, &rig->emulator, reason) < 0)
		fail_msg("emulator_new: %s", reason);
	firmware_synthetic(1, &rig->firmware);
	rig->address = 0x29;
	rig->chunk = 1022;
}

void rig_close(struct rig *rig)
{
	rig->emulator = emulator_free(rig->emulator);
}

int rig_try_write(struct rig *rig, uint16_t index, const uint8_t *data, size_t n)
{
	static uint8_t message[2 + 32768];

	for (size_t at = 0; at < n;) {
		size_t k = n - at < rig->chunk ? n - at : rig->chunk;
		int r;

		message[0] = (uint8_t)((index + at) >> 8);
		message[1] = (uint8_t)(index + at);
		memcpy(message + 2, data + at, k);
		r = emulator_write(rig->emulator, rig->address, message, k + 2);
		if (r < 0)
			return r;
		at += k;
	}
	return 0;
}

int rig_try_read(struct rig *rig, uint16_t index, uint8_t *data, size_t n)
{
	for (size_t at = 0; at < n;) {
		size_t most = rig->chunk < READ_MAX ? rig->chunk : READ_MAX;
		size_t k = n - at < most ? n - at : most;
		uint8_t where[2] = {(uint8_t)((index + at) >> 8), (uint8_t)(index + at)};
		struct i2c_msg msgs[2] = {
			{.addr = rig->address, .len = 2, .buf = where},
			{.addr = rig->address, .flags = I2C_M_RD, .len = (uint16_t)k, .buf = data + at},
		};
		int r = emulator_adapter(rig->emulator)->ops->transfer(emulator_adapter(rig->emulator), msgs, 2);

		if (r < 0)
			return r;
		assert_int_equal(r, 2);
		at += k;
	}
	return 0;
}

void rig_write(struct rig *rig, uint16_t index, const uint8_t *data, size_t n)
{
	assert_int_equal(rig_try_write(rig, index, data, n), 0);
}

void rig_read(struct rig *rig, uint16_t index, uint8_t *data, size_t n)
{
	assert_int_equal(rig_try_read(rig, index, data, n), 0);
}

void rig_put(struct rig *rig, uint16_t index, uint8_t value)
{
	rig_write(rig, index, &value, 1);
}

uint8_t rig_get(struct rig *rig, uint16_t index)
{
	uint8_t value;

	rig_read(rig, index, &value, 1);
	return value;
}

void rig_page(struct rig *rig, uint8_t page)
{
	rig_put(rig, 0x7FFF, page);
}

void rig_sleep_ms(struct rig *rig, unsigned ms)
{
	emulator_sleep_us(rig->emulator, 1000ull * ms);
}

void rig_reset(struct rig *rig)
{
	rig_page(rig, 0);
	rig_put(rig, 0x0009, 0x04);
	rig_put(rig, 0x000F, 0x40);
	rig_put(rig, 0x000A, 0x03);
	rig_put(rig, 0x000F, 0x43);
	rig_sleep_ms(rig, 1);
	rig_put(rig, 0x000F, 0x40);
	rig_put(rig, 0x000A, 0x01);
	rig_sleep_ms(rig, 100);
}

void rig_upload(struct rig *rig)
{
	rig_page(rig, 1);
	rig_put(rig, 0x0006, 0x01);
	for (unsigned page = 0; page < 3; page++) {
		rig_page(rig, (uint8_t)(9 + page));
		rig_write(rig, 0, rig->firmware.image + 0x8000 * page, page < 2 ? 0x8000 : 0x5000);
	}
	rig_page(rig, 1);
}

void rig_run(struct rig *rig)
{
	static const uint8_t boot_address[4] = {0x00, 0x00, 0x42, 0x00};

	rig_page(rig, 1);
	rig_put(rig, 0x0006, 0x03);
	rig_page(rig, 0);
	for (unsigned i = 0; i < 4; i++)
		rig_put(rig, (uint16_t)(0x0114 + i), boot_address[i]);
	rig_put(rig, 0x000B, 0x00);
	rig_put(rig, 0x000B, 0x01);
	rig_sleep_ms(rig, 8);
}

static void rig_resolution(struct rig *rig)
{
	static const uint8_t grid[8] = {8, 8, 4, 0, 4, 4, 0, 0};
	static const uint8_t rate[4] = {0x00, 15, 0x1A, 0x04};

	assert_int_equal(rig_set(rig, 0x5450, grid, sizeof(grid)), 3);
	assert_int_equal(rig_set(rig, 0x5458, rate, sizeof(rate)), 3);
}

void rig_boot(struct rig *rig)
{
	rig_reset(rig);
	rig_upload(rig);
	rig_run(rig);
	assert_int_equal(rig_get(rig, 0x0006), 0x01);
	rig_page(rig, 2);
	assert_int_equal(rig_command(rig, rig->firmware.configuration, sizeof(rig->firmware.configuration)), 3);
	rig_resolution(rig);
}

uint8_t rig_command(struct rig *rig, const uint8_t *command, size_t n)
{
	uint8_t status[4];

	rig_write(rig, (uint16_t)(0x3000 - n), command, n);
	for (unsigned ms = 0; ms < 20; ms++) {
		rig_read(rig, 0x2C00, status, 4);
		if (status[0] == command[n - 4] && status[1] > 2)
			break;
		rig_sleep_ms(rig, 1);
	}
	return status[1];
}

static void turned(uint8_t *to, const uint8_t *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = from[i ^ 3];
}

uint8_t rig_set(struct rig *rig, uint16_t index, const void *data, size_t n)
{
	uint8_t command[1024];

	bytes_put_be32(command, (uint32_t)index << 16 | (uint32_t)n << 4);
	turned(command + 4, data, n);
	bytes_put_be32(command + 4 + n, 0x0000000F);
	bytes_put_be32(command + 8 + n, 0x05010000u | (uint32_t)(n + 8));
	return rig_command(rig, command, n + 12);
}

uint8_t rig_fetch(struct rig *rig, uint16_t index, void *data, size_t n)
{
	uint8_t command[12], reply[1020], state;

	bytes_put_be32(command, (uint32_t)index << 16 | (uint32_t)n << 4);
	bytes_put_be32(command + 4, 0x0000000F);
	bytes_put_be32(command + 8, 0x07020008);
	state = rig_command(rig, command, sizeof(command));
	if (state != 3)
		return state;
	rig_read(rig, 0x2C04, reply, n + 12);
	assert_memory_equal(reply, command, 4);
	turned(data, reply + 4, n);
	return state;
}

size_t rig_start(struct rig *rig, uint32_t enables, unsigned targets)
{
	static const uint32_t single[12] = {0x0000000D, 0x54B400C0, 0x54C00040, 0x54D00404, 0x55D00404, 0xDB840401,
					    0xDBC40404, 0xDEC40402, 0xDF440402, 0xE0440401, 0xE0840401, 0xD85808C0};
	static const uint32_t multi[12] = {0x0000000D, 0x54B400C0, 0x54C00040, 0x54D00404, 0x55D00404, 0x57D00401,
					   0x58900404, 0x64900402, 0x66900402, 0x6A900401, 0x6B900401, 0xCC5008C0};
	const uint8_t pipe[4] = {(uint8_t)targets, 0, 1, 0};
	static const uint8_t start[4] = {0x00, 0x03, 0x00, 0x00};
	uint8_t list[48], output[8], mask[16] = {0}, packet[12];
	size_t size = 24;

	for (unsigned k = 0; k < 12; k++) {
		uint32_t word = targets > 1 ? multi[k] : single[k], type = word & 0xF;
		bool zones = k >= 3 && k <= 5;

		if (type && type < 0xD) {
			uint32_t n = zones ? 64 : 64 * targets;

			word = (word & 0xFFFF000Fu) | n << 4;
			size += enables >> k & 1 ? 4 + n * type : 0;
		} else {
			size += enables >> k & 1 ? 4 + (word >> 4 & 0xFFF) : 0;
		}
		bytes_put_le32(list + 4 * k, word);
	}
	bytes_put_le32(output, (uint32_t)size);
	bytes_put_le32(output + 4, 13);
	bytes_put_le32(mask, enables);
	bytes_put_le32(mask + 12, 0xC0000000);
	assert_int_equal(rig_set(rig, 0xDB80, pipe, sizeof(pipe)), 3);
	assert_int_equal(rig_set(rig, 0xD980, list, sizeof(list)), 3);
	assert_int_equal(rig_set(rig, 0xD968, output, sizeof(output)), 3);
	assert_int_equal(rig_set(rig, 0xD970, mask, sizeof(mask)), 3);
	rig_page(rig, 0);
	rig_put(rig, 0x0009, 0x05);
	rig_page(rig, 2);
	assert_int_equal(rig_command(rig, start, sizeof(start)), 3);
	assert_int_equal(rig_fetch(rig, 0x5440, packet, sizeof(packet)), 3);
	return bytes_get_le16(packet + 8);
}

void rig_stop(struct rig *rig)
{
	rig_page(rig, 0);
	rig_put(rig, 0x0015, 0x16);
	rig_put(rig, 0x0014, 0x01);
	assert_int_equal(rig_get(rig, 0x0006) & 0x80, 0x80);
	assert_int_equal(rig_get(rig, 0x0007), 0x84);
	rig_put(rig, 0x0014, 0x00);
	rig_put(rig, 0x0015, 0x00);
	rig_put(rig, 0x0009, 0x04);
	rig_page(rig, 2);
}

bool rig_wait(struct rig *rig, uint8_t last, uint8_t ret_status[4])
{
	for (unsigned ms = 0; ms < 2000; ms++) {
		rig_read(rig, 0, ret_status, 4);
		if (ret_status[0] != last && ret_status[0] != 0xFF)
			return true;
		rig_sleep_ms(rig, 1);
	}
	return false;
}

const uint8_t *rig_block(const uint8_t *frame, size_t n, uint16_t index)
{
	for (size_t at = 12; at + 4 <= n;) {
		uint32_t header = bytes_get_be32(frame + at), type = header & 0xF, size = header >> 4 & 0xFFF;

		if (type >= 0xE)
			return NULL;
		if (header >> 16 == index)
			return frame + at + 4;
		at += 4 + (type && type < 0xD ? size * type : size);
	}
	return NULL;
}
