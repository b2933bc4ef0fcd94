/* SPDX-License-Identifier: Apache-2.0 */
/* recording-fixture.c - see recording-fixture.h. */
#include "tests/unit/recording-fixture.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sensor/recording.h"

void fixture_directory(char path[FIXTURE_PATH])
{
	const char *tmp = getenv("TMPDIR");

	snprintf(path, FIXTURE_PATH, "%s/postured-test-XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(path));
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void fixture_remove(const char *path)
{
	assert_int_equal(nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

struct frame fixture_frame(uint32_t n, uint8_t side)
{
	struct frame frame = {
		.t_ns = n * 100000000ull,
		.wall_us = 1700000000000000ull + n * 100000ull,
		.seq = n,
		.fields = FRAME_HAS_AMBIENT | FRAME_HAS_SIGMA | FRAME_HAS_REFLECTANCE | FRAME_HAS_SPADS |
			  FRAME_HAS_TEMPERATURE | FRAME_HAS_LABEL,
		.cols = side,
		.rows = side,
		.temperature_c = (int8_t)(30 + n % 5),
		.label = 21,
	};

	for (uint32_t zone = 0; zone < (uint32_t)side * side; zone++) {
		static const uint8_t statuses[] = {5, 9, 10, 0, 4, 255};

		frame.status[zone] = statuses[(zone + n) % 6];
		frame.count[zone] = frame.status[zone] != FRAME_STATUS_NONE;
		frame.distance_q2[zone] = (int16_t)((int32_t)(zone * 113 + n * 7) % 17000 - 300);
		frame.signal_q11[zone] = (zone + 1) * 4711 + n;
		frame.ambient_q11[zone] = zone * 17 + n;
		frame.spads[zone] = zone * 256 + n;
		frame.sigma_q7[zone] = (uint16_t)(zone * 31 + n);
		frame.reflectance[zone] = (uint8_t)(zone * 3 + n);
	}
	return frame;
}

void fixture_record(const char *directory, const char *class_name, uint32_t n, int64_t now_s)
{
	struct recording_writer_config config = {
		.directory = directory,
		.class_name = class_name,
		.user = "User1",
		.label = (int16_t)recording_label_id(class_name),
		.extra_fields = true,
		.now_s = now_s,
	};
	char reason[RECORDING_REASON] = "";
	struct recording_writer *writer;

	assert_int_equal(recording_writer_open(&config, &writer, reason), 0);
	for (uint32_t i = 0; i < n; i++) {
		struct frame frame = fixture_frame(i, 8);

		frame.wall_us = (uint64_t)now_s * 1000000u + i * 100000u;
		assert_int_equal(recording_writer_add(writer, &frame), 0);
	}
	assert_int_equal(recording_writer_close(writer), 0);
}

unsigned char *fixture_load(const char *path, size_t *ret_n)
{
	FILE *file = fopen(path, "rb");
	unsigned char *data = malloc(4 << 20);

	assert_non_null(file);
	assert_non_null(data);
	*ret_n = fread(data, 1, 4 << 20, file);
	fclose(file);
	return data;
}

void fixture_save(const char *path, const void *data, size_t n)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
}
