/* SPDX-License-Identifier: Apache-2.0 */
/* test-firmware.c - the firmware container: round trip, every way in which a file can be wrong, the synthetic one. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "sensor/bytes.h"
#include "sensor/crc32.h"
#include "sensor/firmware-parts.h"
#include "sensor/firmware.h"

enum { HEADER = 0x54, ENTRY = 44, PARTS = 5 };

static const uint8_t source_sha256[32] = {0xab, 0xcd};

struct state {
	char directory[64];
	char path[96];
	struct firmware *firmware;
	uint8_t *data; /* the good file */
	size_t n;
};

static void file_put(const struct state *state, const uint8_t *data, size_t n)
{
	FILE *file = fopen(state->path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
}

/* Makes the CRC right again, so that what lies behind it is reached. */
static void crc_put(uint8_t *data, size_t n)
{
	bytes_put_le32(data + 0x14, 0);
	bytes_put_le32(data + 0x14, crc32_update(0, data, n));
}

static void hash_put(uint8_t *data, unsigned part)
{
	uint8_t *entry = data + HEADER + part * ENTRY;

	firmware_sha256(data + bytes_get_le32(entry + 4), bytes_get_le32(entry + 8), entry + 12);
}

static int setup(void **ret_state)
{
	struct state *state = calloc(1, sizeof(*state));
	FILE *file;

	assert_non_null(state);
	strcpy(state->directory, "/tmp/test-firmware.XXXXXX");
	assert_non_null(mkdtemp(state->directory));
	snprintf(state->path, sizeof(state->path), "%s/vl53l8cx.fw", state->directory);
	state->firmware = malloc(sizeof(*state->firmware));
	state->data = calloc(1, 1 << 20);
	assert_true(state->firmware && state->data);
	firmware_synthetic(7, state->firmware);
	assert_int_equal(firmware_save(state->firmware, source_sha256, "Be nice.\n", state->path), 0);
	file = fopen(state->path, "r");
	assert_non_null(file);
	state->n = fread(state->data, 1, 1 << 20, file);
	fclose(file);
	*ret_state = state;
	return 0;
}

static int teardown(void **p_state)
{
	struct state *state = *p_state;

	unlink(state->path);
	rmdir(state->directory);
	free(state->firmware);
	free(state->data);
	free(state);
	return 0;
}

/* Loads what is in state->path now and expects that it is refused with this error and text. */
static void expect_refused(const struct state *state, int error, const char *text)
{
	struct firmware *firmware = malloc(sizeof(*firmware));
	char reason[FIRMWARE_REASON] = "";

	assert_non_null(firmware);
	memset(firmware, 0x5a, sizeof(*firmware));
	assert_int_equal(firmware_load(state->path, firmware, reason), error);
	if (!strstr(reason, text))
		fail_msg("\"%s\" is not in \"%s\"", text, reason);
	for (size_t i = 0; i < sizeof(*firmware); i++)
		assert_int_equal(((uint8_t *)firmware)[i], 0x5a);
	free(firmware);
}

static void test_crc32(void **state)
{
	(void)state;
	assert_int_equal(crc32_update(0, "123456789", 9), 0xcbf43926);
	assert_int_equal(crc32_update(crc32_update(0, "1234", 4), "56789", 5), 0xcbf43926);
	assert_int_equal(crc32_update(0, "", 0), 0);
}

static void test_round_trip(void **p_state)
{
	struct state *state = *p_state;
	struct firmware *loaded = malloc(sizeof(*loaded));
	char reason[FIRMWARE_REASON];
	struct stat st;

	assert_non_null(loaded);
	assert_int_equal(firmware_load(state->path, loaded, reason), 0);
	assert_memory_equal(loaded, state->firmware, sizeof(*loaded));
	assert_string_equal(loaded->version, "synthetic");
	assert_int_equal(loaded->trailer, 24);
	assert_int_equal(stat(state->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	/* The licence and the hash of the source are in the file. */
	assert_memory_equal(state->data + 0x30, source_sha256, 32);
	assert_memory_equal(state->data + bytes_get_le32(state->data + HEADER + 4 * ENTRY + 4), "Be nice.\n", 9);

	/* Without the optional parts, a version of full length. */
	strcpy(state->firmware->version, "0123456789abcdef");
	state->firmware->has_xtalk_calibration = 0;
	memset(state->firmware->xtalk_calibration, 0, sizeof(state->firmware->xtalk_calibration));
	assert_int_equal(firmware_save(state->firmware, source_sha256, NULL, state->path), 0);
	assert_int_equal(firmware_load(state->path, loaded, reason), 0);
	assert_memory_equal(loaded, state->firmware, sizeof(*loaded));
	free(loaded);
}

static void test_save_failures(void **p_state)
{
	struct state *state = *p_state;
	char *licence = malloc(FIRMWARE_LICENCE_BYTES_MAX + 2);

	assert_non_null(licence);
	memset(licence, 'x', FIRMWARE_LICENCE_BYTES_MAX + 1);
	licence[FIRMWARE_LICENCE_BYTES_MAX + 1] = 0;
	assert_int_equal(firmware_save(state->firmware, source_sha256, licence, state->path), -EFBIG);
	assert_int_equal(firmware_save(state->firmware, source_sha256, NULL, "/nonexistent/x.fw"), -ENOENT);
	free(licence);
}

static void test_missing(void **p_state)
{
	struct state *state = *p_state;

	unlink(state->path);
	expect_refused(state, -ENOENT, "vl53l8cx-fwcut vl53l8cx_buffers.h -o ");
	mkdir(state->path, 0700);
	expect_refused(state, -EBADMSG, "not a plain file");
	rmdir(state->path);
	mkfifo(state->path, 0600);
	expect_refused(state, -EBADMSG, "not a plain file");
}

static void test_unreadable(void **p_state)
{
	struct state *state = *p_state;

	if (geteuid() == 0)
		skip();
	chmod(state->path, 0);
	expect_refused(state, -EACCES, "can't read");
}

static void test_truncated(void **p_state)
{
	struct state *state = *p_state;

	for (size_t n = 0; n < state->n; n += n < HEADER + PARTS * ENTRY ? 1 : 5001) {
		file_put(state, state->data, n);
		expect_refused(state, -EBADMSG, n < HEADER ? "too short" : "its header says");
		/* The same with a header that admits it. */
		if (n >= HEADER) {
			uint8_t *data = malloc(n);

			assert_non_null(data);
			memcpy(data, state->data, n);
			bytes_put_le32(data + 0x10, (uint32_t)n);
			crc_put(data, n);
			file_put(state, data, n);
			expect_refused(state, -EBADMSG, n < HEADER + PARTS * ENTRY ? "header size" : "outside");
			free(data);
		}
	}
	file_put(state, state->data, 1 << 20);
	expect_refused(state, -EBADMSG, "too long");
}

/* Any flipped bit is noticed. */
static void test_flipped_bits(void **p_state)
{
	struct state *state = *p_state;

	for (size_t i = 0; i < state->n; i += i < 400 ? 1 : 997) {
		state->data[i] ^= 0x10;
		file_put(state, state->data, state->n);
		expect_refused(state, i >= 8 && i < 12 ? -EPROTONOSUPPORT : -EBADMSG, "");
		state->data[i] ^= 0x10;
	}
}

/* Wrong content under a right CRC. */
static void test_wrong_fields(void **p_state)
{
	static const struct {
		size_t at;
		uint32_t value;
		unsigned bytes;
		int error;
		const char *text;
	} table[] = {
		{0x08, 2, 4, -EPROTONOSUPPORT, "format 2"},
		{0x0c, 0, 4, -EBADMSG, "header size"},
		{0x18, 1, 4, -EBADMSG, "checksum"},
		{0x1c, 28, 2, -EBADMSG, "24 or 32"},
		{0x1e, 106, 2, -EBADMSG, "target count at 106"},
		{0x50, 0, 4, -EBADMSG, "header size"},
		{0x50, 6, 4, -EBADMSG, "header size"},
		{0x50, 0xffffffff, 4, -EBADMSG, "header size"},
		{HEADER, 0, 4, -EBADMSG, "unknown or repeated part 0"},
		{HEADER, 6, 4, -EBADMSG, "unknown or repeated part 6"},
		{HEADER + ENTRY, 1, 4, -EBADMSG, "unknown or repeated part 1"},
		{HEADER, 5, 4, -EBADMSG, "licence text: 86016 bytes"},
		{HEADER + 4, 0, 4, -EBADMSG, "outside"},
		{HEADER + 4, 0x131, 4, -EBADMSG, "outside"},
		{HEADER + 4, 0xfffffffc, 4, -EBADMSG, "outside"},
		{HEADER + 8, 0xffffffff, 4, -EBADMSG, "outside"},
		{HEADER + 12, 0, 4, -EBADMSG, "firmware: wrong sha256"},
		{HEADER + 2 * ENTRY, 7, 4, -EBADMSG, "unknown or repeated part 7"},
	};
	struct state *state = *p_state;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		uint8_t kept[4];

		memcpy(kept, state->data + table[i].at, 4);
		if (table[i].bytes == 4)
			bytes_put_le32(state->data + table[i].at, table[i].value);
		else
			bytes_put_le16(state->data + table[i].at, (uint16_t)table[i].value);
		crc_put(state->data, state->n);
		file_put(state, state->data, state->n);
		expect_refused(state, table[i].error, table[i].text);
		memcpy(state->data + table[i].at, kept, 4);
	}
}

/* Wrong parts under right hashes. */
static void test_wrong_parts(void **p_state)
{
	static const struct {
		unsigned part; /* in the order of the file */
		size_t at;     /* in the part */
		const char *text;
	} table[] = {
		{0, 0, "does not start like"},
		{0, 7, "does not start like"},
		{0, 5000, "wrong download checksum"},
		{1, 1, "default configuration: unexpected block 0x54510080 at byte 0"},
		{1, 12, "unexpected block"},
		{1, 107, "byte 107 is not the number of targets"},
		{1, 967, "default configuration: no end of data at byte 964"},
		{1, 970, "bad footer"},
		{2, 3, "default crosstalk: unexpected block"},
		{2, 773, "default crosstalk: bad footer"},
		{3, 89, "crosstalk calibration: unexpected block"},
		{3, 983, "crosstalk calibration: bad footer"},
	};
	struct state *state = *p_state;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		size_t at = bytes_get_le32(state->data + HEADER + table[i].part * ENTRY + 4) + table[i].at;
		uint8_t flip = table[i].at == 107 ? 7 : 1;

		state->data[at] ^= flip;
		hash_put(state->data, table[i].part);
		crc_put(state->data, state->n);
		file_put(state, state->data, state->n);
		expect_refused(state, -EBADMSG, table[i].text);
		state->data[at] ^= flip;
		hash_put(state->data, table[i].part);
	}
}

/* A needed part left out: its entry is renamed to the licence. */
static void test_missing_part(void **p_state)
{
	struct state *state = *p_state;

	assert_int_equal(firmware_save(state->firmware, source_sha256, NULL, state->path), 0);
	for (unsigned part = 1; part < 3; part++) {
		FILE *file = fopen(state->path, "r");
		char reason[40];

		assert_non_null(file);
		state->n = fread(state->data, 1, 1 << 20, file);
		fclose(file);
		bytes_put_le32(state->data + HEADER + part * ENTRY, FIRMWARE_PART_LICENCE);
		crc_put(state->data, state->n);
		file_put(state, state->data, state->n);
		snprintf(reason, sizeof(reason), "%s: missing", firmware_part_name(part + 1));
		expect_refused(state, -EBADMSG, reason);
		bytes_put_le32(state->data + HEADER + part * ENTRY, part + 1);
		crc_put(state->data, state->n);
		file_put(state, state->data, state->n);
	}
}

/* Images of sister chips are recognised by their checksum too. */
static void test_foreign_image(void **p_state)
{
	struct state *state = *p_state;
	uint8_t *image = state->firmware->image;
	uint32_t word = bytes_get_be32(image + 4000) + 0x00420000 + 4000;

	word ^= firmware_checksum(image) ^ 0x8b118ce7;
	bytes_put_be32(image + 4000, word - 0x00420000 - 4000);
	assert_int_equal(firmware_checksum(image), 0x8b118ce7);
	state->firmware->checksum = 0x8b118ce7;
	assert_int_equal(firmware_save(state->firmware, source_sha256, NULL, state->path), 0);
	expect_refused(state, -EBADMSG, "firmware for the VL53L7CX");
}

static void test_synthetic(void **p_state)
{
	struct state *state = *p_state;
	struct firmware *other = malloc(sizeof(*other));
	char reason[FIRMWARE_REASON];

	assert_non_null(other);
	firmware_synthetic(8, other);
	assert_int_not_equal(other->checksum, state->firmware->checksum);
	firmware_synthetic(7, other);
	assert_memory_equal(other, state->firmware, sizeof(*other));
	assert_int_equal(firmware_part_check(FIRMWARE_PART_IMAGE, other->image, sizeof(other->image), reason), 0);
	assert_int_equal(firmware_part_check(FIRMWARE_PART_CONFIGURATION, other->configuration,
					     sizeof(other->configuration), reason),
			 0);
	assert_int_equal(firmware_part_check(FIRMWARE_PART_XTALK, other->xtalk, sizeof(other->xtalk), reason), 0);
	assert_int_equal(other->configuration[FIRMWARE_TARGETS_OFFSET], 2);
	assert_null(firmware_part_known(FIRMWARE_PART_IMAGE, other->image, sizeof(other->image)));
	free(other);
}

/* Zeros but for word k: the checksum is the XOR of the addresses and that word plus its own. */
static void test_checksum(void **state)
{
	uint8_t *image = calloc(1, FIRMWARE_IMAGE_BYTES);
	uint32_t sum = 0;

	(void)state;
	assert_non_null(image);
	for (uint32_t address = 0x00420000; address < 0x00435000; address += 4)
		sum ^= address;
	assert_int_equal(firmware_checksum(image), sum);
	bytes_put_be32(image + 0x8000, 0xffffffff);
	assert_int_equal(firmware_checksum(image), sum ^ 0x00428000 ^ 0x00427fff);
	free(image);
}

int main(void)
{
#define FILE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_crc32),  cmocka_unit_test(test_checksum), FILE_TEST(test_round_trip),
		FILE_TEST(test_save_failures), FILE_TEST(test_missing),		FILE_TEST(test_unreadable),
		FILE_TEST(test_truncated),     FILE_TEST(test_flipped_bits),	FILE_TEST(test_wrong_fields),
		FILE_TEST(test_wrong_parts),   FILE_TEST(test_missing_part),	FILE_TEST(test_foreign_image),
		FILE_TEST(test_synthetic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
