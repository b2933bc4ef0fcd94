# SPDX-License-Identifier: Apache-2.0
# TensorFlow Lite models: import, export, and goldens of real ones.
if HAVE_CMOCKA
NN_TFLITE_TESTS = \
	tests/unit/test-nn-golden \
	tests/unit/test-nn-tflite
check_PROGRAMS += $(NN_TFLITE_TESTS)
TESTS += $(NN_TFLITE_TESTS)
endif
tests_unit_test_nn_golden_SOURCES = tests/unit/test-nn-golden.c nn/tool/npy.h nn/tool/npy.c $(NN_FIXTURE)
tests_unit_test_nn_golden_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_nn_golden_LDADD = $(NN_TEST_LIBS)
tests_unit_test_nn_tflite_SOURCES = \
	tests/unit/test-nn-tflite.c tests/unit/tflite-models.h tests/unit/tflite-models.c $(NN_FIXTURE)
tests_unit_test_nn_tflite_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_nn_tflite_LDADD = $(NN_TEST_LIBS)

FUZZERS += tests/fuzz/fuzz-tflite
tests_fuzz_fuzz_tflite_SOURCES = tests/fuzz/fuzz-tflite.c $(FUZZ_MAIN)
tests_fuzz_fuzz_tflite_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_ENGINE)
tests_fuzz_fuzz_tflite_LDADD = libmodels.a libnn.a $(MODELS_LIBS) $(NN_LIBS)

TESTS += tests/golden/run.sh
EXTRA_DIST += tests/golden/run.sh

FUZZERS += tests/fuzz/fuzz-samples
tests_fuzz_fuzz_samples_SOURCES = \
	tests/fuzz/fuzz-samples.c nn/tool/image.h nn/tool/image.c nn/tool/npy.h nn/tool/npy.c $(FUZZ_MAIN)
tests_fuzz_fuzz_samples_CPPFLAGS = $(AM_CPPFLAGS) $(PNG_CFLAGS)
tests_fuzz_fuzz_samples_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_ENGINE)
tests_fuzz_fuzz_samples_LDADD = $(PNG_LIBS)
