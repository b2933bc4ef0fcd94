# SPDX-License-Identifier: Apache-2.0
# Quantisation, and the commands that judge models: quantize, validate, bench.
if HAVE_CMOCKA
QUANTIZE_TESTS = \
	tests/unit/test-macc \
	tests/unit/test-quantise \
	tests/unit/test-quantise-net
check_PROGRAMS += $(QUANTIZE_TESTS)
TESTS += $(QUANTIZE_TESTS)
endif
tests_unit_test_quantise_SOURCES = tests/unit/test-quantise.c $(NN_FIXTURE)
tests_unit_test_quantise_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_quantise_LDADD = $(NN_TEST_LIBS)
tests_unit_test_quantise_net_SOURCES = tests/unit/test-quantise-net.c $(NN_FIXTURE)
tests_unit_test_quantise_net_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_quantise_net_LDADD = $(NN_TEST_LIBS)
tests_unit_test_macc_SOURCES = tests/unit/test-macc.c nn/tool/macc.h nn/tool/macc.c \
	tests/unit/tflite-models.h tests/unit/tflite-models.c $(NN_FIXTURE)
tests_unit_test_macc_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_macc_LDADD = $(NN_TEST_LIBS)

TESTS += tests/golden/quantize.sh
EXTRA_DIST += tests/golden/quantize.sh
