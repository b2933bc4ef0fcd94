# SPDX-License-Identifier: Apache-2.0
# The service as a whole, with a real broker.
SYSTEM_TESTS = tests/system/same-labels.sh
TESTS += $(SYSTEM_TESTS)
EXTRA_DIST += $(SYSTEM_TESTS)

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test-no-allocation
TESTS += tests/unit/test-no-allocation
endif
tests_unit_test_no_allocation_SOURCES = tests/unit/test-no-allocation.c
tests_unit_test_no_allocation_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_no_allocation_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
tests_unit_test_no_allocation_LDADD = libhall.a libsensor.a libmcu.a libnn.a $(SYSTEMD_LIBS) $(CJSON_LIBS) $(SENSOR_LIBS) \
	$(NN_LIBS) $(CMOCKA_LIBS)
