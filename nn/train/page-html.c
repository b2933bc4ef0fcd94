/* SPDX-License-Identifier: Apache-2.0 */
/* page-html.c - a page as one HTML file: its style and pictures are in it, and scripts are forbidden. */
#include "nn/train/markup.h"
#include "nn/train/page.h"

static const char head[] =
	"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<meta name=\"color-scheme\" content=\"light dark\">\n"
	"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n";

static const char style[] =
	"<style>\n"
	":root { color-scheme: light dark; --text: #1b1f24; --back: #fff; --line: #d5d9de; --soft: #f3f5f7; }\n"
	"@media (prefers-color-scheme: dark) {\n"
	"  :root { --text: #e4e7eb; --back: #14171a; --line: #3a4047; --soft: #1f2429; }\n"
	"}\n"
	"body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back); max-width: 60rem;\n"
	"  margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }\n"
	"h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }\n"
	".wide { overflow-x: auto; }\n"
	"table { border-collapse: collapse; font-variant-numeric: tabular-nums; overflow-wrap: normal; }\n"
	"th, td { padding: 0.25rem 0.6rem; border-bottom: 1px solid var(--line); text-align: right; }\n"
	"th:first-child, td:first-child { text-align: left; }\n"
	"th { background: var(--soft); }\n"
	"figure { margin: 1rem 0; } figure svg { width: 100%; height: auto; max-width: 34rem; }\n"
	"pre { background: var(--soft); padding: 0.75rem; overflow-x: auto; overflow-wrap: normal; }\n"
	"</style>\n";

static void write_text(struct page *page, const char *text)
{
	markup_write(page->file, MARKUP_XML, text);
}

static void element(struct page *page, const char *name, const char *text)
{
	fprintf(page->file, "<%s>", name);
	write_text(page, text);
	fprintf(page->file, "</%s>\n", name);
}

static void begin(struct page *page, const char *title)
{
	fputs(head, page->file);
	element(page, "title", title);
	fprintf(page->file, "%s</head>\n<body>\n", style);
	element(page, "h1", title);
}

static void end(struct page *page)
{
	fputs("</body>\n</html>\n", page->file);
}

static void heading(struct page *page, const char *text)
{
	element(page, "h2", text);
}

static void paragraph(struct page *page, const char *text)
{
	element(page, "p", text);
}

static void code(struct page *page, const char *text)
{
	element(page, "pre", text);
}

static void picture(struct page *page, const char *name, const char *what, const char *svg)
{
	(void)name;
	(void)what;
	fprintf(page->file, "<figure>\n%s</figure>\n", svg);
}

static void row(struct page *page, bool first)
{
	fputs(first ? "<div class=\"wide\"><table>\n<tr>" : "</tr>\n<tr>", page->file);
}

static void cell(struct page *page, const char *text)
{
	const char *name = page->rows == 1 ? "th" : "td";

	fprintf(page->file, "<%s>", name);
	write_text(page, text);
	fprintf(page->file, "</%s>", name);
}

static void table_end(struct page *page)
{
	if (page->rows)
		fputs("</tr>\n</table></div>\n", page->file);
}

const struct page_form page_html = {
	.begin = begin,
	.end = end,
	.heading = heading,
	.paragraph = paragraph,
	.code = code,
	.picture = picture,
	.row = row,
	.cell = cell,
	.table_end = table_end,
};
