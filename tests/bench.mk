# SPDX-License-Identifier: Apache-2.0
# `make bench` prints what the service costs: counts and ratios, no wall-clock goals.
EXTRA_PROGRAMS += tests/bench/bench-chip
tests_bench_bench_chip_SOURCES = tests/bench/bench-chip.c
tests_bench_bench_chip_LDADD = libsensor.a $(SENSOR_LIBS)
EXTRA_DIST += tests/bench/bench-service.sh

.PHONY: bench
bench: all tests/bench/bench-chip$(EXEEXT)
	$(AM_V_at)tests/bench/bench-chip$(EXEEXT)
	@echo
	$(AM_V_at)top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' \
		bash $(top_srcdir)/tests/bench/bench-service.sh
