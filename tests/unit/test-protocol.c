/* SPDX-License-Identifier: Apache-2.0 */
/* test-protocol.c - messages sealed and opened, and found in a byte stream among noise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mcu-offload/framing.h"
#include "nn/runtime/crc32.h"

static struct protocol_message ping(uint32_t seq, size_t *ret_size)
{
	struct protocol_message message = {
		.header = {.type = PROTOCOL_PING, .body_bytes = sizeof(struct protocol_ping), .session = 7, .seq = seq},
		.body.ping.opaque = 0x0123456789abcdef,
	};

	*ret_size = protocol_seal(&message);
	return message;
}

/* The bytes as they are written in protocol.h, made by hand. */
static void a_message_is_what_the_picture_says(void **unused)
{
	static const uint8_t expected[] = {0x4e, 0x4e, 1, 2, 8, 0, 0, 0, 7, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0};
	size_t size;
	struct protocol_message message = ping(3, &size);
	uint32_t crc32 = message.header.crc32;

	(void)unused;
	assert_int_equal(size, 32);
	assert_memory_equal(&message, expected, sizeof(expected));
	message.header.crc32 = 0;
	assert_int_equal(nn_crc32(&message, size), crc32);
}

static void what_was_sealed_opens(void **unused)
{
	size_t size;
	struct protocol_message message = ping(3, &size), copy;

	(void)unused;
	assert_int_equal(protocol_open(&message, size, &copy), PROTOCOL_STATUS_OK);
	assert_memory_equal(&copy, &message, sizeof(copy));
}

