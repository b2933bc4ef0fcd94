# SPDX-License-Identifier: Apache-2.0
# Quantisation, and the commands that judge models: quantize, validate, bench.
if HAVE_CMOCKA
QUANTIZE_TESTS = tests/unit/test-quantise
check_PROGRAMS += $(QUANTIZE_TESTS)
TESTS += $(QUANTIZE_TESTS)
endif
tests_unit_test_quantise_SOURCES = tests/unit/test-quantise.c $(NN_FIXTURE)
tests_unit_test_quantise_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_quantise_LDADD = $(NN_TEST_LIBS)
