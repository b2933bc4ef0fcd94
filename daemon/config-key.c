/* SPDX-License-Identifier: Apache-2.0 */
/* config-key.c - text to value and back, and what to say when the text is wrong (see config-key.h). */
#include "daemon/config-key.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct config_choice yes_no[] = {{"yes", 1}, {"no", 0}, {"true", 1}, {"false", 0}, {"on", 1},
					      {"off", 0}, {"1", 1},  {"0", 0},	  {NULL, 0}};

/* --- finding ------------------------------------------------------------------------------------------------ */

const struct config_key *config_key_find(const char *section, const char *name)
{
	for (size_t i = 0; i < config_keys_count; i++)
		if (strcmp(config_keys[i].section, section) == 0 && strcmp(config_keys[i].name, name) == 0)
			return &config_keys[i];
	return NULL;
}

uint32_t config_key_bit(const struct config_key *key)
{
	uint32_t bit = 1;

	for (const struct config_key *k = key; k > config_keys && strcmp(k[-1].section, key->section) == 0; k--)
		bit <<= 1;
	return bit;
}

static unsigned smallest(unsigned a, unsigned b, unsigned c)
{
	unsigned least = a < b ? a : b;

	return least < c ? least : c;
}

/* Levenshtein's distance without case; texts longer than a row count as far away. */
static unsigned distance(const char *a, const char *b)
{
	enum { LONGEST = 40 };
	unsigned row[LONGEST + 1];
	size_t n = strlen(b);

	if (n > LONGEST || strlen(a) > LONGEST)
		return LONGEST;
	for (unsigned j = 0; j <= n; j++)
		row[j] = j;
	for (unsigned i = 0; a[i] != '\0'; i++) {
		unsigned corner = i;

		row[0] = i + 1;
		for (size_t j = 0; j < n; j++) {
			unsigned equal = tolower((unsigned char)a[i]) == tolower((unsigned char)b[j]);
			unsigned cost = smallest(row[j] + 1, row[j + 1] + 1, corner + !equal);

			corner = row[j + 1];
			row[j + 1] = cost;
		}
	}
	return row[n];
}

/* Keeps the nearest of the candidates that are at most a third of their letters away. */
static void guess(const char *wrong, const char *candidate, const char **best, unsigned *best_distance)
{
	unsigned d = distance(wrong, candidate);

	if (d < *best_distance && d < strlen(candidate) && d <= (strlen(candidate) + 2) / 3) {
		*best = candidate;
		*best_distance = d;
	}
}

const char *config_key_guess(const char *section, const char *name)
{
	const char *best = NULL;
	unsigned best_distance = 1000;

	if (!section)
		for (size_t i = 0; i < config_sections_count; i++)
			guess(name, config_sections[i].name, &best, &best_distance);
	for (size_t i = 0; section && i < config_keys_count; i++)
		if (strcmp(config_keys[i].section, section) == 0)
			guess(name, config_keys[i].name, &best, &best_distance);
	return best;
}

static const char *choice_guess(const struct config_choice *choices, const char *wrong)
{
	const char *best = NULL;
	unsigned best_distance = 1000;

	for (; choices->text; choices++)
		guess(wrong, choices->text, &best, &best_distance);
	return best;
}

/* --- numbers in memory -------------------------------------------------------------------------------------- */

static void store(void *at, size_t size, uint32_t value)
{
	uint8_t u8 = (uint8_t)value;
	uint16_t u16 = (uint16_t)value;

	memcpy(at, size == 1 ? (void *)&u8 : size == 2 ? (void *)&u16 : (void *)&value, size);
}

static uint32_t load(const void *at, size_t size)
{
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;

	switch (size) {
	case 1:
		memcpy(&u8, at, size);
		return u8;
	case 2:
		memcpy(&u16, at, size);
		return u16;
	default:
		memcpy(&u32, at, sizeof(u32));
		return u32;
	}
}

static bool is_hexadecimal(const struct config_key *key)
{
	return strncmp(key->preset, "0x", 2) == 0;
}

/* A choice that has more room than a number is kept as its word. */
static bool choice_is_word(const struct config_key *key)
{
	return key->size > sizeof(uint32_t);
}

/* --- parsing ------------------------------------------------------------------------------------------------ */

void config_key_allowed(const struct config_key *key, char *ret_text, size_t size)
{
	static const char *const forms[] = {
		[CONFIG_FORM_ANY] = "",
		[CONFIG_FORM_PATH] = "an absolute path, ",
		[CONFIG_FORM_TOPIC] = "levels between slashes, none empty, without + and #, ",
		[CONFIG_FORM_WORD] = "letters, digits, _ and -, ",
		[CONFIG_FORM_NAME] = "a name or an address, ",
	};
	size_t at = 0;

	switch (key->type) {
	case CONFIG_BOOL:
		snprintf(ret_text, size, "yes or no");
		break;
	case CONFIG_UINT:
		snprintf(ret_text, size, is_hexadecimal(key) ? "0x%02x to 0x%02x" : "%u to %u", (unsigned)key->min,
			 (unsigned)key->max);
		break;
	case CONFIG_REAL:
		snprintf(ret_text, size, "%g to %g", key->min, key->max);
		break;
	case CONFIG_STRING:
		snprintf(ret_text, size, "%sat most %zu bytes", forms[key->form], key->size - 1);
		break;
	case CONFIG_CHOICE:
		ret_text[0] = '\0';
		for (const struct config_choice *c = key->choices; c->text && at < size; c++)
			at += (size_t)snprintf(ret_text + at, size - at, "%s%s",
					       c == key->choices ? ""
					       : c[1].text	 ? ", "
								 : " or ",
					       c->text);
		break;
	}
}

