/* SPDX-License-Identifier: Apache-2.0 */
/* faults-script.c - reads fault scripts; the grammar is in faults.h. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/emulator/faults-line.h"

#define NS_PER_US 1000ull
#define SPACE	  " \t\r"

/* A line under the parser: its words, and where to complain. */
struct script_line {
	unsigned number;
	char *rest; /* of the words */
	char *reason;
};

static int line_error(const struct script_line *line, const char *what, const char *word, const char *allowed)
{
	if (line->reason)
		snprintf(line->reason, FAULTS_REASON, "line %u: %s '%.40s'; allowed: %s", line->number, what,
			 word ? word : "", allowed);
	return -EINVAL;
}

static char *line_word(struct script_line *line)
{
	char *word = strtok_r(NULL, SPACE, &line->rest);

	return word;
}

static bool integer_read(const char *word, int64_t min, int64_t max, int64_t *ret_value)
{
	char *end;
	long long value;

	if (!word || !*word)
		return false;
	errno = 0;
	value = strtoll(word, &end, 0);
	if (errno || *end || value < min || value > max)
		return false;
	*ret_value = value;
	return true;
}

/* "300ms" or "300 ms"; takes the unit's word as well. Microseconds. */
static bool time_read(struct script_line *line, const char *word, uint64_t *ret_us)
{
	static const struct {
		const char *unit;
		double us;
	} units[] = {{"us", 1}, {"ms", 1e3}, {"s", 1e6}};
	const double most_us = 1e6 * 86400;
	char *unit;
	double value;

	if (!word)
		return false;
	value = strtod(word, &unit);
	if (unit == word || !(value >= 0))
		return false;
	if (!*unit) {
		unit = line_word(line);
		if (!unit)
			return false;
	}
	for (unsigned i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(unit, units[i].unit) != 0)
			continue;
		if (value * units[i].us > most_us)
			return false;
		*ret_us = (uint64_t)llround(value * units[i].us);
		return true;
	}
	return false;
}

static int counter_read(struct script_line *line, struct fault_line *fault)
{
	static const char *const names[] = {
		[COUNTER_TRANSFER] = "transfer",
		[COUNTER_FRAME] = "frame",
		[COUNTER_COMMAND] = "command",
		[COUNTER_BOOT] = "boot",
	};
	char *name = line_word(line), *range, *dots;
	int64_t first, last;

	fault->counter = COUNTER_NONE;
	for (unsigned i = COUNTER_TRANSFER; name && i <= COUNTER_BOOT; i++)
		if (strcmp(name, names[i]) == 0)
			fault->counter = i;
	if (fault->counter == COUNTER_NONE)
		return line_error(line, "unknown counter", name, "transfer, frame, command, boot");
	range = line_word(line);
	dots = range ? strstr(range, "..") : NULL;
	if (dots)
		*dots = '\0';
	if (!integer_read(range, 1, INT64_MAX, &first))
		return line_error(line, "bad number", range, "N, N..M or N.., from 1");
	last = first;
	if (dots && !dots[2])
		last = INT64_MAX;
	else if (dots && !integer_read(dots + 2, first, INT64_MAX, &last))
		return line_error(line, "bad end of range", dots + 2, "a number not below the first, or nothing");
	fault->first = (uint64_t)first;
	fault->last = (uint64_t)last;
	return 0;
}

static int probability_read(struct script_line *line, struct fault_line *fault)
{
	char *word = line_word(line), *end = NULL;

	if (!word || strcmp(word, "probability") != 0)
		return line_error(line, "unknown word", word, "with probability P");
	word = line_word(line);
	if (word)
		fault->probability = strtod(word, &end);
	if (!word || end == word || *end || !(fault->probability >= 0 && fault->probability <= 1))
		return line_error(line, "bad probability", word, "0 to 1");
	fault->has_probability = true;
	return 0;
}

static int condition_read(struct script_line *line, const char *word, struct fault_line *fault)
{
	static const char times_allowed[] = "number and unit us, ms or s, at most a day";
	uint64_t us;
	int64_t number;

	if (strcmp(word, "always") == 0)
		return 0;
	if (strcmp(word, "at") == 0)
		return counter_read(line, fault);
	if (strcmp(word, "with") == 0)
		return probability_read(line, fault);
	if (strcmp(word, "after") == 0 || strcmp(word, "for") == 0) {
		char *value = line_word(line);

		if (!time_read(line, value, &us))
			return line_error(line, "bad time", value, times_allowed);
		*(*word == 'a' ? &fault->after_ns : &fault->for_ns) = us * NS_PER_US;
		return 0;
	}
	if (strcmp(word, "once") == 0) {
		fault->has_times = true;
		fault->times = 1;
		return 0;
	}
	if (strcmp(word, "times") == 0 || strcmp(word, "sensor") == 0) {
		bool sensor = *word == 's';
		char *value = line_word(line);

		if (!integer_read(value, sensor ? 0 : 1, sensor ? FAULTS_SENSORS - 1 : INT32_MAX, &number))
			return line_error(line, "bad number", value, sensor ? "0 to 3" : "1 or more");
		fault->has_sensor |= sensor;
		fault->has_times |= !sensor;
		if (sensor)
			fault->sensor = (unsigned)number;
		else
			fault->times = (uint64_t)number;
		return 0;
	}
	return line_error(line, "unknown condition", word,
			  "always, sensor K, at COUNTER N, after TIME, for TIME, with probability P, once, times N");
}

