/* SPDX-License-Identifier: Apache-2.0 */
/* frozen-layers.c - see frozen-layers.h. */
#include "nn/train/frozen-layers.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	INDEX_MAX = 1000000,
};

/* One item: an index, or a range with either end left out. */
struct range {
	long begin, end;
	bool is_range, has_begin, has_end;
};

static int refuse(const char *text, char *ret_reason)
{
	snprintf(ret_reason, FROZEN_REASON,
		 "\"%.48s\" is no list of layers; write indices and ranges, as (0:-1) or (8, 110:121, -1)", text);
	return -EINVAL;
}

static const char *skip_blanks(const char *at)
{
	while (isspace((unsigned char)*at))
		at++;
	return at;
}

static bool read_number(const char **at, long *ret_number)
{
	const char *digits = skip_blanks(*at);
	char *end;

	if (!isdigit((unsigned char)digits[*digits == '-']))
		return false;
	errno = 0;
	*ret_number = strtol(digits, &end, 10);
	*at = end;
	return !errno && *ret_number >= -INDEX_MAX && *ret_number <= INDEX_MAX;
}

static bool read_range(const char **at, struct range *range)
{
	*range = (struct range){0};
	range->has_begin = read_number(at, &range->begin);
	*at = skip_blanks(*at);
	if (**at == ':') {
		range->is_range = true;
		++*at;
		range->has_end = read_number(at, &range->end);
	}
	return range->has_begin || range->is_range;
}

static long from_end(long index, unsigned n)
{
	return index < 0 ? index + (long)n : index;
}

static int mark(const struct range *range, unsigned n, bool *frozen, char *ret_reason)
{
	long begin = range->has_begin ? from_end(range->begin, n) : 0;
	long end = range->has_end ? from_end(range->end, n) : (long)n;

	if (!range->is_range && (begin < 0 || begin >= (long)n)) {
		snprintf(ret_reason, FROZEN_REASON, "layer %ld: there are %u, from 0 to %u", range->begin, n,
			 n ? n - 1 : 0);
		return -EINVAL;
	}
	end = range->is_range ? end : begin + 1;
	for (long i = begin < 0 ? 0 : begin; i < end && i < (long)n; i++)
		frozen[i] = true;
	return 0;
}

static int parse(const char *text, bool check_only, unsigned n, bool *frozen, char *ret_reason)
{
	const char *at = skip_blanks(text);
	bool open = *at == '(' || *at == '[';
	char close = *at == '(' ? ')' : ']';

	if (!*at || !strcmp(at, "None") || !strcmp(at, "null") || !strcmp(at, "~"))
		return 0;
	at += open;
	for (;;) {
		struct range range;

		if (!read_range(&at, &range))
			return refuse(text, ret_reason);
		if (!check_only && mark(&range, n, frozen, ret_reason) < 0)
			return -EINVAL;
		at = skip_blanks(at);
		if (*at != ',')
			break;
		at = skip_blanks(at + 1);
		if (open && *at == close)
			break; /* Python's (3,) */
	}
	if (open && *at++ != close)
		return refuse(text, ret_reason);
	return *skip_blanks(at) ? refuse(text, ret_reason) : 0;
}

int frozen_layers_parse(const char *text, unsigned n, bool *ret_frozen, char *ret_reason)
{
	memset(ret_frozen, false, n * sizeof(*ret_frozen));
	return parse(text, false, n, ret_frozen, ret_reason);
}

int frozen_layers_check(const char *text, char *ret_reason)
{
	return parse(text, true, 0, NULL, ret_reason);
}
