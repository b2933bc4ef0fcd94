/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz-samples.c - arrays and pictures that posture-model looks at. */
#include <stdint.h>

#include "nn/tool/image.h"
#include "nn/tool/npy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char image_reason[IMAGE_REASON], npy_reason[NPY_REASON];
	struct image image;
	struct npy npy;

	if (npy_read(data, size, &npy, npy_reason) == 0)
		for (uint64_t i = 0; i < npy.items; i++)
			(void)npy_number(&npy, i);
	if (image_is(data, size) && image_read(data, size, &image, image_reason) == 0) {
		image_set_channels(&image, size % 2 ? 1 : 3);
		image_clear(&image);
	}
	return 0;
}
