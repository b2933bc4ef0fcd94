/* SPDX-License-Identifier: Apache-2.0 */
/* protocol.c - messages sealed, checked and named; the same on both cores (see protocol.h). */
#include "mcu-offload/protocol.h"

#include "nn/runtime/crc32.h"
#include "nn/runtime/model.h"

_Static_assert(PROTOCOL_OUTPUT_BYTES >= NN_CLASSES_MAX * 4, "the largest output fits one message");

size_t protocol_seal(struct protocol_message *message)
{
	size_t size = PROTOCOL_HEADER_BYTES + message->header.body_bytes;

	message->header.magic = PROTOCOL_MAGIC;
	message->header.version = PROTOCOL_VERSION;
	message->header.crc32 = 0;
	message->header.crc32 = nn_crc32(message, size);
	return size;
}

static bool type_never_changes(uint8_t type)
{
	return type == PROTOCOL_HELLO || type == PROTOCOL_HELLO_ACK || type == PROTOCOL_ERROR;
}

int protocol_open(const void *bytes, size_t size, struct protocol_message *ret_message)
{
	struct protocol_header header;
	uint32_t crc32;

	if (size < PROTOCOL_HEADER_BYTES || size > PROTOCOL_MESSAGE_BYTES)
		return PROTOCOL_STATUS_BAD_LENGTH;
	__builtin_memcpy(&header, bytes, sizeof(header));
	if (header.magic != PROTOCOL_MAGIC)
		return PROTOCOL_STATUS_BAD_CRC;
	if (header.body_bytes != size - PROTOCOL_HEADER_BYTES)
		return PROTOCOL_STATUS_BAD_LENGTH;

	__builtin_memcpy(ret_message, bytes, size);
	__builtin_memset((uint8_t *)ret_message + size, 0, sizeof(*ret_message) - size);
	ret_message->header.crc32 = 0;
	crc32 = nn_crc32(ret_message, size);
	ret_message->header.crc32 = header.crc32;
	if (crc32 != header.crc32)
		return PROTOCOL_STATUS_BAD_CRC;
	if ((header.version < PROTOCOL_VERSION_MIN || header.version > PROTOCOL_VERSION_MAX) &&
	    !type_never_changes(header.type))
		return PROTOCOL_STATUS_BAD_VERSION;
	return PROTOCOL_STATUS_OK;
}

int protocol_body_least(uint8_t type)
{
	switch (type) {
	case PROTOCOL_HELLO:
		return 2; /* the versions */
	case PROTOCOL_HELLO_ACK:
		return offsetof(struct protocol_hello_ack, firmware);
	case PROTOCOL_PING:
		return sizeof(struct protocol_ping);
	case PROTOCOL_PONG:
		return sizeof(struct protocol_pong);
	case PROTOCOL_INFER:
		return sizeof(struct protocol_infer);
	case PROTOCOL_RESULT:
		return offsetof(struct protocol_result, output);
	case PROTOCOL_MODEL_BEGIN:
		return sizeof(struct protocol_model_begin);
	case PROTOCOL_MODEL_CHUNK:
		return offsetof(struct protocol_model_chunk, data);
	case PROTOCOL_MODEL_COMMIT:
		return sizeof(struct protocol_model_commit);
	case PROTOCOL_MODEL_BEGIN | PROTOCOL_REPLY:
	case PROTOCOL_MODEL_CHUNK | PROTOCOL_REPLY:
	case PROTOCOL_MODEL_COMMIT | PROTOCOL_REPLY:
	case PROTOCOL_MODEL_ABORT | PROTOCOL_REPLY:
		return sizeof(struct protocol_upload);
	case PROTOCOL_STATS_REPLY:
		return offsetof(struct protocol_stats, run_us_min);
	case PROTOCOL_SELFTEST_REPLY:
		return sizeof(struct protocol_selftest);
	case PROTOCOL_ERROR:
		return sizeof(struct protocol_error);
	case PROTOCOL_BYE:
	case PROTOCOL_MODEL_ABORT:
	case PROTOCOL_STATS:
	case PROTOCOL_SELFTEST:
		return 0;
	default:
		return -1;
	}
}

const char *protocol_status_text(int status)
{
	switch (status) {
#define TEXT(name, value, text)                                                                                        \
	case value:                                                                                                    \
		return text;
		PROTOCOL_STATUSES(TEXT)
#undef TEXT
	default:
		return NULL;
	}
}

uint32_t protocol_model_tag(const uint8_t sha256[PROTOCOL_SHA256_BYTES])
{
	uint32_t tag;

	__builtin_memcpy(&tag, sha256, sizeof(tag));
	return tag;
}
