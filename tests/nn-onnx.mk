# SPDX-License-Identifier: Apache-2.0
# ONNX files, the passes over the graph, and the memory plan.
NN_RUNNER = tests/unit/nn-runner.h tests/unit/nn-runner.c
if HAVE_CMOCKA
ONNX_TESTS = tests/unit/test-nn-passes tests/unit/test-nn-plan
if HAVE_ONNX
ONNX_TESTS += tests/unit/test-nn-onnx tests/unit/test-nn-onnx-exporters tests/unit/test-nn-onnx-real
endif
if HAVE_HDF5
ONNX_TESTS += tests/unit/test-nn-siblings
endif
check_PROGRAMS += $(ONNX_TESTS)
TESTS += $(ONNX_TESTS)
endif
tests_unit_test_nn_onnx_real_SOURCES = tests/unit/test-nn-onnx-real.c $(NN_RUNNER) $(NN_FIXTURE)
tests_unit_test_nn_onnx_real_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_nn_onnx_real_LDADD = $(NN_TEST_LIBS)
tests_unit_test_nn_plan_SOURCES = tests/unit/test-nn-plan.c $(NN_RUNNER) $(NN_FIXTURE)
tests_unit_test_nn_plan_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_nn_plan_LDADD = $(NN_TEST_LIBS)
tests_unit_test_nn_passes_SOURCES = tests/unit/test-nn-passes.c $(NN_RUNNER) $(NN_FIXTURE)
tests_unit_test_nn_passes_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_nn_passes_LDADD = $(NN_TEST_LIBS)
tests_unit_test_nn_onnx_SOURCES = tests/unit/test-nn-onnx.c tests/unit/onnx-writer.h tests/unit/onnx-writer.c \
	$(NN_RUNNER) $(NN_FIXTURE)
tests_unit_test_nn_onnx_CPPFLAGS = $(TEST_CPPFLAGS) $(PROTOBUF_C_CFLAGS)
tests_unit_test_nn_onnx_LDADD = $(NN_TEST_LIBS)
tests_unit_test_nn_onnx_exporters_SOURCES = tests/unit/test-nn-onnx-exporters.c tests/unit/onnx-writer.h \
	tests/unit/onnx-writer.c $(NN_RUNNER) $(NN_FIXTURE)
tests_unit_test_nn_onnx_exporters_CPPFLAGS = $(TEST_CPPFLAGS) $(PROTOBUF_C_CFLAGS)
tests_unit_test_nn_onnx_exporters_LDADD = $(NN_TEST_LIBS)

if HAVE_ONNX
FUZZERS += tests/fuzz/fuzz-onnx
endif
tests_fuzz_fuzz_onnx_SOURCES = tests/fuzz/fuzz-onnx.c $(FUZZ_MAIN)
tests_fuzz_fuzz_onnx_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_ENGINE)
tests_fuzz_fuzz_onnx_LDADD = libmodels.a libnn.a $(MODELS_LIBS) $(NN_LIBS)
tests_unit_test_nn_siblings_SOURCES = tests/unit/test-nn-siblings.c $(NN_RUNNER) $(NN_FIXTURE)
tests_unit_test_nn_siblings_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_nn_siblings_LDADD = $(NN_TEST_LIBS)

TESTS += tests/golden/posture-model-onnx.sh
EXTRA_DIST += tests/golden/posture-model-onnx.sh
