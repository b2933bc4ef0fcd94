/* SPDX-License-Identifier: Apache-2.0 */
/* firmware.c - reads and writes the container of the sensor's firmware (layout: firmware.h). */
#include "sensor/firmware.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sensor/bytes.h"
#include "sensor/crc32.h"
#include "sensor/firmware-parts.h"

enum {
	FORMAT_VERSION = 1,
	AT_VERSION = 0x08,
	AT_HEADER_BYTES = 0x0c,
	AT_FILE_BYTES = 0x10,
	AT_CRC = 0x14,
	AT_CHECKSUM = 0x18,
	AT_TRAILER = 0x1c,
	AT_TARGETS_OFFSET = 0x1e,
	AT_NAME = 0x20,
	NAME_BYTES = 16,
	AT_SOURCE_SHA256 = 0x30,
	AT_PARTS_COUNT = 0x50,
	AT_PARTS = 0x54,
	PART_BYTES = 12 + FIRMWARE_SHA256_BYTES,
	PARTS_MAX = FIRMWARE_PART_LICENCE,
	FILE_BYTES_MAX = AT_PARTS + PARTS_MAX * (PART_BYTES + 4) + FIRMWARE_IMAGE_BYTES + FIRMWARE_CONFIGURATION_BYTES +
			 FIRMWARE_XTALK_BYTES + FIRMWARE_XTALK_CALIBRATION_BYTES + FIRMWARE_LICENCE_BYTES_MAX,
	MCU_RAM_ADDRESS = 0x00420000,
};

static const char magic[8] = {'V', 'L', '5', '3', 'L', '8', 'F', 'W'};

/* What the container's header says, and where the parts are in the file. */
struct container {
	const uint8_t *data;
	size_t n;
	const uint8_t *parts[PARTS_MAX + 1]; /* by id, NULL = not there */
	size_t lengths[PARTS_MAX + 1];
};

__attribute__((format(printf, 3, 4))) static int fail(char *ret_reason, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(ret_reason, FIRMWARE_REASON, format, args);
	va_end(args);
	return error;
}

uint32_t firmware_checksum(const uint8_t image[FIRMWARE_IMAGE_BYTES])
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < FIRMWARE_IMAGE_BYTES; i += 4)
		sum ^= bytes_get_be32(image + i) + MCU_RAM_ADDRESS + i;
	return sum;
}

static int read_all(int fd, uint8_t *data, size_t n)
{
	for (size_t done = 0; done < n;) {
		ssize_t r = read(fd, data + done, n - done);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		if (r == 0)
			return -EBADMSG;
		done += (size_t)r;
	}
	return 0;
}

/* The whole file in memory. It must be a plain file, not larger than a container can be. */
static int file_read(const char *path, uint8_t **ret_data, size_t *ret_n, char *ret_reason)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	uint8_t *data;
	int r = fd < 0 || fstat(fd, &st) < 0 ? -errno : 0;

	if (r == -ENOENT || r == -ENOTDIR)
		return fail(ret_reason, -ENOENT,
			    "no sensor firmware: make it with 'vl53l8cx-fwcut vl53l8cx_buffers.h -o %s'", path);
	if (r < 0) {
		fail(ret_reason, r, "can't read the firmware %s: %s", path, strerror(-r));
		goto out;
	}
	if (!S_ISREG(st.st_mode) || st.st_size < AT_PARTS || st.st_size > FILE_BYTES_MAX) {
		r = fail(ret_reason, -EBADMSG, "%s is no sensor firmware: %s", path,
			 !S_ISREG(st.st_mode)	 ? "not a plain file"
			 : st.st_size < AT_PARTS ? "too short"
						 : "too long");
		goto out;
	}
	data = malloc((size_t)st.st_size);
	r = data ? read_all(fd, data, (size_t)st.st_size) : -ENOMEM;
	if (r < 0) {
		free(data);
		fail(ret_reason, r, "can't read the firmware %s: %s", path, strerror(-r));
		goto out;
	}
	*ret_data = data;
	*ret_n = (size_t)st.st_size;
out:
	if (fd >= 0)
		close(fd);
	return r;
}

static uint32_t container_crc(const uint8_t *data, size_t n)
{
	static const uint8_t zero[4];
	uint32_t crc = crc32_update(0, data, AT_CRC);

	crc = crc32_update(crc, zero, sizeof(zero));
	return crc32_update(crc, data + AT_CRC + 4, n - AT_CRC - 4);
}

