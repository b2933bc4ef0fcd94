/* SPDX-License-Identifier: Apache-2.0 */
/* c-arrays.c - a small reader of C headers that only understands arrays of bytes (see c-arrays.h). */
#include "sensor/c-arrays.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum token { TOKEN_END, TOKEN_NAME, TOKEN_NUMBER, TOKEN_SIGN, TOKEN_ERROR };

struct reader {
	const char *at, *end;
	unsigned line;
	bool line_start; /* nothing but blanks so far */

	/* The token read last. */
	enum token token;
	const char *text;
	size_t length;
	unsigned value; /* numbers, at most 256 */
	unsigned token_line;

	unsigned error_line;
	char error[C_ARRAYS_REASON];
};

__attribute__((format(printf, 3, 4))) static int fail(struct reader *reader, unsigned line, const char *format, ...)
{
	va_list args;

	if (reader->token != TOKEN_ERROR) { /* the first error counts */
		va_start(args, format);
		vsnprintf(reader->error, sizeof(reader->error), format, args);
		va_end(args);
		reader->error_line = line;
		reader->token = TOKEN_ERROR;
	}
	return -EBADMSG;
}

/* How much of a token goes into a message. */
static int shown(const struct reader *reader)
{
	return reader->length < 40 ? (int)reader->length : 40;
}

static bool starts_with(const struct reader *reader, const char *text)
{
	size_t n = strlen(text);

	return (size_t)(reader->end - reader->at) >= n && memcmp(reader->at, text, n) == 0;
}

static void advance(struct reader *reader)
{
	if (*reader->at == '\n') {
		reader->line++;
		reader->line_start = true;
	}
	reader->at++;
}

/* Skips a comment if there is one. Returns 1 when it did, 0 when there is none, or a negative errno. */
static int skip_comment(struct reader *reader)
{
	unsigned line = reader->line;

	if (starts_with(reader, "//")) {
		while (reader->at < reader->end && *reader->at != '\n')
			advance(reader);
		return 1;
	}
	if (!starts_with(reader, "/*"))
		return 0;
	reader->at += 2;
	while (reader->at < reader->end && !starts_with(reader, "*/"))
		advance(reader);
	if (reader->at == reader->end)
		return fail(reader, line, "this comment never ends");
	reader->at += 2;
	return 1;
}

/* A preprocessor line ends with the line, unless a backslash or a comment carries it on. */
static int skip_directive(struct reader *reader)
{
	while (reader->at < reader->end && *reader->at != '\n') {
		int r = skip_comment(reader);

		if (r < 0)
			return r;
		if (r > 0)
			continue;
		if (starts_with(reader, "\\\r\n"))
			reader->at += 2;
		else if (starts_with(reader, "\\\n"))
			reader->at++;
		advance(reader);
	}
	return 0;
}

