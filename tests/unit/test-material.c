/* SPDX-License-Identifier: Apache-2.0 */
/* test-material.c - data sets of all kinds, made here; and splits that keep units whole. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "nn/train/lesson.h"
#include "nn/train/split.h"
#include "sensor/recording.h"

static char directory[] = "/tmp/test-material-XXXXXX";
static char reason[MATERIAL_REASON];

static void path_of(const char *name, char path[256])
{
	snprintf(path, 256, "%s/%s", directory, name);
}

static void write_bytes(const char *name, const void *bytes, size_t n)
{
	char path[256];
	FILE *file;

	path_of(name, path);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
}

static int read_as(const char *name, const char *text, struct material *material)
{
	char path[256];
	struct recipe recipe;
	int r;

	path_of(name, path);
	assert_int_equal(recipe_parse("r", text, strlen(text), NULL, &recipe, reason), 0);
	r = material_read(path, &recipe, material, reason);
	recipe_clear(&recipe);
	return r;
}

static void refuse(const char *name, const char *text, int error, const char *wanted)
{
	struct material material;

	assert_int_equal(read_as(name, text, &material), error);
	if (!strstr(reason, wanted))
		fail_msg("\"%s\" says: %s", wanted, reason);
}

/* --- pictures -------------------------------------------------------------------------------------------------- */

static void test_idx(void **state)
{
	static const uint8_t images[16 + 12] = {0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2,
						0, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 255};
	static const uint8_t labels[8 + 3] = {0, 0, 8, 1, 0, 0, 0, 3, 2, 0, 1};
	static const uint8_t short_labels[8 + 2] = {0, 0, 8, 1, 0, 0, 0, 2, 2, 0};
	uint8_t wrong[sizeof(images)];
	struct material material;
	struct recipe recipe;
	struct lesson lesson;
	float input[4];

	(void)state;
	write_bytes("t-images-idx3-ubyte", images, sizeof(images));
	write_bytes("t-labels-idx1-ubyte", labels, sizeof(labels));
	assert_int_equal(read_as("t-images-idx3-ubyte", "", &material), 0);
	assert_int_equal(material.n, 3);
	assert_int_equal(material.classes, 3);
	assert_string_equal(material.labels[2], "2");
	assert_int_equal(material.shape[0] * 100 + material.shape[1] * 10 + material.shape[2], 221);
	assert_int_equal(material_label(&material, 0), 2);
	assert_int_equal(recipe_parse("r", "mean: 0.5\ndeviation: 0.25\n", 26, NULL, &recipe, reason), 0);
	lesson_start(&lesson, &recipe, &material, NULL, 0, false);
	lesson_input(&lesson, 1, input);
	assert_true(input[0] == (5 / 255.0f - 0.5f) / 0.25f && input[3] == 2);
	material_clear(&material);

	refuse("t-images-idx3-ubyte", "classes: [a, b]\n", -EINVAL, "there is a label 2");
	write_bytes("other", short_labels, sizeof(short_labels));
	{
		char text[300];

		snprintf(text, sizeof(text), "kind: idx\nlabels: %s/other\n", directory);
		refuse("t-images-idx3-ubyte", text, -EINVAL, "3 pictures and 2 labels");
	}
	refuse("other", "kind: idx\n", -EINVAL, "where are the labels");
	memcpy(wrong, images, sizeof(wrong));
	wrong[4] = 0xff;
	write_bytes("t-images-idx3-ubyte", wrong, sizeof(wrong));
	refuse("t-images-idx3-ubyte", "", -EBADMSG, "impossible size");
	write_bytes("t-images-idx3-ubyte", images, sizeof(images) - 1);
	refuse("t-images-idx3-ubyte", "", -EBADMSG, "its head says 12");
	write_bytes("t-images-idx3-ubyte", "\x1f\x8b", 2);
	refuse("t-images-idx3-ubyte", "", -EBADMSG, "still compressed");
}

static void test_cifar(void **state)
{
	uint8_t *records = calloc(2, 3074);
	struct material material;

	(void)state;
	records[0] = 3;
	records[1] = 10;	/* red of the first pixel */
	records[1 + 1024] = 20; /* green */
	records[1 + 2048] = 30; /* blue */
	records[3073] = 9;
	write_bytes("data_batch_1.bin", records, 2 * 3073);
	assert_int_equal(read_as("data_batch_1.bin", "", &material), 0);
	assert_int_equal(material.n, 2);
	assert_int_equal(material_label(&material, 1), 9);
	assert_string_equal(material.labels[3], "cat");
	assert_memory_equal(material.pixels, ((uint8_t[]){10, 20, 30}), 3);
	material_clear(&material);
	memset(records, 0, 6148);
	records[0] = 19;
	records[1] = 99;
	write_bytes("c100.bin", records, 2 * 3074);
	assert_int_equal(read_as("c100.bin", "kind: cifar100\n", &material), 0);
	assert_int_equal(material.classes, 100);
	assert_int_equal(material_label(&material, 0), 99);
	material_clear(&material);
	assert_int_equal(read_as("c100.bin", "kind: cifar20\n", &material), 0);
	assert_int_equal(material.classes, 20);
	assert_int_equal(material_label(&material, 0), 19);
	material_clear(&material);
	refuse("c100.bin", "kind: cifar10\n", -EBADMSG, "no whole records");
	records[0] = 77;
	write_bytes("c10.bin", records, 3073);
	refuse("c10.bin", "kind: cifar10\n", -EBADMSG, "label 77");
	free(records);
}