static void every_flipped_bit_is_found(void **unused)
{
	size_t size;
	struct protocol_message message = ping(3, &size), copy;

	(void)unused;
	for (size_t bit = 0; bit < size * 8; bit++) {
		((uint8_t *)&message)[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_true(protocol_open(&message, size, &copy) < 0);
		((uint8_t *)&message)[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

static void every_wrong_length_is_found(void **unused)
{
	uint8_t bytes[PROTOCOL_MESSAGE_BYTES + 1] = {0};
	size_t size;
	struct protocol_message message = ping(3, &size), copy;

	(void)unused;
	memcpy(bytes, &message, size);
	for (size_t n = 0; n <= sizeof(bytes); n++)
		if (n != size)
			assert_int_equal(protocol_open(bytes, n, &copy), PROTOCOL_STATUS_BAD_LENGTH);
}

static void other_versions_can_say_hello_and_nothing_else(void **unused)
{
	struct protocol_message message = {.header = {.body_bytes = 8}}, copy;
	size_t size;

	(void)unused;
	for (unsigned type = 0; type < 256; type++) {
		bool frozen = type == PROTOCOL_HELLO || type == PROTOCOL_HELLO_ACK || type == PROTOCOL_ERROR;

		message.header.type = (uint8_t)type;
		size = protocol_seal(&message);
		message.header.version = PROTOCOL_VERSION_MAX + 1;
		message.header.crc32 = 0;
		message.header.crc32 = nn_crc32(&message, size);
		assert_int_equal(protocol_open(&message, size, &copy),
				 frozen ? PROTOCOL_STATUS_OK : PROTOCOL_STATUS_BAD_VERSION);
		assert_int_equal(copy.header.type, type);
	}
}

static void behind_a_short_body_are_zeros(void **unused)
{
	size_t size;
	struct protocol_message message = ping(3, &size), copy;

	(void)unused;
	memset(&copy, 0xff, sizeof(copy));
	assert_int_equal(protocol_open(&message, size, &copy), PROTOCOL_STATUS_OK);
	for (size_t i = sizeof(struct protocol_ping); i < PROTOCOL_BODY_BYTES; i++)
		assert_int_equal(copy.body.bytes[i], 0);
}

static void numbers_rise_across_their_end(void **unused)
{
	(void)unused;
	assert_true(protocol_seq_after(1, 0));
	assert_false(protocol_seq_after(1, 1));
	assert_false(protocol_seq_after(1, 2));
	assert_true(protocol_seq_after(1, UINT32_MAX));
	assert_false(protocol_seq_after(UINT32_MAX, 1));
}

/* Gives everything to a framing in pieces of `piece` bytes and counts the messages by their numbers' sum. */
static unsigned messages_in(const uint8_t *bytes, size_t size, size_t piece, struct framing *framing, uint32_t *ret_sum)
{
	struct protocol_message message;
	unsigned count = 0;

	*ret_sum = 0;
	for (size_t at = 0; at < size;) {
		size_t n = size - at < piece ? size - at : piece;

		at += framing_put(framing, bytes + at, n);
		while (framing_next(framing, &message) == PROTOCOL_STATUS_OK) {
			count++;
			*ret_sum += message.header.seq;
		}
	}
	return count;
}

static void a_stream_falls_into_messages(void **unused)
{
	uint8_t bytes[5 * 32];
	uint32_t sum;
	size_t size;

	(void)unused;
	for (uint32_t i = 0; i < 5; i++) {
		struct protocol_message message = ping(1u << i, &size);

		memcpy(bytes + i * 32, &message, 32);
	}
	for (size_t piece = 1; piece <= sizeof(bytes); piece++) {
		struct framing framing = {.used = 0};

		assert_int_equal(messages_in(bytes, sizeof(bytes), piece, &framing, &sum), 5);
		assert_int_equal(sum, 31);
		assert_int_equal(framing.skipped, 0);
		assert_int_equal(framing.used, 0);
	}
}

/* Noise that looks like beginnings, and a message that lacks a byte, cost themselves only. */
static void noise_costs_no_whole_message(void **unused)
{
	static const uint8_t noise[] = {0x4e, 0x00, 0x4e, 0x4e, 0x01, 0x02, 0xff, 0xff, 0x4e};
	uint8_t bytes[256];
	uint32_t sum;
	size_t size, at = 0;
	struct protocol_message message = ping(1, &size);

	(void)unused;
	memcpy(bytes + at, noise, sizeof(noise));
	at += sizeof(noise);
	memcpy(bytes + at, &message, 31); /* a byte is lost */
	at += 31;
	for (uint32_t seq = 2; seq <= 4; seq += 2) {
		message = ping(seq, &size);
		memcpy(bytes + at, &message, 32);
		at += 32;
	}
	for (size_t piece = 1; piece <= at; piece++) {
		struct framing framing = {.used = 0};

		assert_int_equal(messages_in(bytes, at, piece, &framing, &sum), 2);
		assert_int_equal(sum, 6);
		assert_int_equal(framing.skipped, sizeof(noise) + 31);
	}
}

static void a_beginning_that_never_ends_can_be_forgotten(void **unused)
{
	struct framing framing = {.used = 0};
	struct protocol_message message;
	size_t size;

	(void)unused;
	message = ping(1, &size);
	framing_put(&framing, &message, 20);
	assert_int_equal(framing_next(&framing, &message), 1);
	framing_reset(&framing);
	assert_int_equal(framing.skipped, 20);
	message = ping(2, &size);
	framing_put(&framing, &message, size);
	assert_int_equal(framing_next(&framing, &message), PROTOCOL_STATUS_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_what_the_picture_says),
		cmocka_unit_test(what_was_sealed_opens),
		cmocka_unit_test(every_flipped_bit_is_found),
		cmocka_unit_test(every_wrong_length_is_found),
		cmocka_unit_test(other_versions_can_say_hello_and_nothing_else),
		cmocka_unit_test(behind_a_short_body_are_zeros),
		cmocka_unit_test(numbers_rise_across_their_end),
		cmocka_unit_test(a_stream_falls_into_messages),
		cmocka_unit_test(noise_costs_no_whole_message),
		cmocka_unit_test(a_beginning_that_never_ends_can_be_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
