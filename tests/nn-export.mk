# SPDX-License-Identifier: Apache-2.0
# Exported C modules: exactness on every core, and what they cost.
noinst_PROGRAMS += tests/bench/export-vectors
tests_bench_export_vectors_SOURCES = tests/bench/export-vectors.c tests/bench/export-net.h tests/bench/export-net.c
tests_bench_export_vectors_LDADD = libmodels.a libsensor.a libnn.a $(SENSOR_LIBS) $(MODELS_LIBS) $(NN_LIBS) -lm
