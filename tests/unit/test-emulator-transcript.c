/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-emulator-transcript.c - plays the recorded session of ST's driver against the emulator, line by line.
 *
 * Every W line is written, every R line is read and compared. Payloads that the transcript gives only as a hash
 * are rebuilt (and the hash is checked), or are the synthetic firmware's where they would be ST's own. The
 * session is played at 400 kHz in the transcript's own time with whole messages, and again with the chunk sizes
 * that drivers use, both for ULD 1.3.0 (24 bytes of trailer) and 2.1.0 (32).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/sha.h>

#include "sensor/bytes.h"
#include "tests/unit/emulator-rig.h"

enum { TEXT_MAX = 65536, LINES_MAX = 700, PAYLOAD_MAX = 32768 };
enum uld { ULD_130, ULD_210 };

struct play {
	struct rig rig;
	enum uld uld;
	bool wire;	   /* messages take their time; the transcript's times are of their ends */
	uint64_t start_ns; /* of its clock */
	uint8_t nvm[488];  /* as the host keeps it */
	unsigned compared;
	struct line {
		double t_ms;
		char *operation; /* "W p00 7fff 1 00", or the head of a group: "# ---- init" */
	} lines[LINES_MAX];
	unsigned n;
};

static char text[TEXT_MAX];

/* Reads the transcript; false when this clone does not have the team's library next to it. */
static bool text_read(void)
{
	const char *shared = getenv("POSTURED_SHARED"), *top = getenv("top_srcdir");
	char path[4096];
	FILE *file;
	size_t n;

	if (shared)
		snprintf(path, sizeof(path), "%s/spec/vl53l8cx-transcript.txt", shared);
	else
		snprintf(path, sizeof(path), "%s/../shared/spec/vl53l8cx-transcript.txt", top ? top : ".");
	file = fopen(path, "r");
	if (!file) {
		print_message("# no %s: skipped\n", path);
		return false;
	}
	n = fread(text, 1, sizeof(text) - 1, file);
	text[n] = '\0';
	fclose(file);
	return true;
}

static char *skip_spaces(char *s)
{
	return s + strspn(s, " ");
}