static int skip_blanks(struct reader *reader)
{
	while (reader->at < reader->end) {
		int r = skip_comment(reader);

		if (r < 0)
			return r;
		if (r > 0)
			continue;
		if (isspace((unsigned char)*reader->at)) {
			advance(reader);
			continue;
		}
		if (*reader->at != '#' || !reader->line_start)
			return 0;
		r = skip_directive(reader);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Strings and characters: one token, whatever is in them. */
static int read_quoted(struct reader *reader)
{
	char quote = *reader->at;

	reader->token = TOKEN_SIGN;
	for (reader->at++; reader->at < reader->end && *reader->at != quote; reader->at++) {
		if (*reader->at == '\\' && reader->at + 1 < reader->end)
			reader->at++;
		if (*reader->at == '\n')
			return fail(reader, reader->line, "this string never ends");
	}
	if (reader->at == reader->end)
		return fail(reader, reader->line, "this string never ends");
	reader->at++;
	return 0;
}

static bool is_suffix(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strchr("uUlL", text[i]))
			return false;
	return n <= 3;
}

static int number_value(struct reader *reader)
{
	static const char digits[] = "0123456789abcdef";
	const char *p = reader->text;
	const char *end = reader->text + reader->length;
	unsigned base = 10;
	const char *first;

	if (reader->length > 2 && p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) {
		base = 16;
		p += 2;
	} else if (p[0] == '0') {
		base = 8;
	}
	first = p;
	reader->value = 0;
	for (; p < end; p++) {
		const char *digit = *p ? strchr(digits, tolower((unsigned char)*p)) : NULL;

		if (!digit || (unsigned)(digit - digits) >= base)
			break;
		reader->value = reader->value * base + (unsigned)(digit - digits);
		if (reader->value > UINT8_MAX)
			return fail(reader, reader->token_line, "%.*s does not fit in a byte", shown(reader),
				    reader->text);
	}
	if (p == first || !is_suffix(p, (size_t)(end - p)))
		return fail(reader, reader->token_line, "%.*s is not a number", shown(reader), reader->text);
	return 0;
}

/* Numbers are only valued where they are wanted: elsewhere a header may have larger ones. */
static int next(struct reader *reader)
{
	int r = skip_blanks(reader);

	if (r < 0)
		return r;
	reader->line_start = false;
	reader->text = reader->at;
	reader->length = 0;
	reader->token_line = reader->line;
	if (reader->at == reader->end) {
		reader->token = TOKEN_END;
		return 0;
	}
	if (*reader->at == '"' || *reader->at == '\'')
		return read_quoted(reader);
	if (isalnum((unsigned char)*reader->at) || *reader->at == '_') {
		reader->token = isdigit((unsigned char)*reader->at) ? TOKEN_NUMBER : TOKEN_NAME;
		while (reader->at < reader->end && (isalnum((unsigned char)*reader->at) || *reader->at == '_'))
			reader->at++;
	} else if (isprint((unsigned char)*reader->at)) {
		reader->token = TOKEN_SIGN;
		reader->at++;
	} else {
		return fail(reader, reader->line, "byte 0x%02x: this is not a C header", (unsigned char)*reader->at);
	}
	reader->length = (size_t)(reader->at - reader->text);
	return 0;
}

static bool is_sign(const struct reader *reader, char sign)
{
	return reader->token == TOKEN_SIGN && reader->length == 1 && *reader->text == sign;
}

/* After an opening sign: goes behind the closing one. */
static int skip_balanced(struct reader *reader, char opening, char closing)
{
	unsigned line = reader->token_line;

	for (unsigned depth = 1; depth > 0;) {
		int r = next(reader);

		if (r < 0)
			return r;
		if (reader->token == TOKEN_END)
			return fail(reader, line, "this '%c' is never closed", opening);
		depth += is_sign(reader, opening);
		depth -= is_sign(reader, closing);
	}
	return 0;
}

/* One element, which is the token just read. */
static int element(struct reader *reader, const struct c_array *array, size_t i)
{
	if (i == array->size)
		return fail(reader, reader->token_line, "%s has more than %zu elements", array->name, array->size);
	if (reader->token == TOKEN_NUMBER) {
		int r = number_value(reader);

		if (r == 0)
			array->data[i] = (uint8_t)reader->value;
		return r;
	}
	if (reader->token != TOKEN_NAME)
		return fail(reader, reader->token_line, "'%.1s' where a number of %s should be",
			    reader->token == TOKEN_END ? " " : reader->text, array->name);
	if (i != array->macro_at)
		return fail(reader, reader->token_line, "%.*s: element %zu of %s must be a number", shown(reader),
			    reader->text, i, array->name);
	array->data[i] = array->macro_value;
	return 0;
}

/* Between the braces; the opening one was read. */
static int elements(struct reader *reader, const struct c_array *array)
{
	size_t i = 0;
	int r;

	for (;;) {
		r = next(reader);
		if (r < 0)
			return r;
		if (reader->token == TOKEN_END)
			return fail(reader, array->line, "%s is never closed", array->name);
		if (is_sign(reader, '}'))
			break;
		r = element(reader, array, i++);
		if (r == 0)
			r = next(reader);
		if (r < 0)
			return r;
		if (is_sign(reader, '}'))
			break;
		if (reader->token == TOKEN_END)
			return fail(reader, array->line, "%s is never closed", array->name);
		if (!is_sign(reader, ','))
			return fail(reader, reader->token_line,
				    "'%.1s' after element %zu of %s, where a comma should be", reader->text, i - 1,
				    array->name);
	}
	if (i != array->size)
		return fail(reader, reader->token_line, "%s ends after %zu elements, must have %zu", array->name, i,
			    array->size);
	return 0;
}

/* From '[' to the opening brace of a definition. Returns 1 when there is one, 0 when it is something else. */
static int definition_starts(struct reader *reader)
{
	int r = next(reader);

	if (r < 0 || !is_sign(reader, '['))
		return r;
	r = skip_balanced(reader, '[', ']');
	for (;;) { /* PROGMEM, __attribute__((...)) */
		if (r == 0)
			r = next(reader);
		if (r < 0)
			return r;
		if (is_sign(reader, '('))
			r = skip_balanced(reader, '(', ')');
		else if (reader->token != TOKEN_NAME)
			break;
	}
	if (!is_sign(reader, '='))
		return 0;
	r = next(reader);
	return r < 0 ? r : is_sign(reader, '{');
}

static struct c_array *find(struct c_array *arrays, size_t count, const char *name, size_t length)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(arrays[i].name) == length && memcmp(arrays[i].name, name, length) == 0)
			return &arrays[i];
	return NULL;
}

/* A name was read: if it starts the definition of an array of ours, read that. */
static int name(struct reader *reader, struct c_array *arrays, size_t count)
{
	struct c_array *array = find(arrays, count, reader->text, reader->length);
	unsigned line = reader->token_line;
	int r = definition_starts(reader);

	if (r <= 0)
		return r;
	if (!array)
		return skip_balanced(reader, '{', '}');
	if (array->refusal)
		return fail(reader, line, "%s: %s", array->name, array->refusal);
	if (array->line)
		return fail(reader, line, "%s is defined a second time, first in line %u", array->name, array->line);
	array->line = line;
	return elements(reader, array);
}

int c_arrays_parse(const char *text, size_t n, struct c_array *arrays, size_t count, unsigned *ret_line,
		   char *ret_reason)
{
	struct reader reader = {.at = text, .end = text + n, .line = 1, .line_start = true, .token = TOKEN_SIGN};
	int r;

	for (size_t i = 0; i < count; i++)
		arrays[i].line = 0;
	r = next(&reader);
	while (r == 0 && reader.token != TOKEN_END) {
		if (reader.token == TOKEN_NAME) {
			r = name(&reader, arrays, count);
			/* What stopped it may be the name of the next. */
			if (r == 0 && reader.token == TOKEN_NAME)
				continue;
		}
		if (r == 0)
			r = next(&reader);
	}
	if (r < 0) {
		*ret_line = reader.error_line;
		memcpy(ret_reason, reader.error, sizeof(reader.error));
	}
	return r;
}

size_t c_arrays_comment(const char *text, size_t n)
{
	struct reader reader = {.at = text, .end = text + n, .line = 1};
	size_t length = 0;

	for (;;) {
		while (reader.at < reader.end && isspace((unsigned char)*reader.at))
			advance(&reader);
		if (skip_comment(&reader) <= 0)
			return length;
		length = (size_t)(reader.at - text);
	}
}
