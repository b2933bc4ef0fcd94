/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config-key.h - the one table of configuration keys, and how a key's text becomes its value and back.
 *
 * To add a key: a field in config.h (or mqtt-settings.h), a line in the table of config-keys.c, and
 * `make update-config-docs`. Parsing, checks, dump, template and manual page follow.
 */
#ifndef DAEMON_CONFIG_KEY_H
#define DAEMON_CONFIG_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/config.h"

enum config_type {
	CONFIG_BOOL,   /* bool: yes, no (also true, false, on, off, 1, 0) */
	CONFIG_UINT,   /* uint8_t, uint16_t, uint32_t or unsigned, decimal or 0x */
	CONFIG_REAL,   /* float */
	CONFIG_STRING, /* char[size] */
	CONFIG_CHOICE, /* one word of choices, stored as its number; in a char[] when no word has a number */
};

/* What a text must look like besides being short enough. */
enum config_form {
	CONFIG_FORM_ANY,
	CONFIG_FORM_PATH,  /* absolute, or empty */
	CONFIG_FORM_TOPIC, /* no +, #, and no empty level */
	CONFIG_FORM_WORD,  /* letters, digits, _ and - */
	CONFIG_FORM_NAME,  /* host name or address: no spaces */
};

struct config_choice {
	const char *text; /* NULL ends the list */
	unsigned value;
};

struct config_key {
	const char *section; /* "posture" for [posture NAME] */
	const char *name;
	enum config_type type;
	enum config_form form;
	size_t offset; /* in struct config; of a posture key in struct posture_settings */
	size_t size;
	double min, max;
	const struct config_choice *choices;
	const char *preset; /* the default, as text */
	const char *unit;   /* "" = none */
	bool live;	    /* a reload applies it; else it needs a restart */
	const char *doc;
};

struct config_section {
	const char *name;
	const char *doc;
};

extern const struct config_key config_keys[];
extern const size_t config_keys_count;
extern const struct config_section config_sections[];
extern const size_t config_sections_count;

/* Bit of a [posture NAME] key in posture_settings.set. */
uint32_t config_key_bit(const struct config_key *key);

/* NULL when there is none. section is the bare one ("posture"). */
const struct config_key *config_key_find(const char *section, const char *name);

/* The name most like a wrong one, NULL when none comes near. section NULL: among the sections. */
const char *config_key_guess(const char *section, const char *name);

/* base: struct config, or struct posture_settings for a posture key. Returns 0 or -EINVAL with ret_reason filled. */
int config_key_parse(const struct config_key *key, const char *text, void *base, char *ret_reason);

/* The value as config_key_parse reads it back. Truncated to size; size CONFIG_TEXT is always enough. */
void config_key_format(const struct config_key *key, const void *base, char *ret_text, size_t size);

/* What a key takes, in words: "0 to 1", "closest or strongest", "yes or no". */
void config_key_allowed(const struct config_key *key, char *ret_text, size_t size);

#endif
