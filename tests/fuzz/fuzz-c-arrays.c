/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz-c-arrays.c - vl53l8cx-fwcut's reader of C headers against any text; the arrays are short, so that seeds are. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/c-arrays.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t image[8], configuration[4];
	struct c_array arrays[] = {
		{.name = "IMAGE", .data = image, .size = sizeof(image), .macro_at = sizeof(image)},
		{.name = "CONFIGURATION",
		 .data = configuration,
		 .size = sizeof(configuration),
		 .macro_at = 2,
		 .macro_value = 2},
		{.name = "FOREIGN", .refusal = "not ours"},
	};
	char reason[C_ARRAYS_REASON];
	unsigned line = 0;
	int r = c_arrays_parse((const char *)data, size, arrays, sizeof(arrays) / sizeof(arrays[0]), &line, reason);

	if (r < 0 && (line == 0 || strlen(reason) == 0))
		abort();
	if (c_arrays_comment((const char *)data, size) > size)
		abort();
	return 0;
}