/* The header without its parts. */
static int container_check(const struct container *container, char *ret_reason)
{
	const uint8_t *data = container->data;
	uint32_t version = bytes_get_le32(data + AT_VERSION);
	uint32_t count = bytes_get_le32(data + AT_PARTS_COUNT);
	uint16_t trailer = bytes_get_le16(data + AT_TRAILER);

	if (memcmp(data, magic, sizeof(magic)) != 0)
		return fail(ret_reason, -EBADMSG, "not made by vl53l8cx-fwcut");
	if (version != FORMAT_VERSION)
		return fail(ret_reason, -EPROTONOSUPPORT,
			    "format %u, this program reads %d: make it again with this version's vl53l8cx-fwcut",
			    version, FORMAT_VERSION);
	if (bytes_get_le32(data + AT_FILE_BYTES) != container->n)
		return fail(ret_reason, -EBADMSG, "%zu bytes, its header says %u", container->n,
			    bytes_get_le32(data + AT_FILE_BYTES));
	if (bytes_get_le32(data + AT_CRC) != container_crc(data, container->n))
		return fail(ret_reason, -EBADMSG, "wrong CRC");
	if (count < 1 || count > PARTS_MAX || bytes_get_le32(data + AT_HEADER_BYTES) != AT_PARTS + count * PART_BYTES ||
	    AT_PARTS + count * PART_BYTES > container->n)
		return fail(ret_reason, -EBADMSG, "bad header size");
	if (trailer != 24 && trailer != 32)
		return fail(ret_reason, -EBADMSG, "frame trailer of %u bytes, must be 24 or 32", trailer);
	if (bytes_get_le16(data + AT_TARGETS_OFFSET) != FIRMWARE_TARGETS_OFFSET)
		return fail(ret_reason, -EBADMSG, "target count at %u, must be at %d",
			    bytes_get_le16(data + AT_TARGETS_OFFSET), FIRMWARE_TARGETS_OFFSET);
	return 0;
}

/* One entry of the list of parts. Parts lie in the order of the list and don't overlap; *end is where the last ended. */
static int part_find(struct container *container, const uint8_t *entry, size_t *end, char *ret_reason)
{
	uint32_t id = bytes_get_le32(entry);
	uint32_t offset = bytes_get_le32(entry + 4);
	uint32_t length = bytes_get_le32(entry + 8);
	uint8_t sha256[FIRMWARE_SHA256_BYTES];

	if (id < FIRMWARE_PART_IMAGE || id > FIRMWARE_PART_LICENCE || container->parts[id])
		return fail(ret_reason, -EBADMSG, "unknown or repeated part %u", id);
	if (offset % 4 != 0 || offset < *end || offset > container->n || length > container->n - offset)
		return fail(ret_reason, -EBADMSG, "%s: outside of the file", firmware_part_name(id));
	firmware_sha256(container->data + offset, length, sha256);
	if (memcmp(sha256, entry + 12, sizeof(sha256)) != 0)
		return fail(ret_reason, -EBADMSG, "%s: wrong sha256", firmware_part_name(id));
	container->parts[id] = container->data + offset;
	container->lengths[id] = length;
	*end = offset + length;
	return firmware_part_check(id, container->parts[id], length, ret_reason);
}

static int parts_find(struct container *container, char *ret_reason)
{
	uint32_t count = bytes_get_le32(container->data + AT_PARTS_COUNT);
	size_t end = AT_PARTS + count * PART_BYTES;
	const struct firmware_known *known;

	for (uint32_t i = 0; i < count; i++) {
		int r = part_find(container, container->data + AT_PARTS + i * PART_BYTES, &end, ret_reason);

		if (r < 0)
			return r;
	}
	for (enum firmware_part id = FIRMWARE_PART_IMAGE; id <= FIRMWARE_PART_XTALK; id++)
		if (!container->parts[id])
			return fail(ret_reason, -EBADMSG, "%s: missing", firmware_part_name(id));
	known = firmware_part_known(FIRMWARE_PART_IMAGE, container->parts[FIRMWARE_PART_IMAGE], FIRMWARE_IMAGE_BYTES);
	if (known && known->refusal)
		return fail(ret_reason, -EBADMSG, "%s, not for this sensor", known->refusal);
	if (firmware_checksum(container->parts[FIRMWARE_PART_IMAGE]) != bytes_get_le32(container->data + AT_CHECKSUM))
		return fail(ret_reason, -EBADMSG, "wrong download checksum");
	return 0;
}

static void container_unpack(const struct container *container, struct firmware *ret_firmware)
{
	const uint8_t *calibration = container->parts[FIRMWARE_PART_XTALK_CALIBRATION];

	memset(ret_firmware, 0, sizeof(*ret_firmware));
	memcpy(ret_firmware->image, container->parts[FIRMWARE_PART_IMAGE], FIRMWARE_IMAGE_BYTES);
	memcpy(ret_firmware->configuration, container->parts[FIRMWARE_PART_CONFIGURATION],
	       FIRMWARE_CONFIGURATION_BYTES);
	memcpy(ret_firmware->xtalk, container->parts[FIRMWARE_PART_XTALK], FIRMWARE_XTALK_BYTES);
	if (calibration)
		memcpy(ret_firmware->xtalk_calibration, calibration, FIRMWARE_XTALK_CALIBRATION_BYTES);
	ret_firmware->has_xtalk_calibration = calibration != NULL;
	ret_firmware->checksum = bytes_get_le32(container->data + AT_CHECKSUM);
	ret_firmware->trailer = bytes_get_le16(container->data + AT_TRAILER);
	for (size_t i = 0; i < NAME_BYTES && container->data[AT_NAME + i]; i++) {
		char c = (char)container->data[AT_NAME + i];

		ret_firmware->version[i] = c;
		if (c <= ' ' || c > '~') /* it goes into logs and payloads */
			ret_firmware->version[i] = '?';
	}
}

