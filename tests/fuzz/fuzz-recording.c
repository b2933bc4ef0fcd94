/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz-recording.c - the bytes of a capture file, whatever they are, give frames or a clear error. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/recording.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct recording recording = {.n = 0};
	char reason[RECORDING_REASON] = "";
	int r = recording_read_memory(data, size, &recording, reason);

	if (r < 0) {
		if (reason[0] == '\0' || recording.frames)
			abort();
		return 0;
	}
	if (recording.n < 1 || recording.n > RECORDING_FRAMES_MAX)
		abort();
	for (size_t i = 0; i < recording.n; i++)
		if (i > 0 && recording.frames[i].t_ns < recording.frames[i - 1].t_ns)
			abort();
	recording_clear(&recording);
	return 0;
}
