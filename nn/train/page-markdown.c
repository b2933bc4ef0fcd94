/* SPDX-License-Identifier: Apache-2.0 */
/* page-markdown.c - a page as GitHub's Markdown. */
#include <string.h>

#include "nn/train/markup.h"
#include "nn/train/page.h"

static void write_text(struct page *page, const char *text)
{
	markup_write(page->file, MARKUP_MARKDOWN, text);
}

static void begin(struct page *page, const char *title)
{
	fputs("# ", page->file);
	write_text(page, title);
	fputc('\n', page->file);
}

static void end(struct page *page)
{
	(void)page;
}

static void heading(struct page *page, const char *text)
{
	fputs("\n## ", page->file);
	write_text(page, text);
	fputc('\n', page->file);
}

static void paragraph(struct page *page, const char *text)
{
	fputc('\n', page->file);
	write_text(page, text);
	fputc('\n', page->file);
}

/* The fence is longer than the longest run of ` in the text. */
static void code(struct page *page, const char *text)
{
	size_t fence = 3;

	for (const char *at = text; (at = strchr(at, '`')); at += strspn(at, "`"))
		fence = strspn(at, "`") >= fence ? strspn(at, "`") + 1 : fence;
	fputc('\n', page->file);
	for (size_t i = 0; i < fence; i++)
		fputc('`', page->file);
	fputs("yaml\n", page->file);
	markup_write(page->file, MARKUP_PLAIN, text);
	if (*text && text[strlen(text) - 1] != '\n')
		fputc('\n', page->file);
	for (size_t i = 0; i < fence; i++)
		fputc('`', page->file);
	fputc('\n', page->file);
}

static void picture(struct page *page, const char *name, const char *what, const char *svg)
{
	(void)svg;
	fputs("\n![", page->file);
	write_text(page, what);
	fprintf(page->file, "](%s)\n", name);
}

static void end_row(struct page *page)
{
	fputs(" |\n", page->file);
	if (page->rows != 1)
		return;
	for (unsigned i = 0; i < page->cells; i++)
		fputs(i ? "---:|" : "|---|", page->file);
	fputc('\n', page->file);
}

static void row(struct page *page, bool first)
{
	if (first)
		fputc('\n', page->file);
	else
		end_row(page);
}

static void cell(struct page *page, const char *text)
{
	fputs(page->cells ? " | " : "| ", page->file);
	write_text(page, text);
}

static void table_end(struct page *page)
{
	if (page->rows)
		end_row(page);
}

const struct page_form page_markdown = {
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
