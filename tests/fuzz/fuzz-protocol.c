/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz-protocol.c - any bytes as one message, and as a stream: what comes out is a message that opens once more. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mcu-offload/framing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct protocol_message *message)
{
	struct protocol_message copy;
	int r = protocol_open(message, PROTOCOL_HEADER_BYTES + (size_t)message->header.body_bytes, &copy);

	if ((r != PROTOCOL_STATUS_OK && r != PROTOCOL_STATUS_BAD_VERSION) || memcmp(message, &copy, sizeof(copy)) != 0)
		abort();
}

static void stream(const uint8_t *data, size_t size)
{
	struct framing framing = {.used = 0};
	struct protocol_message message;
	size_t at = 0, found = 0;

	while (at < size) {
		size_t n = 1 + data[at] % 100u, taken;
		int r;

		taken = framing_put(&framing, data + at, n < size - at ? n : size - at);
		at += taken;
		while ((r = framing_next(&framing, &message)) != 1) {
			if (r != PROTOCOL_STATUS_OK && r != PROTOCOL_STATUS_BAD_VERSION)
				abort();
			check(&message);
			found += PROTOCOL_HEADER_BYTES + (size_t)message.header.body_bytes;
		}
		if (taken == 0)
			abort();
	}
	if (found + framing.skipped + framing.used != size)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct protocol_message message;
	int r = protocol_open(data, size, &message);

	if (r == PROTOCOL_STATUS_OK || r == PROTOCOL_STATUS_BAD_VERSION)
		check(&message);
	(void)protocol_status_text((int8_t)(size > 0 ? data[0] : 0));
	stream(data, size);
	return 0;
}
