# SPDX-License-Identifier: Apache-2.0
# The emulated chip, its bus and its faults.
if HAVE_CMOCKA
EMULATOR_TESTS = \
	tests/unit/test-emulator-bus \
	tests/unit/test-emulator-chip \
	tests/unit/test-emulator-detect \
	tests/unit/test-emulator-faults \
	tests/unit/test-emulator-faults-ranging \
	tests/unit/test-emulator-hostile \
	tests/unit/test-emulator-ranging \
	tests/unit/test-emulator-transcript \
	tests/unit/test-faults
check_PROGRAMS += $(EMULATOR_TESTS)
TESTS += $(EMULATOR_TESTS)
endif
EMULATOR_RIG = tests/unit/emulator-rig.h tests/unit/emulator-rig.c
EMULATOR_TEST_LIBS = libsensor.a $(SENSOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_emulator_bus_SOURCES = tests/unit/test-emulator-bus.c $(EMULATOR_RIG)
tests_unit_test_emulator_bus_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_emulator_bus_LDADD = $(EMULATOR_TEST_LIBS)
tests_unit_test_emulator_chip_SOURCES = tests/unit/test-emulator-chip.c $(EMULATOR_RIG)
tests_unit_test_emulator_chip_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_emulator_chip_LDADD = $(EMULATOR_TEST_LIBS)
tests_unit_test_emulator_detect_SOURCES = tests/unit/test-emulator-detect.c $(EMULATOR_RIG)
tests_unit_test_emulator_detect_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_emulator_detect_LDADD = $(EMULATOR_TEST_LIBS)
tests_unit_test_emulator_faults_SOURCES = tests/unit/test-emulator-faults.c $(EMULATOR_RIG)
tests_unit_test_emulator_faults_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_emulator_faults_LDADD = $(EMULATOR_TEST_LIBS)
tests_unit_test_emulator_faults_ranging_SOURCES = tests/unit/test-emulator-faults-ranging.c $(EMULATOR_RIG)
tests_unit_test_emulator_faults_ranging_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_emulator_faults_ranging_LDADD = $(EMULATOR_TEST_LIBS)
tests_unit_test_emulator_hostile_SOURCES = tests/unit/test-emulator-hostile.c $(EMULATOR_RIG)
tests_unit_test_emulator_hostile_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_emulator_hostile_LDADD = $(EMULATOR_TEST_LIBS)
tests_unit_test_emulator_ranging_SOURCES = tests/unit/test-emulator-ranging.c $(EMULATOR_RIG)
tests_unit_test_emulator_ranging_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_emulator_ranging_LDADD = $(EMULATOR_TEST_LIBS)
tests_unit_test_emulator_transcript_SOURCES = tests/unit/test-emulator-transcript.c $(EMULATOR_RIG)
tests_unit_test_emulator_transcript_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_emulator_transcript_LDADD = $(EMULATOR_TEST_LIBS)
tests_unit_test_faults_SOURCES = tests/unit/test-faults.c
tests_unit_test_faults_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_faults_LDADD = $(EMULATOR_TEST_LIBS)
