/* SPDX-License-Identifier: Apache-2.0 */
/* test-nn-model.c - the model file: made, run, and refused when anything in it is wrong. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nn/export/pnn.h"
#include "nn/runtime/crc32.h"
#include "nn/runtime/run.h"
#include "nn/runtime/sha256.h"
#include "tests/unit/nn-fixture.h"

static uint8_t *file;
static size_t size;
static struct nn_model model;

static int set_up(void **unused)
{
	(void)unused;
	file = fixture_model(&size);
	return nn_model_parse(file, size, &model);
}

static int tear_down(void **unused)
{
	(void)unused;
	free(file);
	return 0;
}

/* Runs a parsed model in an arena of just its size, so that a sanitizer sees every step outside. */
static void run_model(const struct nn_model *parsed)
{
	size_t bytes = (parsed->main->arena_bytes + 15u) / 16 * 16;
	void *arena = aligned_alloc(NN_FORMAT_ALIGN, bytes ? bytes : 16);
	struct nn_run run;

	assert_non_null(arena);
	assert_int_equal(nn_run_start(&run, parsed, arena, bytes), 0);
	nn_run(&run);
	free(arena);
}

static void every_operator_runs(void **unused)
{
	size_t bytes = (model.main->arena_bytes + 15u) / 16 * 16;
	uint8_t *arena = aligned_alloc(NN_FORMAT_ALIGN, bytes + 16);
	struct nn_run run;
	uint64_t state = 9;
	float sum = 0, *output;

	(void)unused;
	assert_int_equal(model.operator_count, 10);
	assert_int_equal(nn_run_start(&run, &model, arena, bytes - 16), NN_ERROR_ARENA);
	assert_int_equal(nn_run_start(&run, &model, arena + 4, bytes), NN_ERROR_ARENA);
	assert_int_equal(nn_run_start(&run, &model, arena, bytes), 0);
	fixture_fill(nn_run_tensor(&run, nn_model_input(&model)), 128, &state);
	nn_run(&run);
	output = nn_run_tensor(&run, nn_model_output(&model));
	for (int i = 0; i < 3; i++) {
		assert_true(output[i] > 0);
		sum += output[i];
	}
	assert_true(fabsf(sum - 1) < 1e-6f);
	free(arena);
}

static void content_survives(void **unused)
{
	(void)unused;
	assert_string_equal(model.main->name, "every operator");
	assert_string_equal(model.labels[1], "Like");
	assert_int_equal(model.main->classes, 3);
	assert_memory_equal(model.provenance, "tool=test\n", 10);
	assert_int_equal(model.provenance_bytes, 10);
	assert_true(model.macs == 64 * 9 * 10 + 16 * 9 * 10 + 40 + 120);
	assert_int_equal(nn_model_verify(&model), 0);
}

static void same_graph_gives_same_bytes(void **unused)
{
	size_t again_size;
	void *again = fixture_model(&again_size);

	(void)unused;
	assert_int_equal(again_size, size);
	assert_memory_equal(again, file, size);
	free(again);
}

static void any_changed_byte_is_noticed(void **unused)
{
	struct nn_model other;

	(void)unused;
	for (size_t i = 0; i < size; i++) {
		file[i] ^= 0x10;
		assert_int_not_equal(nn_model_parse(file, size, &other), 0);
		file[i] ^= 0x10;
	}
	assert_int_equal(nn_model_parse(file, size, &other), 0);
}

static void any_shorter_file_is_refused(void **unused)
{
	(void)unused;
	for (size_t n = 0; n < size; n++) {
		void *part = aligned_alloc(16, (n + 16) / 16 * 16);
		struct nn_model other;

		memcpy(part, file, n);
		assert_int_not_equal(nn_model_parse(part, n, &other), 0);
		free(part);
	}
}

