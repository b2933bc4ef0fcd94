/* SPDX-License-Identifier: Apache-2.0 */
/* test-nn-image.c - pictures: what their numbers become, and what is refused with which reason. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nn/tool/image.h"

#ifdef HAVE_PNG
/* 4x1, grey, 16 bits: 0x0000, 0x0101, 0x6464, 0xffff; no chunk says a gamma. */
static const uint8_t sixteen_bits[] = {0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49,
				       0x48, 0x44, 0x52, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x01, 0x10, 0x00,
				       0x00, 0x00, 0x00, 0x8c, 0xc7, 0x8c, 0x52, 0x00, 0x00, 0x00, 0x11, 0x49, 0x44,
				       0x41, 0x54, 0x78, 0x9c, 0x63, 0x60, 0x60, 0x60, 0x64, 0x4c, 0x49, 0xf9, 0xff,
				       0x1f, 0x00, 0x05, 0xcd, 0x02, 0xc9, 0xff, 0xd8, 0xe6, 0x19, 0x00, 0x00, 0x00,
				       0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82};

static void sixteen_bits_are_scaled(void **state)
{
	static const uint8_t wanted[] = {0, 1, 100, 255};
	char reason[IMAGE_REASON];
	struct image image;

	(void)state;
	assert_int_equal(image_read(sixteen_bits, sizeof(sixteen_bits), &image, reason), 0);
	assert_int_equal(image.channels, 1);
	assert_memory_equal(image.pixels, wanted, sizeof(wanted));
	image_clear(&image);
}
#endif

static void bad_headers_are_refused(void **state)
{
	static const struct {
		const char *text, *reason;
	} cases[] = {
		{"P5 9999999 1 255\n0", "too large numbers"},
		{"P5 1 1 65535\n00", "only 8 bits"},
		{"P5 1", "can't be read"},
		{"P5 2 2 255\n000", ""},
		{"P6 0 1 255\n", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const uint8_t *bytes = (const uint8_t *)cases[i].text;
		char reason[IMAGE_REASON] = "";
		struct image image;

		assert_true(image_is(bytes, strlen(cases[i].text)));
		assert_true(image_read(bytes, strlen(cases[i].text), &image, reason) < 0);
		assert_non_null(strstr(reason, cases[i].reason));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#ifdef HAVE_PNG
		cmocka_unit_test(sixteen_bits_are_scaled),
#endif
		cmocka_unit_test(bad_headers_are_refused),
	};

	return cmocka_run_group_tests_name("nn-image", tests, NULL, NULL);
}
