/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz-config.c - configuration files: read, and when accepted dumped, which must read back as the same. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ignore(void *userdata, const char *text)
{
	(void)userdata;
	(void)text;
}

static int read_text(const void *data, size_t size, struct config *config)
{
	struct config_report report = {.line = ignore};
	FILE *stream = fmemopen((void *)(uintptr_t)data, size, "r");
	int r;

	if (!stream)
		abort();
	config_init(config);
	r = config_read(stream, "fuzz", &report, config);
	fclose(stream);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config config, again;
	char *text = NULL;
	size_t length;
	FILE *stream;

	if (size == 0 || read_text(data, size, &config) < 0)
		return 0;
	stream = open_memstream(&text, &length);
	if (!stream)
		abort();
	config_dump(&config, CONFIG_DUMP_EFFECTIVE, stream);
	fclose(stream);
	if (read_text(text, length, &again) < 0)
		abort();
	again.mqtt_named = config.mqtt_named; /* a dump names every section */
	again.dbus_named = config.dbus_named;
	if (memcmp(&config, &again, sizeof(config)) != 0)
		abort();
	free(text);
	return 0;
}
