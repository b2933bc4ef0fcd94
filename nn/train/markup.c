/* SPDX-License-Identifier: Apache-2.0 */
/* markup.c - see markup.h. UTF-8 as RFC 3629 has it. */
#include "nn/train/markup.h"

#include <ctype.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static const char replacement[] = "\xef\xbf\xbd", ellipsis[] = "\xe2\x80\xa6";

/* Bytes of the character at `at`; 0: none begins there. */
static unsigned read_character(const unsigned char *at, uint32_t *ret_code)
{
	static const uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned n = *at < 0x80 ? 1 : *at >= 0xf0 && *at < 0xf8 ? 4 : *at >= 0xe0 ? 3 : 2;
	uint32_t code = n == 1 ? *at : *at & (0x7fu >> n);

	if ((*at >= 0x80 && *at < 0xc0) || *at >= 0xf8)
		return 0;
	for (unsigned i = 1; i < n; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (at[i] & 0x3f);
	}
	if (code < lowest[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	*ret_code = code;
	return n;
}

static bool is_harmless(uint32_t code)
{
	if (code == '\n' || code == '\t')
		return true;
	if (code < 0x20 || (code >= 0x7f && code < 0xa0) || (code & 0xfffe) == 0xfffe)
		return false;
	return !(code >= 0x200e && code <= 0x200f) && !(code >= 0x2028 && code <= 0x202e) &&
	       !(code >= 0x2066 && code <= 0x2069) && code != 0xfeff;
}

static void write_xml(FILE *file, char c)
{
	switch (c) {
	case '&':
		fputs("&amp;", file);
		break;
	case '<':
		fputs("&lt;", file);
		break;
	case '>':
		fputs("&gt;", file);
		break;
	case '"':
		fputs("&quot;", file);
		break;
	case '\'':
		fputs("&#39;", file);
		break;
	default:
		fputc(c, file);
	}
}

/* Whatever begins emphasis, code, links, tags, cells or formulas; addresses are not to become links by themselves. */
static void write_markdown(FILE *file, const char *at, const char *text)
{
	bool address =
		(*at == ':' && at[1] == '/') || (*at == '.' && at > text && tolower((unsigned char)at[-1]) == 'w');

	if (*at == '<' || *at == '>' || *at == '&') {
		write_xml(file, *at);
		return;
	}
	if (strchr("\\`*_{}[]#|~!$^@", *at) || address)
		fputc('\\', file);
	fputc(*at == '\n' || *at == '\t' ? ' ' : *at, file);
}

static void write_yaml(FILE *file, char c)
{
	if (c == '\n' || c == '\t') {
		fputs(c == '\n' ? "\\n" : "\\t", file);
		return;
	}
	if (c == '"' || c == '\\')
		fputc('\\', file);
	fputc(c, file);
}

void markup_write_short(FILE *file, enum markup form, const char *text, unsigned most)
{
	if (form == MARKUP_YAML)
		fputc('"', file);
	for (const char *at = text; *at;) {
		uint32_t code = 0;
		unsigned n = read_character((const unsigned char *)at, &code);

		if (most-- == 1 && at[n ? n : 1]) {
			fputs(ellipsis, file);
			break;
		}
		if (!n || !is_harmless(code))
			fputs(replacement, file);
		else if (n > 1 || form == MARKUP_PLAIN)
			fwrite(at, 1, n, file);
		else if (form == MARKUP_LINE)
			fputc(*at == '\n' ? ' ' : *at, file);
		else if (form == MARKUP_XML)
			write_xml(file, *at);
		else if (form == MARKUP_MARKDOWN)
			write_markdown(file, at, text);
		else
			write_yaml(file, *at);
		at += n ? n : 1;
	}
	if (form == MARKUP_YAML)
		fputc('"', file);
}

void markup_write(FILE *file, enum markup form, const char *text)
{
	markup_write_short(file, form, text, UINT_MAX);
}
