# SPDX-License-Identifier: Apache-2.0
# The fault table: every fault of the emulated chip, and what the driver does about it.
if HAVE_CMOCKA
FAULT_TESTS = tests/fault/test-faults tests/fault/test-fault-phases tests/fault/test-fault-soak
check_PROGRAMS += $(FAULT_TESTS)
TESTS += $(FAULT_TESTS)
endif
FAULT_BENCH = tests/fault/fault-bench.h tests/fault/fault-bench.c
FAULT_WRAP = -Wl,--wrap=vl53l8cx_source_state
tests_fault_test_faults_SOURCES = tests/fault/test-faults.c tests/fault/fault-table.h tests/fault/fault-table.c \
	tests/fault/fault-checks.h tests/fault/fault-checks.c $(FAULT_BENCH) $(DRIVER_BENCH)
tests_fault_test_faults_CPPFLAGS = $(TEST_CPPFLAGS)
tests_fault_test_faults_LDFLAGS = $(AM_LDFLAGS) $(FAULT_WRAP)
tests_fault_test_faults_LDADD = libsensor.a $(SENSOR_LIBS) $(CMOCKA_LIBS)
tests_fault_test_fault_phases_SOURCES = tests/fault/test-fault-phases.c $(FAULT_BENCH) $(DRIVER_BENCH)
tests_fault_test_fault_phases_CPPFLAGS = $(TEST_CPPFLAGS)
tests_fault_test_fault_phases_LDFLAGS = $(AM_LDFLAGS) $(FAULT_WRAP)
tests_fault_test_fault_phases_LDADD = libsensor.a $(SENSOR_LIBS) $(CMOCKA_LIBS)
tests_fault_test_fault_soak_SOURCES = tests/fault/test-fault-soak.c $(FAULT_BENCH)
tests_fault_test_fault_soak_CPPFLAGS = $(TEST_CPPFLAGS)
tests_fault_test_fault_soak_LDFLAGS = $(AM_LDFLAGS) $(FAULT_WRAP)
tests_fault_test_fault_soak_LDADD = libsensor.a $(SENSOR_LIBS) $(CMOCKA_LIBS)
EXTRA_DIST += docs/faults.md
