# SPDX-License-Identifier: Apache-2.0
# The trainer: gradients, optimisers, repeatable runs, and what it costs.
TRAIN_FIXTURE = tests/unit/train-fixture.h tests/unit/train-fixture.c
TRAIN_TEST_LIBS = $(TRAIN_LIBS) libmodels.a libnn.a $(MODELS_LIBS) $(NN_LIBS) $(CMOCKA_LIBS) -lm

if HAVE_CMOCKA
TRAIN_TESTS = \
	tests/unit/test-train-gradients \
	tests/unit/test-train-layers \
	tests/unit/test-train-optimisers \
	tests/unit/test-train-repeat
check_PROGRAMS += $(TRAIN_TESTS)
TESTS += $(TRAIN_TESTS)
endif
tests_unit_test_train_gradients_SOURCES = tests/unit/test-train-gradients.c $(TRAIN_FIXTURE)
tests_unit_test_train_gradients_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_train_gradients_LDADD = $(TRAIN_TEST_LIBS)
tests_unit_test_train_layers_SOURCES = tests/unit/test-train-layers.c $(TRAIN_FIXTURE)
tests_unit_test_train_layers_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_train_layers_LDADD = $(TRAIN_TEST_LIBS)
tests_unit_test_train_optimisers_SOURCES = tests/unit/test-train-optimisers.c $(TRAIN_FIXTURE)
tests_unit_test_train_optimisers_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_train_optimisers_LDADD = $(TRAIN_TEST_LIBS)
tests_unit_test_train_repeat_SOURCES = tests/unit/test-train-repeat.c $(TRAIN_FIXTURE)
tests_unit_test_train_repeat_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_train_repeat_LDADD = $(TRAIN_TEST_LIBS)

# `make bench-train`: instructions for each sample, seconds as a ratio to the same written out sample by sample, memory.
EXTRA_PROGRAMS += tests/bench/bench-train
tests_bench_bench_train_SOURCES = tests/bench/bench-train.c \
	tests/bench/plain-network.h tests/bench/plain-network.c \
	nn/train/augment.h nn/train/augment.c \
	nn/train/negatives.h nn/train/negatives.c nn/train/zones.h
tests_bench_bench_train_CFLAGS = $(NN_CFLAGS)
tests_bench_bench_train_LDADD = $(TRAIN_LIBS) libmodels.a libnn.a $(MODELS_LIBS) $(NN_LIBS)
EXTRA_DIST += tests/bench/bench-train.sh

# What it is made of, for another core.
BENCH_TRAIN_FILES = $(filter %.c,$(tests_bench_bench_train_SOURCES) $(libtrain_a_SOURCES) $(libkernels_a_SOURCES) \
	$(filter nn/runtime/%,$(libnn_a_SOURCES))) nn/graph/graph.c nn/graph/edit.c nn/graph/plan.c nn/export/pnn.c

.PHONY: bench-train
bench-train: tests/bench/bench-train$(EXEEXT)
	$(AM_V_at)top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' sources='$(BENCH_TRAIN_FILES)' \
		bash $(top_srcdir)/tests/bench/bench-train.sh
