# SPDX-License-Identifier: Apache-2.0
# Integer arithmetic: the kernels and what goes into tensors against references, the pass that makes multipliers of scales.
if HAVE_CMOCKA
NN_INTEGER_TESTS = tests/unit/test-nn-vectors tests/unit/test-nn-integer tests/unit/test-nn-lower tests/unit/test-nn-lower-limits \
	tests/unit/test-nn-value
check_PROGRAMS += $(NN_INTEGER_TESTS)
TESTS += $(NN_INTEGER_TESTS)
endif
tests_unit_test_nn_vectors_SOURCES = tests/unit/test-nn-vectors.c tests/unit/vectors-fixture.h tests/unit/vectors-fixture.c $(NN_FIXTURE)
tests_unit_test_nn_vectors_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_nn_vectors_LDADD = $(NN_TEST_LIBS)
tests_unit_test_nn_integer_SOURCES = tests/unit/test-nn-integer.c $(NN_FIXTURE)
tests_unit_test_nn_integer_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_nn_integer_LDADD = $(NN_TEST_LIBS)
NN_LOWER_FIXTURE = tests/unit/lower-fixture.h tests/unit/lower-fixture.c $(NN_FIXTURE)
tests_unit_test_nn_lower_SOURCES = tests/unit/test-nn-lower.c $(NN_LOWER_FIXTURE)
tests_unit_test_nn_lower_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_nn_lower_LDADD = $(NN_TEST_LIBS)
tests_unit_test_nn_lower_limits_SOURCES = tests/unit/test-nn-lower-limits.c $(NN_LOWER_FIXTURE)
tests_unit_test_nn_lower_limits_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_nn_lower_limits_LDADD = $(NN_TEST_LIBS)
tests_unit_test_nn_value_SOURCES = tests/unit/test-nn-value.c
tests_unit_test_nn_value_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_nn_value_LDADD = $(NN_TEST_LIBS)
