# SPDX-License-Identifier: Apache-2.0
# Integer networks against XNNPACK, where configure finds it, and against references of their own.
XNNPACK_FIXTURE = tests/unit/xnnpack.h tests/unit/xnnpack.c tests/unit/float-rounding.h tests/unit/float-rounding.c
if HAVE_CMOCKA
if HAVE_XNNPACK
XNNPACK_TESTS = tests/unit/test-nn-xnnpack tests/unit/test-nn-xnnpack-real
check_PROGRAMS += $(XNNPACK_TESTS)
TESTS += $(XNNPACK_TESTS)
else
TESTS += tests/golden/no-xnnpack.sh
endif
endif
EXTRA_DIST += tests/golden/no-xnnpack.sh
tests_unit_test_nn_xnnpack_SOURCES = tests/unit/test-nn-xnnpack.c $(XNNPACK_FIXTURE) \
	tests/unit/lower-fixture.h tests/unit/lower-fixture.c $(NN_FIXTURE)
tests_unit_test_nn_xnnpack_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_nn_xnnpack_LDADD = $(NN_TEST_LIBS) $(XNNPACK_LIBS)
tests_unit_test_nn_xnnpack_real_SOURCES = tests/unit/test-nn-xnnpack-real.c $(XNNPACK_FIXTURE) $(NN_RUNNER) $(NN_FIXTURE)
tests_unit_test_nn_xnnpack_real_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_nn_xnnpack_real_LDADD = libmodels.a libsensor.a libnn.a $(SENSOR_LIBS) $(MODELS_LIBS) $(NN_LIBS) \
	$(CMOCKA_LIBS) $(XNNPACK_LIBS) -lm

if HAVE_CMOCKA
NN_ORACLE_TESTS = tests/unit/test-nn-classes tests/unit/test-nn-dead-filters tests/unit/test-nn-drq \
	tests/unit/test-nn-mobilenet
check_PROGRAMS += $(NN_ORACLE_TESTS)
TESTS += $(NN_ORACLE_TESTS)
endif
tests_unit_test_nn_mobilenet_SOURCES = tests/unit/test-nn-mobilenet.c tests/unit/tflite-models.h \
	tests/unit/tflite-models.c $(NN_FIXTURE)
tests_unit_test_nn_mobilenet_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_nn_mobilenet_LDADD = $(NN_TEST_LIBS)
tests_unit_test_nn_drq_SOURCES = tests/unit/test-nn-drq.c $(NN_RUNNER) $(NN_FIXTURE)
tests_unit_test_nn_drq_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_nn_drq_LDADD = $(NN_TEST_LIBS)
tests_unit_test_nn_classes_SOURCES = tests/unit/test-nn-classes.c $(NN_RUNNER) $(NN_FIXTURE)
tests_unit_test_nn_classes_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_nn_classes_LDADD = $(NN_TEST_LIBS)
tests_unit_test_nn_dead_filters_SOURCES = tests/unit/test-nn-dead-filters.c $(NN_RUNNER) $(NN_FIXTURE)
tests_unit_test_nn_dead_filters_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_nn_dead_filters_LDADD = $(NN_TEST_LIBS)
