/* SPDX-License-Identifier: Apache-2.0 */
/*
 * markup.h - texts from outside (names of classes, users and files) inside HTML, SVG, Markdown and YAML. What is no UTF-8,
 * control characters and those that turn the direction of writing come out as U+FFFD.
 */
#ifndef NN_TRAIN_MARKUP_H
#define NN_TRAIN_MARKUP_H

#include <stdio.h>

enum markup {
	MARKUP_PLAIN,	 /* only made valid; line breaks stay */
	MARKUP_LINE,	 /* the same, line breaks become blanks */
	MARKUP_XML,	 /* of HTML and SVG, in elements and in attributes; line breaks stay */
	MARKUP_MARKDOWN, /* also in cells of tables; line breaks become blanks */
	MARKUP_YAML,	 /* with its double quotes; line breaks as \n */
};

void markup_write(FILE *file, enum markup form, const char *text);
/* At most so many characters; the last one says that there were more. */
void markup_write_short(FILE *file, enum markup form, const char *text, unsigned most);

#endif