static void test_folders(void **state)
{
	struct material material;
	char path[256];

	(void)state;
	path_of("pictures", path);
	mkdir(path, 0777);
	path_of("pictures/zebra", path);
	mkdir(path, 0777);
	path_of("pictures/ape", path);
	mkdir(path, 0777);
	write_bytes("pictures/ape/1.ppm", "P6 2 2 255\n\1\1\1\1\1\1\1\1\1\1\1\1", 23);
	write_bytes("pictures/ape/2.pgm", "P5 1 1 255\n\x40", 12);
	write_bytes("pictures/zebra/1.pgm", "P5 2 1 255\n\x00\xff", 13);
	write_bytes("pictures/zebra/notes.txt", "no picture", 10);
	assert_int_equal(read_as("pictures", "input: [1, 4, 1]\n", &material), 0);
	assert_int_equal(material.n, 3);
	assert_int_equal(material.classes, 2);
	assert_string_equal(material.labels[0], "ape");
	assert_memory_equal(material.pixels + 4, ((uint8_t[]){64, 64, 64, 64}), 4);
	assert_memory_equal(material.pixels + 8, ((uint8_t[]){0, 64, 191, 255}), 4);
	material_clear(&material);
	assert_int_equal(read_as("pictures", "input: [1, 4, 1]\nclasses: [zebra, lion]\n", &material), 0);
	assert_int_equal(material.n, 1);
	material_clear(&material);
	refuse("pictures", "classes: [cat, dog]\ninput: [1, 4, 1]\n", -ENODATA, "no sample of a class");
	refuse("nowhere", "", -ENOENT, "nowhere");
}

/* --- recordings ------------------------------------------------------------------------------------------------ */

static void record(const char *user, const char *class_name, int label, unsigned frames, int64_t when)
{
	struct recording_writer_config config = {
		.directory = directory, .class_name = class_name, .user = user, .label = (int16_t)label, .now_s = when};
	char why[RECORDING_REASON], path[256];
	struct recording_writer *writer;
	struct frame frame = {.cols = 8, .rows = 8, .fields = FRAME_HAS_LABEL, .label = (int16_t)label};

	path_of("recordings", path);
	config.directory = path;
	assert_int_equal(recording_writer_open(&config, &writer, why), 0);
	for (unsigned i = 0; i < frames; i++) {
		frame.t_ns = i * UINT64_C(100000000);
		frame.wall_us = (uint64_t)when * 1000000 + i * 100000;
		for (unsigned z = 0; z < 64; z++) {
			frame.count[z] = z % 8 > 1;
			frame.status[z] = z % 8 > 1 ? FRAME_STATUS_VALID : FRAME_STATUS_NONE;
			frame.distance_q2[z] = (int16_t)(4 * (250 + z));
			frame.signal_q11[z] = 2048 * (100 + i);
		}
		assert_int_equal(recording_writer_add(writer, &frame), 0);
	}
	assert_int_equal(recording_writer_close(writer), 0);
}

static void test_recordings(void **state)
{
	struct material material;
	uint32_t *units, n;
	bool *apart;
	int got;

	(void)state;
	record("Ann", "Like", 21, 200, 1700000000);
	record("Ann", "Fist", recording_label_id("Fist"), 30, 1700000100);
	record("Bob", "Like", 21, 40, 1700000200);
	record("Bob", "Thumb", 99, 20, 1700000300);
	record("Ann", "None", 0, 10, 1700000400);
	assert_int_equal(read_as("recordings", "", &material), 0);
	assert_true(material.is_frames);
	assert_int_equal(material.n, 300);
	assert_int_equal(material.classes, 4);
	assert_string_equal(material.labels[0], "None");
	assert_true(material_find_class(&material, "Thumb") > 0);

	units = calloc(material.n, sizeof(*units));
	apart = calloc(material.n, sizeof(*apart));
	split_units(&material, RECIPE_SPLIT_USER, units, &n);
	assert_int_equal(n, 2);
	split_units(&material, RECIPE_SPLIT_RECORDING, units, &n);
	assert_int_equal(n, 5);
	split_units(&material, RECIPE_SPLIT_FILE, units, &n);
	assert_int_equal(n, 6); /* 200 frames are two files */
	split_units(&material, RECIPE_SPLIT_FRAME, units, &n);
	assert_int_equal(n, 300);

	for (uint64_t seed = 0; seed < 20; seed++) {
		bool seen[5] = {false}, kept[5] = {false};

		got = split_choose(&material, RECIPE_SPLIT_RECORDING, 0.2f, seed, apart);
		assert_true(got >= 0);
		split_units(&material, RECIPE_SPLIT_RECORDING, units, &n);
		for (uint32_t i = 0; i < material.n; i++) {
			seen[units[i]] = seen[units[i]] || apart[i];
			kept[units[i]] = kept[units[i]] || !apart[i];
		}
		for (unsigned u = 0; u < 5; u++)
			assert_false(seen[u] && kept[u]);
		/* Only Like has two recordings, one of them too large: nothing else may go. */
		for (uint32_t i = 0; i < material.n; i++)
			assert_true(!apart[i] || !strcmp(material.labels[material_label(&material, i)], "Like"));
	}
	got = split_choose(&material, RECIPE_SPLIT_FRAME, 0.5f, 1, apart);
	assert_in_range(got, 110, 190);
	assert_int_equal(split_choose(&material, RECIPE_SPLIT_FRAME, 0, 1, apart), 0);
	free(units);
	free(apart);
	material_clear(&material);
	assert_int_equal(read_as("recordings", "classes: [None, Like]\n", &material), 0);
	assert_int_equal(material.n, 250);
	assert_int_equal(material.skipped, 50);
	material_clear(&material);
}

static int make_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_idx),
		cmocka_unit_test(test_cifar),
		cmocka_unit_test(test_folders),
		cmocka_unit_test(test_recordings),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
