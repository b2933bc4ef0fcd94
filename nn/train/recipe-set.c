/* SPDX-License-Identifier: Apache-2.0 */
/* recipe-set.c - the text of a value becomes what the recipe keeps, or a sentence about what is allowed. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "nn/train/frozen-layers.h"
#include "nn/train/recipe-keys.h"

static int refuse(char *ret_reason, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int refuse(char *ret_reason, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(ret_reason, RECIPE_REASON, format, arguments);
	va_end(arguments);
	return -EINVAL;
}

bool recipe_is_one_of(const char *path, const char *words)
{
	size_t length = strlen(path);

	for (const char *at = words; at && *at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL)
		if (!strncmp(at, path, length) && (at[length] == '|' || !at[length]))
			return true;
	return false;
}

/* Position of a word among others with | between, whatever its case; -1: not there. */
static int find_choice(const char *words, const char *text)
{
	size_t length = strlen(text);
	int i = 0;

	for (const char *at = words; at && *at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL, i++)
		if (!strncasecmp(at, text, length) && (at[length] == '|' || !at[length]))
			return i;
	return -1;
}

static bool read_double(const char *text, double *ret_number)
{
	char *end;

	errno = 0;
	*ret_number = strtod(text, &end);
	while (isspace((unsigned char)*end))
		end++;
	return end != text && !*end && isfinite(*ret_number);
}

static int read_in_range(const struct recipe_key *key, const char *text, bool whole, double *ret_number,
			 char *ret_reason)
{
	double number;

	if (!read_double(text, &number) || number < key->low || number > key->high ||
	    (whole && number != floor(number)))
		return refuse(ret_reason, "\"%.40s\": a %snumber from %.10g to %.10g is needed", text,
			      whole ? "whole " : "", key->low, key->high);
	*ret_number = number;
	return 0;
}

static int set_bool(bool *value, const char *text, char *ret_reason)
{
	int choice = find_choice("false|no|off|0|true|yes|on|1", text);

	if (choice < 0)
		return refuse(ret_reason, "\"%.40s\": yes or no is needed", text);
	*value = choice >= 4;
	return 0;
}

static int set_choice(const struct recipe_key *key, int *value, const char *text, int first, char *ret_reason)
{
	int choice = find_choice(key->choices, text);

	if (choice < 0)
		return refuse(ret_reason, "\"%.40s\": one of %.240s is needed", text, key->choices);
	*value = choice + first;
	return 0;
}

static int set_string(const struct recipe_key *key, char *value, const char *text, char *ret_reason)
{
	if (strlen(text) >= (size_t)key->high)
		return refuse(ret_reason, "%zu bytes are too long; at most %.0f", strlen(text), key->high - 1);
	for (const char *at = text; *at; at++)
		if (iscntrl((unsigned char)*at))
			return refuse(ret_reason, "a text without control characters is needed");
	strcpy(value, text);
	return 0;
}

/* Numbers with commas between, in brackets of any kind or none. Returns how many, or -1. */
static int read_list(const char *text, double *numbers, int most)
{
	int n = 0;

	for (const char *at = text + strspn(text, " ([");; n++) {
		char *end;

		if (n == most)
			return -1;
		numbers[n] = strtod(at, &end);
		if (end == at)
			return -1;
		at = end + strspn(end, " ");
		if (*at != ',') {
			at += strspn(at, " )]");
			return *at ? -1 : n + 1;
		}
		at++;
	}
}

static int set_shape(uint32_t shape[3], const char *text, char *ret_reason)
{
	double numbers[3];
	int n = read_list(text, numbers, 3);

	for (int i = 0; i < n; i++)
		if (!(numbers[i] >= 1 && numbers[i] <= 4096) || numbers[i] != floor(numbers[i]))
			n = -1;
	if (n != 1 && n != 3)
		return refuse(ret_reason,
			      "\"%.40s\": [height, width, channels] or one length is needed, from 1 to 4096", text);
	for (int i = 0; i < 3; i++)
		shape[i] = n == 3 ? (uint32_t)numbers[i] : i < 2 ? 1 : (uint32_t)numbers[0];
	return 0;
}

