/* SPDX-License-Identifier: Apache-2.0 */
/* test-report.c - what a report says, whatever the names in it, and pictures of what can hardly be drawn. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nn/train/chart.h"
#include "nn/train/markup.h"
#include "nn/train/report.h"
#include "tests/unit/history-fixture.h"

static char *written(enum markup form, const char *text, unsigned most)
{
	char *out = NULL;
	size_t size;
	FILE *file = open_memstream(&out, &size);

	markup_write_short(file, form, text, most);
	fclose(file);
	return out;
}

static void expect(enum markup form, const char *text, const char *wanted)
{
	char *out = written(form, text, 1000);

	assert_string_equal(out, wanted);
	free(out);
}

static void test_markup(void **state)
{
	char *out;

	(void)state;
	expect(MARKUP_XML, "<a href='x'>\"&\n", "&lt;a href=&#39;x&#39;&gt;&quot;&amp;\n");
	expect(MARKUP_MARKDOWN, "a|b*c*_d_`e`[f](g)<h>\n#", "a\\|b\\*c\\*\\_d\\_\\`e\\`\\[f\\](g)&lt;h&gt; \\#");
	expect(MARKUP_MARKDOWN, "http://e www.e a.b 0.5:1", "http\\://e www\\.e a.b 0.5:1");
	expect(MARKUP_YAML, "a\"\\\n\t#: {", "\"a\\\"\\\\\\n\\t#: {\"");
	expect(MARKUP_LINE, "a\nb", "a b");
	expect(MARKUP_PLAIN, "a\nb<", "a\nb<");
	out = written(MARKUP_XML, "\xc3\xa4\xc3\xb6\xc3\xbc<", 3);
	assert_string_equal(out, "\xc3\xa4\xc3\xb6\xe2\x80\xa6");
	free(out);
	out = written(MARKUP_XML, "\xc3\xa4\xc3\xb6\xc3\xbc", 3);
	assert_string_equal(out, "\xc3\xa4\xc3\xb6\xc3\xbc");
	free(out);
}

/* Too long, cut off, surrogates, out of range, control characters, those that turn the text. */
static void test_no_utf8(void **state)
{
	static const char *const bad[] = {"\xff",	  "\x80",	  "\xc3",	 "\xe2\x82",
					  "\x01",	  "\x7f",	  "\xc2\x85",	 "\xef\xbf\xbf",
					  "\xe2\x80\xae", "\xe2\x81\xa6", "\xef\xbb\xbf"};

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char *out = written(MARKUP_XML, bad[i], 1000);

		assert_true(!strncmp(out, "\xef\xbf\xbd", 3));
		assert_null(strstr(out, bad[i]));
		free(out);
	}
	expect(MARKUP_PLAIN, "\xf0\x9f\x91\x8d\xe2\x82\xac", "\xf0\x9f\x91\x8d\xe2\x82\xac");
	expect(MARKUP_PLAIN, "\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd");
	expect(MARKUP_PLAIN, "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	expect(MARKUP_PLAIN, "\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

static void test_hostile_names(void **state)
{
	struct history history = fixture_history(5, 8);
	char *directory = fixture_directory(), *html, *markdown, reason[HISTORY_REASON];

	(void)state;
	assert_int_equal(report_write(&history, directory, reason), 0);
	html = fixture_read(directory, "report.html");
	markdown = fixture_read(directory, "report.md");
	assert_non_null(html);
	assert_non_null(markdown);
	assert_null(strstr(html, "<script"));
	assert_null(strstr(html, "<img"));
	assert_null(strstr(html, "<b>"));
	assert_non_null(strstr(html, "&lt;/title&gt;&lt;script&gt;"));
	assert_non_null(strstr(html, "<td>User1|&lt;b&gt;</td>"));
	assert_non_null(strstr(markdown, "| User1\\|&lt;b&gt; |"));
	assert_non_null(strstr(markdown, "| \\_\\_User2\\_\\_ |"));
	/* The recipe has a fence of its own. */
	assert_non_null(strstr(markdown, "\n````yaml\nname: x\n```\n"));
	free(html);
	free(markdown);
	fixture_remove(directory);
	history_clear(&history);
}

static void test_figures(void **state)
{
	struct history history = fixture_history(0, 4);
	struct history_tally precision = history_precision(&history, 0), recall = history_class(&history, 1);

	(void)state;
	/* Ten of each other class were called the first one, and ten more of its own are on the diagonal already. */
	assert_int_equal(precision.right, 90);
	assert_int_equal(precision.n, 120);
	assert_int_equal(recall.right, 90);
	assert_int_equal(recall.n, 100);
	assert_true(fabs(history_f1(&history, 1) - 2 * 90.0 / (100 + 90)) < 1e-12);
	for (unsigned i = 0; i < 4; i++)
		history.exam.confusion[4 * i + 3] = history.exam.confusion[4 * 3 + i] = 0;
	assert_true(isnan(history_f1(&history, 3)));
	history_clear(&history);
}

static unsigned count(const char *text, const char *what)
{
	unsigned n = 0;

	for (size_t length = strlen(what); *text; text++)
		n += !strncmp(text, what, length);
	return n;
}

static char *draw(const struct history *history, enum chart_curve curve)
{
	static char *svg; /* GCC takes the stream's hold on a local one for a hold on its text */
	static size_t size;
	FILE *file = open_memstream(&svg, &size);

	chart_write_curves(file, history, curve);
	fclose(file);
	return svg;
}

static void test_curves(void **state)
{
	static const uint32_t lengths[] = {0, 1, 2, 7, 100000};

	(void)state;
	for (unsigned i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		for (enum chart_curve curve = CHART_LOSS; curve <= CHART_RATE; curve++) {
			struct history history = fixture_history(lengths[i], 0);
			char *svg = draw(&history, curve);

			assert_null(strstr(svg, "nan"));
			assert_null(strstr(svg, "inf"));
			assert_true(strlen(svg) < 40000);
			/* Both curves and a legend for each. */
			assert_int_equal(count(svg, "class=\"curve "), !lengths[i] ? 0 : curve == CHART_RATE ? 2 : 4);
			free(svg);
			history_clear(&history);
		}
}

/* What is no number is a gap, and what is always the same is drawn. */
static void test_gaps(void **state)
{
	struct history history = fixture_history(6, 0);
	char *svg;

	(void)state;
	history.epochs[2].loss = NAN;
	history.epochs[4].loss = INFINITY;
	for (size_t i = 0; i < 6; i++)
		history.epochs[i].other_loss = NAN, history.epochs[i].rate = 0;
	svg = draw(&history, CHART_LOSS);
	assert_null(strstr(svg, "nan"));
	assert_null(strstr(svg, "inf"));
	assert_null(strstr(svg, "validation"));
	assert_int_equal(count(strstr(svg, "curve one"), "h0.1"), 3);
	free(svg);
	svg = draw(&history, CHART_RATE);
	assert_null(strstr(svg, "nan"));
	free(svg);
	history_clear(&history);
}

/* One class, many, and an exam of nothing. */
static void test_confusions(void **state)
{
	static const uint32_t classes[] = {1, 20, 21, 61, 200};

	(void)state;
	for (unsigned i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		struct history history = fixture_history(1, classes[i]);
		char *directory = fixture_directory(), *svg, reason[HISTORY_REASON];

		if (classes[i] == 21)
			memset(history.exam.confusion, 0, sizeof(uint32_t) * 21 * 21);
		assert_int_equal(report_write(&history, directory, reason), 0);
		svg = fixture_read(directory, "confusion.svg");
		assert_non_null(svg);
		assert_null(strstr(svg, "nan"));
		assert_int_equal(count(svg, "<rect class=\"bar\""), classes[i] == 21 ? 0 : classes[i]);
		assert_int_equal(count(svg, "<title>"), count(svg, "</title>"));
		free(svg);
		fixture_remove(directory);
		history_clear(&history);
	}
}

static void test_without_exam(void **state)
{
	struct history history = fixture_history(2, 0);
	char *directory = fixture_directory(), *text, reason[HISTORY_REASON];

	(void)state;
	assert_int_equal(report_write(&history, directory, reason), 0);
	text = fixture_read(directory, "report.md");
	assert_non_null(strstr(text, "Nothing was measured"));
	assert_null(strstr(text, "confusion.svg"));
	free(text);
	assert_null(fixture_read(directory, "confusion.svg"));
	assert_int_equal(report_write(&history, "/nowhere at all", reason), -2);
	assert_non_null(strstr(reason, "/nowhere at all/loss.svg: No such file"));
	fixture_remove(directory);
	history_clear(&history);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_markup),	      cmocka_unit_test(test_no_utf8),
		cmocka_unit_test(test_hostile_names), cmocka_unit_test(test_figures),
		cmocka_unit_test(test_curves),	      cmocka_unit_test(test_gaps),
		cmocka_unit_test(test_confusions),    cmocka_unit_test(test_without_exam),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
