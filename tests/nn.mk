# SPDX-License-Identifier: Apache-2.0
# The runtime, models and their import, the local classifier, posture-model.
NN_FIXTURE = tests/unit/nn-fixture.h tests/unit/nn-fixture.c
NN_TEST_LIBS = libmodels.a libnn.a $(MODELS_LIBS) $(NN_LIBS) $(CMOCKA_LIBS) -lm

if HAVE_CMOCKA
NN_TESTS = \
	tests/unit/test-nn-image \
	tests/unit/test-nn-keras \
	tests/unit/test-nn-kernels \
	tests/unit/test-nn-local \
	tests/unit/test-nn-model \
	tests/unit/test-nn-preprocess
if HAVE_HDF5
NN_TESTS += tests/unit/test-nn-h5 tests/unit/test-nn-import
endif
check_PROGRAMS += $(NN_TESTS)
TESTS += $(NN_TESTS)
endif
tests_unit_test_nn_image_SOURCES = tests/unit/test-nn-image.c nn/tool/image.h nn/tool/image.c
tests_unit_test_nn_image_CPPFLAGS = $(TEST_CPPFLAGS) $(PNG_CFLAGS)
tests_unit_test_nn_image_LDADD = $(PNG_LIBS) $(CMOCKA_LIBS)
tests_unit_test_nn_h5_SOURCES = tests/unit/test-nn-h5.c
tests_unit_test_nn_h5_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_nn_h5_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=h5_reader_serve
tests_unit_test_nn_h5_LDADD = $(NN_TEST_LIBS)
tests_unit_test_nn_import_SOURCES = tests/unit/test-nn-import.c $(NN_FIXTURE)
tests_unit_test_nn_import_CPPFLAGS = $(TEST_CPPFLAGS) $(HDF5_CFLAGS)
tests_unit_test_nn_import_LDADD = $(NN_TEST_LIBS)
tests_unit_test_nn_keras_SOURCES = tests/unit/test-nn-keras.c
tests_unit_test_nn_keras_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_nn_keras_LDADD = $(NN_TEST_LIBS)
tests_unit_test_nn_kernels_SOURCES = tests/unit/test-nn-kernels.c $(NN_FIXTURE)
tests_unit_test_nn_kernels_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_nn_kernels_LDADD = $(NN_TEST_LIBS)
tests_unit_test_nn_local_SOURCES = tests/unit/test-nn-local.c $(NN_FIXTURE)
tests_unit_test_nn_local_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_nn_local_LDADD = $(NN_TEST_LIBS)
tests_unit_test_nn_model_SOURCES = tests/unit/test-nn-model.c $(NN_FIXTURE)
tests_unit_test_nn_model_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_nn_model_LDADD = $(NN_TEST_LIBS)
tests_unit_test_nn_preprocess_SOURCES = tests/unit/test-nn-preprocess.c $(NN_FIXTURE)
tests_unit_test_nn_preprocess_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_nn_preprocess_LDADD = $(NN_TEST_LIBS)

if HAVE_HDF5
FUZZERS += tests/fuzz/fuzz-h5
endif
tests_fuzz_fuzz_h5_SOURCES = tests/fuzz/fuzz-h5.c $(FUZZ_MAIN)
tests_fuzz_fuzz_h5_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_ENGINE)
tests_fuzz_fuzz_h5_LDADD = libmodels.a libnn.a $(MODELS_LIBS) $(NN_LIBS)

FUZZERS += tests/fuzz/fuzz-keras
tests_fuzz_fuzz_keras_SOURCES = tests/fuzz/fuzz-keras.c $(FUZZ_MAIN)
tests_fuzz_fuzz_keras_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_ENGINE)
tests_fuzz_fuzz_keras_LDADD = libmodels.a libnn.a $(MODELS_LIBS) $(NN_LIBS)

FUZZERS += tests/fuzz/fuzz-model
tests_fuzz_fuzz_model_SOURCES = tests/fuzz/fuzz-model.c $(FUZZ_MAIN)
tests_fuzz_fuzz_model_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_ENGINE)
tests_fuzz_fuzz_model_LDADD = libmodels.a libnn.a $(MODELS_LIBS) $(NN_LIBS)

TESTS += tests/golden/posture-model.sh tests/golden/retrain.sh
EXTRA_DIST += tests/golden/posture-model.sh tests/golden/retrain.sh