static int refuse(const struct config_key *key, const char *text, const char *meant, char *ret_reason)
{
	char allowed[CONFIG_TEXT];

	config_key_allowed(key, allowed, sizeof(allowed));
	snprintf(ret_reason, CONFIG_REASON, "`%.60s` is not allowed: %s%s%s%s%s", text, allowed, key->unit ? " " : "",
		 key->unit ? key->unit : "", meant ? ", did you mean " : "", meant ? meant : "");
	if (meant)
		strncat(ret_reason, "?", CONFIG_REASON - strlen(ret_reason) - 1);
	return -EINVAL;
}

static bool parse_uint(const struct config_key *key, const char *text, void *at)
{
	char *end;
	unsigned long long value;
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');

	/* strtoull() alone would take blanks, signs and octal. */
	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	value = strtoull(text, &end, hex ? 16 : 10);
	if (errno != 0 || *end != '\0' || (double)value < key->min || (double)value > key->max)
		return false;
	store(at, key->size, (uint32_t)value);
	return true;
}

static bool parse_real(const struct config_key *key, const char *text, void *at)
{
	char *end;
	double value;
	float f;

	/* Plain decimals only: strtod() would also take inf, nan, hexadecimal and blanks. */
	if (text[0] == '\0' || text[strspn(text, "0123456789.eE-+")] != '\0')
		return false;
	value = strtod(text, &end);
	if (*end != '\0' || !(value >= key->min && value <= key->max))
		return false;
	f = (float)value;
	memcpy(at, &f, sizeof(f));
	return true;
}

static bool parse_choice(const struct config_key *key, const struct config_choice *choices, const char *text, void *at)
{
	for (; choices->text; choices++)
		if (strcasecmp(choices->text, text) == 0) {
			if (choice_is_word(key))
				strncpy(at, choices->text, key->size);
			else
				store(at, key->size, choices->value);
			return true;
		}
	return false;
}

static bool form_fits(enum config_form form, const char *text)
{
	size_t n = strlen(text);

	/* After the blank that a dump puts before it, it would be a comment. */
	if (text[0] == ';')
		return false;
	for (size_t i = 0; i < n; i++)
		if (iscntrl((unsigned char)text[i]))
			return false;
	switch (form) {
	case CONFIG_FORM_ANY:
		return true;
	case CONFIG_FORM_PATH:
		return n == 0 || text[0] == '/';
	case CONFIG_FORM_TOPIC:
		return n > 0 && !strpbrk(text, "+#") && text[0] != '/' && text[0] != '$' && text[n - 1] != '/' &&
		       !strstr(text, "//");
	case CONFIG_FORM_WORD:
		for (size_t i = 0; i < n; i++)
			if (!isalnum((unsigned char)text[i]) && text[i] != '_' && text[i] != '-')
				return false;
		return true;
	case CONFIG_FORM_NAME:
		return n > 0 && !strpbrk(text, " \t/");
	}
	return false;
}

int config_key_parse(const struct config_key *key, const char *text, void *base, char *ret_reason)
{
	char *at = (char *)base + key->offset;
	const char *meant = NULL;
	bool taken = false;

	switch (key->type) {
	case CONFIG_BOOL:
		taken = parse_choice(key, yes_no, text, at);
		break;
	case CONFIG_UINT:
		taken = parse_uint(key, text, at);
		break;
	case CONFIG_REAL:
		taken = parse_real(key, text, at);
		break;
	case CONFIG_STRING:
		taken = strlen(text) < key->size && form_fits(key->form, text);
		if (taken) {
			memset(at, 0, key->size);
			memcpy(at, text, strlen(text));
		}
		break;
	case CONFIG_CHOICE:
		taken = parse_choice(key, key->choices, text, at);
		if (!taken)
			meant = choice_guess(key->choices, text);
		break;
	}
	return taken ? 0 : refuse(key, text, meant, ret_reason);
}

void config_key_format(const struct config_key *key, const void *base, char *ret_text, size_t size)
{
	const char *at = (const char *)base + key->offset;
	float real;
	int digits = 6;

	switch (key->type) {
	case CONFIG_BOOL:
		snprintf(ret_text, size, "%s", load(at, key->size) ? "yes" : "no");
		break;
	case CONFIG_UINT:
		snprintf(ret_text, size, is_hexadecimal(key) ? "0x%02x" : "%u", load(at, key->size));
		break;
	case CONFIG_REAL:
		/* As few digits as read back to the same float. */
		memcpy(&real, at, sizeof(real));
		do
			snprintf(ret_text, size, "%.*g", digits, (double)real);
		while (strtof(ret_text, NULL) != real && ++digits <= 9);
		break;
	case CONFIG_STRING:
		snprintf(ret_text, size, "%.*s", (int)key->size, at);
		break;
	case CONFIG_CHOICE:
		if (choice_is_word(key)) {
			snprintf(ret_text, size, "%.*s", (int)key->size, at);
			break;
		}
		for (const struct config_choice *c = key->choices; c->text; c++)
			if (c->value == load(at, key->size))
				snprintf(ret_text, size, "%s", c->text);
		break;
	}
}
