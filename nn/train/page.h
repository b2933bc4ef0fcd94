/* SPDX-License-Identifier: Apache-2.0 */
/* page.h - something to read, as Markdown or as HTML: whoever writes it says what, not how. All texts are escaped here. */
#ifndef NN_TRAIN_PAGE_H
#define NN_TRAIN_PAGE_H

#include <stdbool.h>
#include <stdio.h>

struct page;

struct page_form {
	void (*begin)(struct page *page, const char *title);
	void (*end)(struct page *page);
	void (*heading)(struct page *page, const char *text);
	void (*paragraph)(struct page *page, const char *text);
	void (*code)(struct page *page, const char *text);
	/* An SVG: `svg` is its text, `name` the file that it is in, too. */
	void (*picture)(struct page *page, const char *name, const char *what, const char *svg);
	void (*row)(struct page *page, bool first); /* begins a row; the first one is the heading */
	void (*cell)(struct page *page, const char *text);
	void (*table_end)(struct page *page);
};

struct page {
	const struct page_form *form;
	FILE *file;
	unsigned rows, cells; /* of the table that is being written, and of its row */
};

/* One file that needs nothing else: no scripts, no other files, light or dark as the reader likes it. */
extern const struct page_form page_html;
/* GitHub's Markdown; pictures lie beside it. */
extern const struct page_form page_markdown;

void page_begin(struct page *page, const struct page_form *form, FILE *file, const char *title);
void page_end(struct page *page);
void page_heading(struct page *page, const char *text);
void page_paragraph(struct page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));
void page_code(struct page *page, const char *text);
void page_picture(struct page *page, const char *name, const char *what, const char *svg);

/* A table: page_row(), cells, page_row(), cells, ... page_table_end(). The first row has the columns' names. */
void page_row(struct page *page);
void page_cell(struct page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));
void page_table_end(struct page *page);

#endif
