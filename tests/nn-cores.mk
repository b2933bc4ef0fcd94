# SPDX-License-Identifier: Apache-2.0
# The kernels of each core against the portable ones: here on this machine, in tests/build/exact.sh on all.
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test-nn-cores
TESTS += tests/unit/test-nn-cores
endif
tests_unit_test_nn_cores_SOURCES = tests/unit/test-nn-cores.c tests/unit/cores-check.h tests/unit/cores-check.c \
	tests/unit/cores-model.h tests/unit/cores-model.c
tests_unit_test_nn_cores_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_nn_cores_LDADD = $(NN_TEST_LIBS)
EXTRA_DIST += tests/bench/cores-drive.c
