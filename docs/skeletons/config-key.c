/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config-key.c - skeleton of configuration keys (daemon/config-key.h): one of every type, as rows of the table in
 * daemon/config-keys.c.
 *
 * Then: the fields go to struct config (daemon/config.h), the section and its keys to daemon/config-keys.c, and
 * `make update-config-docs` writes the commented etc/postured.conf and the keys of postured.conf(5). Parsing, ranges,
 * "did you mean", --check-config and --dump-config come with the row.
 */
#include <stddef.h>

#include "daemon/config-key.h"

/* In daemon/config.h this is a member of struct config. */
struct skeleton_settings {
	bool enabled;
	uint16_t period_ms;
	float gain;
	char path[CONFIG_TEXT];
	uint8_t colour;
};

#define AT(member)                                                                                                     \
	.offset = offsetof(struct skeleton_settings, member), .size = sizeof(((struct skeleton_settings *)0)->member)

enum { COLOUR_RED = 1, COLOUR_GREEN };
static const struct config_choice colours[] = {{"red", COLOUR_RED}, {"green", COLOUR_GREEN}, {NULL, 0}};

extern const struct config_key skeleton_keys[];

/* Presets are texts, read like those of a file. live: a reload applies the key, else it needs a restart. */
/* clang-format off */
const struct config_key skeleton_keys[] = {
	{"skeleton", "enabled", CONFIG_BOOL, AT(enabled), .preset = "no",
	 .doc = "One or two sentences for the manual: what it does, and what its user gains by changing it."},
	{"skeleton", "period_ms", CONFIG_UINT, AT(period_ms), .min = 1, .max = 60000, .preset = "1000", .unit = "ms",
	 .live = true, .doc = "Units stand in the name and in the column for them."},
	{"skeleton", "gain", CONFIG_REAL, AT(gain), .min = 0, .max = 1, .preset = "0.5", .live = true,
	 .doc = "min and max belong to the range."},
	{"skeleton", "path", CONFIG_STRING, CONFIG_FORM_PATH, AT(path), .preset = "",
	 .doc = "The form says what a text must look like: here an absolute path, or nothing."},
	{"skeleton", "colour", CONFIG_CHOICE, AT(colour), .choices = colours, .preset = "green",
	 .doc = "One word of a list."},
};
/* clang-format on */