static int set_numbers(const struct recipe_key *key, struct recipe_numbers *value, int most, const char *text,
		       char *ret_reason)
{
	double numbers[RECIPE_NUMBERS_MAX];
	int n = read_list(text, numbers, most);

	for (int i = 0; i < n; i++)
		if (!(numbers[i] >= key->low && numbers[i] <= key->high))
			n = -1;
	if (n < 1)
		return refuse(ret_reason, "\"%.40s\": 1 to %d numbers from %g to %g are needed", text, most, key->low,
			      key->high);
	for (int i = 0; i < n; i++)
		value->list[i] = (float)numbers[i];
	value->n = (unsigned)n;
	return 0;
}

static int set_flip(struct augmentation *augmentation, const struct recipe_key *key, const char *text, char *ret_reason)
{
	int choice = 0;

	if (find_choice("false|no", text) >= 0)
		return 0;
	if (set_choice(key, &choice, text, 0, ret_reason) < 0)
		return -EINVAL;
	augmentation->mirror = choice != 1 ? 0.5f : 0;
	augmentation->flip = choice >= 1 ? 0.5f : 0;
	return 0;
}

static int set_freeze(const struct recipe_key *key, char *value, const char *text, char *ret_reason)
{
	char reason[FROZEN_REASON];

	if (frozen_layers_check(text, reason) < 0)
		return refuse(ret_reason, "%s", reason);
	return set_string(key, value, text, ret_reason);
}

static int set_mode(const char *text, char *ret_reason)
{
	if (!strcmp(text, "training") || !strcmp(text, "chain_tqe") || !strcmp(text, "chain_tqeb") ||
	    !strcmp(text, "chain_tb") || !strcmp(text, "chain_tbqeb"))
		return 0;
	return refuse(ret_reason,
		      "\"%.40s\": this command trains (training, chain_tqe, chain_tqeb); `posture-model eval`, bench, "
		      "quantize and run do the rest",
		      text);
}

int recipe_set(struct recipe *recipe, const struct recipe_key *key, const char *text, char *ret_reason)
{
	void *value = (char *)recipe + key->offset;
	double number;
	int r = 0;

	switch (key->type) {
	case RECIPE_FLOAT:
	case RECIPE_DEGREES:
		r = read_in_range(key, text, false, &number, ret_reason);
		if (r == 0)
			*(float *)value =
				(float)(key->type == RECIPE_DEGREES ? number * 3.14159265358979 / 180 : number);
		return r;
	case RECIPE_WHOLE:
		r = read_in_range(key, text, true, &number, ret_reason);
		if (r == 0)
			*(unsigned *)value = (unsigned)number;
		return r;
	case RECIPE_BIG:
		r = read_in_range(key, text, true, &number, ret_reason);
		if (r == 0)
			*(uint64_t *)value = (uint64_t)number;
		return r;
	case RECIPE_BOOL:
		return set_bool(value, text, ret_reason);
	case RECIPE_CHOICE:
	case RECIPE_MONITOR:
	case RECIPE_OPTIMISER_NAME:
		return set_choice(key, value, text, key->type == RECIPE_CHOICE ? (int)key->low : 0, ret_reason);
	case RECIPE_SCHEDULE_NAME: {
		int choice = 0;

		r = set_choice(key, &choice, text, 0, ret_reason);
		if (r == 0)
			*(int *)value = choice == 0 ? TRAINER_PLATEAU : TRAINER_CONSTANT;
		return r;
	}
	case RECIPE_STRING:
	case RECIPE_NAMES:
		return set_string(key, value, text, ret_reason);
	case RECIPE_SHAPE:
		return set_shape(value, text, ret_reason);
	case RECIPE_NUMBERS:
		return set_numbers(key, value, RECIPE_NUMBERS_MAX, text, ret_reason);
	case RECIPE_CHANNELS:
		return set_numbers(key, value, RECIPE_CHANNELS_MAX, text, ret_reason);
	case RECIPE_FLIP:
		return set_flip(value, key, text, ret_reason);
	case RECIPE_FREEZE:
		return set_freeze(key, value, text, ret_reason);
	case RECIPE_MODE:
		return set_mode(text, ret_reason);
	case RECIPE_LAYERS:
		break;
	}
	return refuse(ret_reason, "a list of layers is needed");
}