int firmware_load(const char *path, struct firmware *ret_firmware, char *ret_reason)
{
	char reason[FIRMWARE_REASON];
	struct container container = {0};
	uint8_t *data = NULL;
	int r = file_read(path, &data, &container.n, ret_reason);

	if (r < 0)
		return r;
	container.data = data;
	r = container_check(&container, reason);
	if (r == 0)
		r = parts_find(&container, reason);
	if (r == 0)
		container_unpack(&container, ret_firmware);
	else
		fail(ret_reason, r, "bad sensor firmware %.60s: %.110s", path, reason);
	free(data);
	return r;
}

/* Appends a part and its entry. */
static void part_put(uint8_t *data, size_t *n, enum firmware_part id, const void *part, size_t length)
{
	uint32_t count = bytes_get_le32(data + AT_PARTS_COUNT);
	uint8_t *entry = data + AT_PARTS + count * PART_BYTES;

	bytes_put_le32(entry, id);
	bytes_put_le32(entry + 4, (uint32_t)*n);
	bytes_put_le32(entry + 8, (uint32_t)length);
	firmware_sha256(part, length, entry + 12);
	bytes_put_le32(data + AT_PARTS_COUNT, count + 1);
	memcpy(data + *n, part, length);
	*n += (length + 3) / 4 * 4;
}

/* data has FILE_BYTES_MAX zero bytes. Returns the length. */
static size_t container_pack(const struct firmware *firmware, const uint8_t *source_sha256, const char *licence,
			     uint8_t *data)
{
	uint32_t count = FIRMWARE_PART_XTALK + (firmware->has_xtalk_calibration ? 1u : 0u) + (licence ? 1u : 0u);
	size_t n = AT_PARTS + count * PART_BYTES;

	memcpy(data, magic, sizeof(magic));
	bytes_put_le32(data + AT_VERSION, FORMAT_VERSION);
	bytes_put_le32(data + AT_HEADER_BYTES, (uint32_t)n);
	bytes_put_le32(data + AT_CHECKSUM, firmware->checksum);
	bytes_put_le16(data + AT_TRAILER, firmware->trailer);
	bytes_put_le16(data + AT_TARGETS_OFFSET, FIRMWARE_TARGETS_OFFSET);
	memcpy(data + AT_NAME, firmware->version, strnlen(firmware->version, NAME_BYTES));
	memcpy(data + AT_SOURCE_SHA256, source_sha256, FIRMWARE_SHA256_BYTES);
	part_put(data, &n, FIRMWARE_PART_IMAGE, firmware->image, FIRMWARE_IMAGE_BYTES);
	part_put(data, &n, FIRMWARE_PART_CONFIGURATION, firmware->configuration, FIRMWARE_CONFIGURATION_BYTES);
	part_put(data, &n, FIRMWARE_PART_XTALK, firmware->xtalk, FIRMWARE_XTALK_BYTES);
	if (firmware->has_xtalk_calibration)
		part_put(data, &n, FIRMWARE_PART_XTALK_CALIBRATION, firmware->xtalk_calibration,
			 FIRMWARE_XTALK_CALIBRATION_BYTES);
	if (licence)
		part_put(data, &n, FIRMWARE_PART_LICENCE, licence, strlen(licence));
	bytes_put_le32(data + AT_FILE_BYTES, (uint32_t)n);
	bytes_put_le32(data + AT_CRC, container_crc(data, n));
	return n;
}

/* Appears complete or not at all: a service may be waiting for it. */
static int file_write(const char *path, const uint8_t *data, size_t n)
{
	size_t length = strlen(path);
	char *temporary = malloc(length + sizeof(".XXXXXX"));
	FILE *file = NULL;
	int r = 0;
	int fd;

	if (!temporary)
		return -ENOMEM;
	memcpy(temporary, path, length);
	memcpy(temporary + length, ".XXXXXX", sizeof(".XXXXXX"));
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0) {
		r = -errno;
		free(temporary);
		return r;
	}
	file = fdopen(fd, "w");
	if (!file || fwrite(data, 1, n, file) != n || fflush(file) != 0 || fchmod(fd, 0644) < 0 || fsync(fd) < 0)
		r = -errno;
	if (file ? fclose(file) != 0 : close(fd) < 0)
		r = r < 0 ? r : -errno;
	if (r == 0 && rename(temporary, path) < 0)
		r = -errno;
	if (r < 0)
		unlink(temporary);
	free(temporary);
	return r;
}

int firmware_save(const struct firmware *firmware, const uint8_t source_sha256[32], const char *licence,
		  const char *path)
{
	uint8_t *data;
	int r;

	if (licence && strlen(licence) > FIRMWARE_LICENCE_BYTES_MAX)
		return -EFBIG;
	data = calloc(1, FILE_BYTES_MAX);
	if (!data)
		return -ENOMEM;
	r = file_write(path, data, container_pack(firmware, source_sha256, licence, data));
	free(data);
	return r;
}
