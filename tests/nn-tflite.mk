# SPDX-License-Identifier: Apache-2.0
# TensorFlow Lite models: import, export, and goldens of real ones.
if HAVE_CMOCKA
NN_TFLITE_TESTS = \
	tests/unit/test-nn-golden
check_PROGRAMS += $(NN_TFLITE_TESTS)
TESTS += $(NN_TFLITE_TESTS)
endif
tests_unit_test_nn_golden_SOURCES = tests/unit/test-nn-golden.c nn/tool/npy.h nn/tool/npy.c $(NN_FIXTURE)
tests_unit_test_nn_golden_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_nn_golden_LDADD = $(NN_TEST_LIBS)
