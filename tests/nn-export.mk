# SPDX-License-Identifier: Apache-2.0
# Exported C modules: exactness on every core, and what they cost.
noinst_PROGRAMS += tests/bench/export-vectors
tests_bench_export_vectors_SOURCES = tests/bench/export-vectors.c tests/bench/export-convs.h tests/bench/export-convs.c \
	tests/bench/export-net.h tests/bench/export-net.c \
	tests/bench/export-operators.h tests/bench/export-operators.c
tests_bench_export_vectors_LDADD = libmodels.a libsensor.a libnn.a $(SENSOR_LIBS) $(MODELS_LIBS) $(NN_LIBS) -lm
EXTRA_CHECKS += tests/build/exact.sh tests/build/exact-models.sh
EXTRA_DIST += tests/bench/export-cores.sh tests/bench/bench-nn.sh \
	tests/bench/bench-runtime.sh tests/bench/time-host.c

# What the exported modules cost, beside what others do with the same network.
.PHONY: bench-nn
bench-nn: all tests/bench/export-vectors$(EXEEXT)
	$(AM_V_at)top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' \
		bash $(top_srcdir)/tests/bench/bench-nn.sh
	$(AM_V_at)top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' \
		bash $(top_srcdir)/tests/bench/bench-runtime.sh

TESTS += tests/golden/export.sh tests/golden/bench.sh
EXTRA_DIST += tests/golden/export.sh tests/golden/bench.sh