static int argument_read(struct script_line *line, const struct fault_argument *argument, char *word,
			 int64_t *ret_value)
{
	char allowed[96];
	uint64_t us;

	if (argument->time) {
		if (!time_read(line, word, &us) || us > (uint64_t)argument->max)
			return line_error(line, "bad time", word, "number and unit us, ms or s, at most an hour");
		*ret_value = (int64_t)us;
		return 0;
	}
	if (integer_read(word, argument->min, argument->max, ret_value))
		return 0;
	snprintf(allowed, sizeof(allowed), "%s = %lld to %lld", argument->name, (long long)argument->min,
		 (long long)argument->max);
	return line_error(line, "bad argument", word, allowed);
}

static int fault_read(struct script_line *line, struct fault_line *fault)
{
	char *name = line_word(line), *word;
	const struct fault_type *type = NULL;

	for (unsigned kind = 0; name && kind < FAULT_KINDS; kind++) {
		if (kind == FAULT_FIRMWARE_FILE || strcmp(name, fault_types[kind].name) != 0)
			continue;
		fault->kind = kind;
		type = &fault_types[kind];
	}
	if (!type)
		return line_error(line, "unknown fault", name, "the names in the fault table, such as nack or torn");
	for (unsigned i = 0; i < FAULTS_ARGUMENTS; i++)
		fault->hit.arguments[i] = type->arguments[i].value;
	for (unsigned i = 0; (word = line_word(line)) != NULL; i++) {
		int r;

		if (i >= FAULTS_ARGUMENTS || !type->arguments[i].name)
			return line_error(line, "one argument too many", word, type->name);
		r = argument_read(line, &type->arguments[i], word, &fault->hit.arguments[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

static int line_read(struct script_line *line, char *text, struct fault_line *fault)
{
	char *colon = strchr(text, ':'), *word;

	*fault = (struct fault_line){.first = 0, .last = UINT64_MAX};
	line->rest = text;
	if (colon) {
		*colon = '\0';
		while ((word = line_word(line)) != NULL) {
			int r = condition_read(line, word, fault);

			if (r < 0)
				return r;
		}
		line->rest = colon + 1;
	}
	return fault_read(line, fault);
}

/* Reads all lines of the text, which it takes apart. */
static int script_read(struct faults *faults, char *text, char *reason)
{
	struct script_line line = {.number = 1, .reason = reason};
	char *next;

	for (char *part = text; part; part = next) {
		size_t n = strcspn(part, ";#\n");
		bool comment = part[n] == '#';
		bool newline;
		int r;

		next = part[n] ? part + n + 1 : NULL;
		newline = part[n] == '\n';
		part[n] = '\0';
		if (comment) {
			next = strchr(next, '\n');
			newline = next != NULL;
			next = next ? next + 1 : NULL;
		}
		if (part[strspn(part, SPACE)]) {
			if (faults->n == FAULTS_MAX)
				return line_error(&line, "too many faults", part, "64");
			r = line_read(&line, part, &faults->lines[faults->n]);
			if (r < 0)
				return r;
			faults->kinds |= 1ull << faults->lines[faults->n++].kind;
		}
		line.number += newline;
	}
	return 0;
}

int faults_init(struct faults *ret_faults, const char *script, uint64_t seed, char *ret_reason)
{
	struct faults faults = {.random = seed};
	char *text;
	int r;

	if (script && strlen(script) >= FAULTS_SCRIPT_MAX) {
		if (ret_reason)
			snprintf(ret_reason, FAULTS_REASON, "the fault script is too long; allowed: %d bytes",
				 FAULTS_SCRIPT_MAX - 1);
		return -E2BIG;
	}
	text = strdup(script ? script : "");
	faults.lines = calloc(FAULTS_MAX, sizeof(*faults.lines));
	r = text && faults.lines ? script_read(&faults, text, ret_reason) : -ENOMEM;
	free(text);
	if (r < 0) {
		faults_clear(&faults);
		return r;
	}
	*ret_faults = faults;
	return 0;
}