/* With right check sums, every byte below the weights takes many values: refused or harmless. */
static void forged_bytes_do_no_harm(void **unused)
{
	const uint8_t values[] = {0, 1, 2, 3, 4, 7, 8, 16, 63, 64, 127, 128, 255};
	size_t end = model.header->sections[NN_SECTION_DATA].offset;
	unsigned accepted = 0, refused = 0;

	(void)unused;
	for (size_t i = 0; i < end; i++)
		for (size_t v = 0; v < sizeof(values); v++) {
			uint8_t *copy = aligned_alloc(16, size);
			struct nn_model other;

			memcpy(copy, file, size);
			copy[i] = values[v];
			pnn_seal(copy, size);
			if (nn_model_parse(copy, size, &other) == 0) {
				accepted++;
				if (other.main->arena_bytes < 1 << 20)
					run_model(&other);
			} else {
				refused++;
			}
			free(copy);
		}
	/* Names, labels, unused parameters and preprocessing may be anything; structure may not. */
	assert_true(accepted > 1000);
	assert_true(refused > 5000);
}

static struct nn_tensor *tensor_at(uint16_t number)
{
	return (struct nn_tensor *)(file + model.header->sections[NN_SECTION_TENSORS].offset) + number;
}

static struct nn_operator *operator_at(unsigned number)
{
	return (struct nn_operator *)(file + model.header->sections[NN_SECTION_OPERATORS].offset) + number;
}

static struct nn_main *file_main(void)
{
	return (struct nn_main *)(file + model.header->sections[NN_SECTION_MAIN].offset);
}

static struct nn_header *file_header(void)
{
	return (struct nn_header *)file;
}

static void refused_as(int error)
{
	struct nn_model other;

	pnn_seal(file, size);
	assert_string_equal(nn_error_text(nn_model_parse(file, size, &other)), nn_error_text(error));
}

static void header_is_checked(void **unused)
{
	struct nn_model other;

	(void)unused;
	assert_int_equal(nn_model_parse(file + 4, size - 4, &other), NN_ERROR_LAYOUT);
	file_header()->major = 2;
	refused_as(NN_ERROR_VERSION);
	file_header()->major = 1;
	file_header()->minor = 1;
	refused_as(NN_ERROR_VERSION);
	file_header()->minor = 0;
	file_header()->sections[NN_SECTIONS].bytes = 16;
	refused_as(NN_ERROR_VERSION);
	file_header()->sections[NN_SECTIONS].bytes = 0;
	file_header()->sections[NN_SECTION_DATA].offset += 4;
	refused_as(NN_ERROR_LAYOUT);
	file_header()->sections[NN_SECTION_DATA].offset -= 4;
	file_header()->sections[NN_SECTION_DATA].bytes = UINT32_MAX;
	refused_as(NN_ERROR_LAYOUT);
	file_header()->magic[0] = 'P';
	refused_as(NN_ERROR_MAGIC);
}

static void tensors_are_checked(void **unused)
{
	struct nn_tensor *input = tensor_at(model.main->input), kept = *input;

	(void)unused;
	input->type = 9;
	refused_as(NN_ERROR_TYPE);
	input->type = NN_TYPE_I8;
	refused_as(NN_ERROR_SHAPE);
	*input = kept;
	input->shape[1] = UINT32_MAX;
	refused_as(NN_ERROR_SHAPE);
	input->shape[1] = 0;
	refused_as(NN_ERROR_SHAPE);
	*input = kept;
	input->dims = 5;
	refused_as(NN_ERROR_SHAPE);
	*input = kept;
	input->location = model.main->arena_bytes;
	refused_as(NN_ERROR_LAYOUT);
	input->location = 0xfffffff0;
	refused_as(NN_ERROR_LAYOUT);
	*input = kept;
	input->name = UINT32_MAX;
	refused_as(NN_ERROR_LAYOUT);
	*input = kept;
	input->scale_count = 1;
	refused_as(NN_ERROR_LAYOUT);
	input->scale_count = 0x80000000;
	input->quantised_dim = 9;
	refused_as(NN_ERROR_SHAPE);
	*input = kept;
	input->flags = 2;
	refused_as(NN_ERROR_VERSION);
}

