/* SPDX-License-Identifier: Apache-2.0 */
/* page.c - what both forms of a page share. */
#include "nn/train/page.h"

#include <stdarg.h>

enum {
	TEXT = 2048,
};

void page_begin(struct page *page, const struct page_form *form, FILE *file, const char *title)
{
	*page = (struct page){.form = form, .file = file};
	form->begin(page, title);
}

void page_end(struct page *page)
{
	page->form->end(page);
}

void page_heading(struct page *page, const char *text)
{
	page->form->heading(page, text);
}

void page_paragraph(struct page *page, const char *format, ...)
{
	va_list arguments;
	char text[TEXT];

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	page->form->paragraph(page, text);
}

void page_code(struct page *page, const char *text)
{
	page->form->code(page, text);
}

void page_picture(struct page *page, const char *name, const char *what, const char *svg)
{
	page->form->picture(page, name, what, svg);
}

void page_row(struct page *page)
{
	page->form->row(page, page->rows == 0);
	page->rows++;
	page->cells = 0;
}

void page_cell(struct page *page, const char *format, ...)
{
	va_list arguments;
	char text[TEXT];

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	page->form->cell(page, text);
	page->cells++;
}

void page_table_end(struct page *page)
{
	page->form->table_end(page);
	page->rows = page->cells = 0;
}
