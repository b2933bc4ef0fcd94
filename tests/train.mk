# SPDX-License-Identifier: Apache-2.0
# The trainer: gradients, optimisers, repeatable runs, and what it costs.
TRAIN_FIXTURE = tests/unit/train-fixture.h tests/unit/train-fixture.c
TRAIN_TEST_LIBS = $(TRAIN_LIBS) libmodels.a libnn.a $(MODELS_LIBS) $(NN_LIBS) $(CMOCKA_LIBS) -lm

if HAVE_CMOCKA
TRAIN_TESTS = \
	tests/unit/test-train-gradients \
	tests/unit/test-train-optimisers \
	tests/unit/test-train-repeat
check_PROGRAMS += $(TRAIN_TESTS)
TESTS += $(TRAIN_TESTS)
endif
tests_unit_test_train_gradients_SOURCES = tests/unit/test-train-gradients.c $(TRAIN_FIXTURE)
tests_unit_test_train_gradients_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_train_gradients_LDADD = $(TRAIN_TEST_LIBS)
tests_unit_test_train_optimisers_SOURCES = tests/unit/test-train-optimisers.c $(TRAIN_FIXTURE)
tests_unit_test_train_optimisers_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_train_optimisers_LDADD = $(TRAIN_TEST_LIBS)
tests_unit_test_train_repeat_SOURCES = tests/unit/test-train-repeat.c $(TRAIN_FIXTURE)
tests_unit_test_train_repeat_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_train_repeat_LDADD = $(TRAIN_TEST_LIBS)