static void operators_are_checked(void **unused)
{
	struct nn_operator *conv = operator_at(0), kept = *conv;

	(void)unused;
	conv->code = 99;
	refused_as(NN_ERROR_OPERATOR);
	conv->code = NN_OPERATOR_DENSE;
	refused_as(NN_ERROR_SHAPE);
	*conv = kept;
	conv->inputs = 2;
	refused_as(NN_ERROR_OPERATOR);
	*conv = kept;
	conv->operands = UINT32_MAX;
	refused_as(NN_ERROR_LAYOUT);
	*conv = kept;
	conv->rounding = NN_ROUNDING_SINGLE;
	refused_as(NN_ERROR_TYPE);
	*conv = kept;
	conv->parameters[NN_PARAMETER_STRIDE_H] = 0;
	refused_as(NN_ERROR_SHAPE);
	conv->parameters[NN_PARAMETER_STRIDE_H] = INT32_MIN;
	refused_as(NN_ERROR_SHAPE);
	*conv = kept;
	conv->parameters[NN_PARAMETER_PAD_TOP] = 3;
	refused_as(NN_ERROR_SHAPE);
	*conv = kept;
	conv->activation = 3;
	refused_as(NN_ERROR_OPERATOR);
	*conv = kept;
	/* Without the first one the second reads what nothing made. */
	conv->operands = operator_at(1)->operands;
	refused_as(NN_ERROR_OPERATOR);
}

static void outputs_may_not_lie_on_inputs(void **unused)
{
	(void)unused;
	tensor_at(model.operands[model.operators[0].operands + 3])->location = nn_model_input(&model)->location;
	refused_as(NN_ERROR_LAYOUT);
}

static void main_is_checked(void **unused)
{
	struct nn_main *main = file_main(), kept = *main;

	(void)unused;
	memset(main->name, 'x', sizeof(main->name));
	refused_as(NN_ERROR_LAYOUT);
	*main = kept;
	main->output = 500;
	refused_as(NN_ERROR_LAYOUT);
	*main = kept;
	main->classes = 4;
	refused_as(NN_ERROR_LAYOUT);
	*main = kept;
	main->arena_bytes = UINT32_MAX;
	refused_as(NN_ERROR_LIMIT);
	*main = kept;
	main->input_form = 2;
	refused_as(NN_ERROR_INPUT);
	*main = kept;
	main->preprocess.distance_scale = 0;
	refused_as(NN_ERROR_INPUT);
	main->preprocess.distance_scale = NAN;
	refused_as(NN_ERROR_INPUT);
	*main = kept;
	main->preprocess.flags = 2;
	refused_as(NN_ERROR_INPUT);
}

static void sha256_is_right(void **unused)
{
	char million[1000], text[NN_SHA256_TEXT];
	uint8_t digest[NN_SHA256_BYTES];
	struct nn_sha256 sha;

	(void)unused;
	nn_sha256_of("", 0, digest);
	nn_sha256_text(digest, text);
	assert_string_equal(text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	nn_sha256_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, digest);
	nn_sha256_text(digest, text);
	assert_string_equal(text, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	memset(million, 'a', sizeof(million));
	nn_sha256_start(&sha);
	for (int i = 0; i < 1000; i++)
		nn_sha256_add(&sha, million, sizeof(million));
	nn_sha256_end(&sha, digest);
	nn_sha256_text(digest, text);
	assert_string_equal(text, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void crc32_is_right(void **unused)
{
	(void)unused;
	assert_int_equal(nn_crc32("123456789", 9), 0xcbf43926);
	assert_int_equal(nn_crc32("", 0), 0);
}

#define MODEL_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		MODEL_TEST(every_operator_runs),
		MODEL_TEST(content_survives),
		MODEL_TEST(same_graph_gives_same_bytes),
		MODEL_TEST(any_changed_byte_is_noticed),
		MODEL_TEST(any_shorter_file_is_refused),
		MODEL_TEST(forged_bytes_do_no_harm),
		MODEL_TEST(header_is_checked),
		MODEL_TEST(tensors_are_checked),
		MODEL_TEST(operators_are_checked),
		MODEL_TEST(outputs_may_not_lie_on_inputs),
		MODEL_TEST(main_is_checked),
		cmocka_unit_test(sha256_is_right),
		cmocka_unit_test(crc32_is_right),
	};

	return cmocka_run_group_tests_name("nn-model", tests, NULL, NULL);
}
