# SPDX-License-Identifier: Apache-2.0
if HAVE_CMOCKA
# --- firmware, bus, pins, source ---
check_PROGRAMS += tests/unit/test-firmware
TESTS += tests/unit/test-firmware
tests_unit_test_firmware_SOURCES = tests/unit/test-firmware.c
tests_unit_test_firmware_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_firmware_LDADD = libsensor.a $(SENSOR_LIBS) $(CMOCKA_LIBS)
endif