/* Appendix 2: where ULD 2.1.0 differs, in order; each pair of lines replaces one of the main part. */
static void lines_replace(struct play *play, char *appendix)
{
	unsigned at = 0;
	char *rest = NULL, *old = NULL;

	for (char *line = strtok_r(appendix, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *s = skip_spaces(line);

		if (strncmp(s, "1.3.0 ", 6) == 0) {
			old = skip_spaces(s + 6);
		} else if (strncmp(s, "2.1.0 ", 6) == 0) {
			while (at < play->n && strcmp(play->lines[at].operation, old) != 0)
				at++;
			assert_true(at < play->n);
			play->lines[at++].operation = skip_spaces(s + 6);
		}
	}
}

static void lines_split(struct play *play, char *part)
{
	char *rest = NULL;

	for (char *line = strtok_r(part, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *s = skip_spaces(line);

		if (strncmp(s, "# ---- ", 7) != 0 && strchr("0123456789", *s) == NULL)
			continue;
		assert_true(play->n < LINES_MAX);
		play->lines[play->n] = (struct line){.operation = s};
		if (*s != '#')
			play->lines[play->n] = (struct line){strtod(s, &s), skip_spaces(s)};
		play->n++;
	}
}

/* --- payloads --- */

static void block_header(uint8_t *to, uint16_t index, unsigned size)
{
	bytes_put_be32(to, (uint32_t)index << 16 | size);
}

static void footer(uint8_t *to, uint32_t word)
{
	bytes_put_be32(to, 0x0000000F);
	bytes_put_be32(to + 4, word);
}

static void build_nvm_command(uint8_t *to)
{
	static const uint32_t headers[8] = {0x54000040, 0x9E1400C0, 0x9E200140, 0x9E340040,
					    0x9E380404, 0x9F380402, 0x9FB80100, 0x9FC80100};

	for (unsigned i = 0; i < 8; i++)
		bytes_put_be32(to + 4 * i, headers[i]);
	footer(to + 32, 0x02020024);
}

static void turn(uint8_t *data, size_t n)
{
	for (size_t i = 0; i < n; i += 4)
		bytes_put_le32(data + i, bytes_get_be32(data + i));
}

static void build_offset(const struct play *play, bool grid_4x4, uint8_t *to)
{
	static const uint8_t grid[8] = {0x0F, 0x04, 0x04, 0x00, 0x08, 0x10, 0x10, 0x07};
	uint8_t buffer[488], small[384] = {0};

	memcpy(buffer, play->nvm, sizeof(buffer));
	if (grid_4x4) {
		memcpy(buffer + 0x10, grid, sizeof(grid));
		turn(buffer, sizeof(buffer));
		for (unsigned i = 0; i < 16; i++) {
			unsigned k = 2 * (i % 4) + 16 * (i / 4);
			static const unsigned group[4] = {0, 1, 8, 9};
			uint32_t signal = 0;
			int range = 0;

			for (unsigned g = 0; g < 4; g++) {
				signal += bytes_get_le32(buffer + 0x3C + 4 * (k + group[g]));
				range += (int16_t)bytes_get_le16(buffer + 0x140 - 4 + 2 * (k + group[g]) + 4);
			}
			bytes_put_le32(small + 4 * i, signal / 4);
			bytes_put_le16(small + 256 + 2 * i, (uint16_t)(range / 4));
		}
		memcpy(buffer + 0x3C, small, 256);
		memcpy(buffer + 0x140, small + 256, 128);
		turn(buffer, sizeof(buffer));
	}
	memcpy(to, buffer + 8, 480);
	footer(to + 480, 0x030101E4);
}

static void build_output_list(uint8_t *to)
{
	static const uint32_t words[12] = {0x0000000D, 0x54B400C0, 0x54C00040, 0x54D00404, 0x55D00404, 0xDB840401,
					   0xDBC40404, 0xDEC40402, 0xDF440402, 0xE0440401, 0xE0840401, 0xD85808C0};

	block_header(to, 0xD980, 0x300);
	for (unsigned i = 0; i < 12; i++)
		bytes_put_be32(to + 4 + 4 * i, words[i]);
	footer(to + 52, 0x05010038);
}

struct motion {
	int32_t reference;
	uint8_t span, length;
};

static void build_motion(const struct motion *motion, uint8_t *to)
{
	uint8_t image[156] = {0};

	bytes_put_le32(image, (uint32_t)motion->reference);
	bytes_put_le32(image + 4, 2883584);
	image[16] = 6;
	image[17] = 2;
	image[18] = motion->span;
	image[19] = motion->length;
	image[20] = 16;
	image[21] = 16;
	image[22] = 1;
	image[23] = 8;
	for (unsigned i = 0; i < 64; i++)
		image[28 + i] = (uint8_t)(i % 8 / 2 + 4 * (i / 16));
	block_header(to, 0xBFAC, 0x9C0);
	turn(image, sizeof(image));
	memcpy(to + 4, image, sizeof(image));
	footer(to + 160, 0x050100A4);
}

/* A distance threshold for every zone: 200 to 600 mm, inside. */
static void build_thresholds(uint8_t *to)
{
	block_header(to, 0xB6E8, 0x3000);
	for (unsigned i = 0; i < 64; i++) {
		uint8_t *entry = to + 4 + 12 * i;

		bytes_put_be32(entry, 200 * 4);
		bytes_put_be32(entry + 4, 600 * 4);
		bytes_put_be32(entry + 8, (uint32_t)(i | (i == 63 ? 0x80 : 0)) << 16 | 0x01);
	}
	footer(to + 772, 0x05010308);
}

static void hash_text(const uint8_t *data, size_t n, char hex[65])
{
	uint8_t hash[32];

	SHA256(data, n, hash);
	for (unsigned i = 0; i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", hash[i]);
}

static void assert_hash(const uint8_t *data, size_t n, const char *expected)
{
	char hex[65];

	hash_text(data, n, hex);
	assert_memory_equal(hex, expected, 64);
}

/* What the host wrote where only the hash is known. */
static void payload_build(const struct play *play, uint8_t page, uint16_t index, size_t n, const char *sha, uint8_t *to)
{
	static const struct motion motions[2][3] = {
		{{13633, 4, 9}, {13636, 4, 9}, {46382, 4, 9}},
		{{13633, 6, 12}, {13636, 6, 9}, {46382, 6, 9}},
	};

	if (page >= 9) {
		memcpy(to, play->rig.firmware.image + (page - 9) * 0x8000, n);
	} else if (n == sizeof(play->rig.firmware.configuration)) {
		memcpy(to, play->rig.firmware.configuration, n);
	} else if (n == sizeof(play->rig.firmware.xtalk)) {
		memcpy(to, play->rig.firmware.xtalk, n);
	} else {
		if (n == 40)
			build_nvm_command(to);
		else if (n == 488)
			build_offset(play, strncmp(sha, "ef697cf6", 8) == 0, to);
		else if (n == 60)
			build_output_list(to);
		else if (n == 780)
			build_thresholds(to);
		else if (index == 0x2F58)
			for (unsigned i = 0; i < 3; i++) {
				char hex[65];

				build_motion(&motions[play->uld][i], to);
				hash_text(to, n, hex);
				if (memcmp(hex, sha, 64) == 0)
					break;
			}
		assert_hash(to, n, sha);
	}
}

static size_t payload_read(char *s, uint8_t *to)
{
	size_t n = 0;
	unsigned byte;
	int used;

	while (sscanf(s, "%2x%n", &byte, &used) == 1) {
		to[n++] = (uint8_t)byte;
		s += used;
	}
	return n;
}

/* --- the lines --- */

/* A block of ST's configuration reads back as the synthetic one's; its frame is the same. */
static void compare_reply(const struct play *play, const uint8_t *got, const uint8_t *expected, size_t n)
{
	const uint8_t *configuration = play->rig.firmware.configuration;
	size_t at = 0;

	if (memcmp(got, expected, n) == 0)
		return;
	assert_memory_equal(got, expected, 4);
	assert_memory_equal(got + n - 8, expected + n - 8, 8);
	while (at + 8 < sizeof(play->rig.firmware.configuration) && memcmp(configuration + at, got, 4) != 0) {
		uint32_t header = bytes_get_be32(configuration + at), type = header & 0xF;

		at += 4 + (header >> 4 & 0xFFF) * (type ? type : 1);
	}
	assert_true(at + n <= sizeof(play->rig.firmware.configuration));
	/* what the transcript's host has set by then is the same in both */
	for (size_t i = 4; i < n - 8; i++)
		if (got[i] != expected[i])
			assert_int_equal(got[i], configuration[at + i]);
}

static void line_read(struct play *play, uint16_t index, size_t n, char *payload)
{
	static uint8_t got[PAYLOAD_MAX], expected[PAYLOAD_MAX];

	rig_read(&play->rig, index, got, n);
	if (*payload == '<') {
		assert_hash(got, n, strstr(payload, "sha256=") + 7);
		if (n == 492)
			memcpy(play->nvm, got, sizeof(play->nvm));
	} else {
		assert_int_equal(payload_read(payload, expected), n);
		if (index == 0x2FFC &&
		    (bytes_get_be32(expected) == 0x0C0B6C9E || bytes_get_be32(expected) == 0xCADF7CAF))
			bytes_put_be32(expected, play->rig.firmware.checksum);
		if (index == 0x2C04)
			compare_reply(play, got, expected, n);
		else
			assert_memory_equal(got, expected, n);
	}
	play->compared++;
}

static void line_write(struct play *play, uint8_t page, uint16_t index, size_t n, char *payload)
{
	static uint8_t data[PAYLOAD_MAX];

	if (*payload == '<')
		payload_build(play, page, index, n, strstr(payload, "sha256=") + 7, data);
	else
		assert_int_equal(payload_read(payload, data), n);
	rig_write(&play->rig, index, data, n);
	if (index == 0x0004 && page == 0)
		play->rig.address = data[0];
}

static void time_sync(struct play *play, double t_ms)
{
	uint64_t now = clock_now_ns(emulator_clock(play->rig.emulator));
	uint64_t then = play->start_ns + (uint64_t)(t_ms * 1e6);

	if (then > now)
		emulator_sleep_us(play->rig.emulator, (then - now) / 1000);
}

static void line_play(struct play *play, const struct line *line)
{
	unsigned page, index, n;
	char kind;
	int used = 0;

	if (*line->operation == '#')
		return;
	if (!play->wire)
		time_sync(play, line->t_ms);
	if (*line->operation != 'S') { /* a sleep is in the times */
		assert_int_equal(sscanf(line->operation, "%c p%x %x %u %n", &kind, &page, &index, &n, &used), 4);
		if (kind == 'W')
			line_write(play, (uint8_t)page, (uint16_t)index, n, line->operation + used);
		else
			line_read(play, (uint16_t)index, n, line->operation + used);
	}
	time_sync(play, line->t_ms);
}

static void play_open(struct play *play, enum uld uld, uint32_t scl_hz, size_t chunk)
{
	struct emulator_config config = {.scl_hz = scl_hz, .trailer = uld == ULD_130 ? 24 : 32};

	rig_open(&play->rig, &config);
	play->uld = uld;
	play->wire = scl_hz != 0;
	play->rig.chunk = chunk;
	play->start_ns = clock_now_ns(emulator_clock(play->rig.emulator));
	rig_sleep_ms(&play->rig, 20);
}

/* The whole session. */
static void play_session(enum uld uld, uint32_t scl_hz, size_t chunk)
{
	static struct play play;
	char *appendix1, *appendix2;
	struct emulator_counts counts;

	if (!text_read())
		skip();
	memset(&play, 0, sizeof(play));
	appendix1 = strstr(text, "#### APPENDIX 1");
	appendix2 = strstr(text, "#### APPENDIX 2");
	assert_true(appendix1 && appendix2);
	appendix1[-1] = '\0';
	lines_split(&play, strstr(text, "# ---- is_alive"));
	if (uld == ULD_210)
		lines_replace(&play, appendix2);
	play_open(&play, uld, scl_hz, chunk);
	for (unsigned i = 0; i < play.n; i++)
		line_play(&play, &play.lines[i]);
	assert_true(play.compared > 100);
	emulator_counts(play.rig.emulator, &counts);
	assert_int_equal(counts.frames, 1);
	rig_close(&play.rig);
}

static void test_uld_130(void **state)
{
	(void)state;
	play_session(ULD_130, 400000, 8190);
}

static void test_uld_210(void **state)
{
	(void)state;
	play_session(ULD_210, 400000, 8190);
}

static void test_chunks(void **state)
{
	static const size_t chunks[] = {30, 32, 62, 128, 254, 1022, 4094, 8190, 32768};

	(void)state;
	for (unsigned i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++) {
		play_session(ULD_130, 0, chunks[i]);
		play_session(ULD_210, 0, chunks[i]);
	}
}

/* The extra settings of the hand-posture application, after init, 8x8 and 15 Hz. */
static void test_settings(void **state)
{
	static struct play play;
	char *appendix1, *appendix2;
	unsigned end = 0;

	(void)state;
	if (!text_read())
		skip();
	memset(&play, 0, sizeof(play));
	appendix1 = strstr(text, "#### APPENDIX 1");
	appendix2 = strstr(text, "#### APPENDIX 2");
	appendix1[-1] = appendix2[-1] = '\0';
	lines_split(&play, strstr(text, "# ---- is_alive"));
	while (strcmp(play.lines[end].operation, "# ---- start_ranging") != 0)
		end++;
	play.n = end;
	lines_split(&play, appendix1);
	play_open(&play, ULD_130, 400000, 8190);
	for (unsigned i = 0; i < play.n; i++)
		line_play(&play, &play.lines[i]);
	rig_close(&play.rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_uld_130),
		cmocka_unit_test(test_uld_210),
		cmocka_unit_test(test_chunks),
		cmocka_unit_test(test_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
