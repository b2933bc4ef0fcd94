# SPDX-License-Identifier: Apache-2.0
EXTRA_CHECKS += tests/build/gpiod2.sh
TESTS += tests/system/fwcut.sh tests/system/i2c-dev-ioctl.sh
EXTRA_DIST += tests/system/fwcut.sh tests/system/i2c-dev-ioctl.sh
if HAVE_CMOCKA
# --- firmware, bus, pins, source ---
check_PROGRAMS += tests/unit/test-firmware
TESTS += tests/unit/test-firmware
tests_unit_test_firmware_SOURCES = tests/unit/test-firmware.c
tests_unit_test_firmware_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_firmware_LDADD = libsensor.a $(SENSOR_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-gpio-name
TESTS += tests/unit/test-gpio-name
tests_unit_test_gpio_name_SOURCES = tests/unit/test-gpio-name.c
tests_unit_test_gpio_name_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_gpio_name_LDADD = libsensor.a $(SENSOR_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-i2c-dev
TESTS += tests/unit/test-i2c-dev
tests_unit_test_i2c_dev_SOURCES = tests/unit/test-i2c-dev.c
tests_unit_test_i2c_dev_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_i2c_dev_LDADD = libsensor.a $(SENSOR_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-ladder
TESTS += tests/unit/test-ladder
tests_unit_test_ladder_SOURCES = tests/unit/test-ladder.c
tests_unit_test_ladder_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_ladder_LDADD = libsensor.a $(SENSOR_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-pacer
TESTS += tests/unit/test-pacer
tests_unit_test_pacer_SOURCES = tests/unit/test-pacer.c
tests_unit_test_pacer_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_pacer_LDADD = libsensor.a $(SENSOR_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-frame-ring
TESTS += tests/unit/test-frame-ring
tests_unit_test_frame_ring_SOURCES = tests/unit/test-frame-ring.c
tests_unit_test_frame_ring_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_frame_ring_LDADD = libsensor.a $(SENSOR_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-vl53l8cx-source
TESTS += tests/unit/test-vl53l8cx-source
tests_unit_test_vl53l8cx_source_SOURCES = tests/unit/test-vl53l8cx-source.c tests/unit/source-rig.h tests/unit/source-rig.c
tests_unit_test_vl53l8cx_source_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_vl53l8cx_source_LDADD = libsensor.a $(SENSOR_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-vl53l8cx-trouble
TESTS += tests/unit/test-vl53l8cx-trouble
tests_unit_test_vl53l8cx_trouble_SOURCES = tests/unit/test-vl53l8cx-trouble.c tests/unit/source-rig.h tests/unit/source-rig.c
tests_unit_test_vl53l8cx_trouble_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_vl53l8cx_trouble_LDADD = libsensor.a $(SENSOR_LIBS) $(CMOCKA_LIBS)

if HAVE_UMOCKDEV
check_PROGRAMS += tests/system/i2c-dev-ioctl
tests_system_i2c_dev_ioctl_SOURCES = tests/system/i2c-dev-ioctl.c
tests_system_i2c_dev_ioctl_CPPFLAGS = $(TEST_CPPFLAGS) $(UMOCKDEV_CFLAGS)
tests_system_i2c_dev_ioctl_LDADD = libsensor.a $(SENSOR_LIBS) $(UMOCKDEV_LIBS) $(CMOCKA_LIBS)
endif

# --- the chip and its way onto the wire ---
check_PROGRAMS += tests/unit/test-i2c
TESTS += tests/unit/test-i2c
tests_unit_test_i2c_SOURCES = tests/unit/test-i2c.c tests/unit/fake-clock.h
tests_unit_test_i2c_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_i2c_LDADD = libsensor.a $(SENSOR_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-vl53l8cx-frame
TESTS += tests/unit/test-vl53l8cx-frame
tests_unit_test_vl53l8cx_frame_SOURCES = tests/unit/test-vl53l8cx-frame.c tests/unit/synthetic-result.h
tests_unit_test_vl53l8cx_frame_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_vl53l8cx_frame_LDADD = libsensor.a $(SENSOR_LIBS) $(CMOCKA_LIBS)

# The whole driver on the emulated chip.
DRIVER_BENCH = tests/unit/driver-bench.h tests/unit/driver-bench.c tests/unit/emulator-rig.h tests/unit/emulator-rig.c
check_PROGRAMS += tests/unit/test-vl53l8cx
TESTS += tests/unit/test-vl53l8cx
tests_unit_test_vl53l8cx_SOURCES = tests/unit/test-vl53l8cx.c $(DRIVER_BENCH)
tests_unit_test_vl53l8cx_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_vl53l8cx_LDADD = libsensor.a $(SENSOR_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-vl53l8cx-ranging
TESTS += tests/unit/test-vl53l8cx-ranging
tests_unit_test_vl53l8cx_ranging_SOURCES = tests/unit/test-vl53l8cx-ranging.c $(DRIVER_BENCH)
tests_unit_test_vl53l8cx_ranging_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_vl53l8cx_ranging_LDADD = libsensor.a $(SENSOR_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-vl53l8cx-settings
TESTS += tests/unit/test-vl53l8cx-settings
tests_unit_test_vl53l8cx_settings_SOURCES = tests/unit/test-vl53l8cx-settings.c $(DRIVER_BENCH)
tests_unit_test_vl53l8cx_settings_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_vl53l8cx_settings_LDADD = libsensor.a $(SENSOR_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-vl53l8cx-plugins
TESTS += tests/unit/test-vl53l8cx-plugins
tests_unit_test_vl53l8cx_plugins_SOURCES = tests/unit/test-vl53l8cx-plugins.c $(DRIVER_BENCH)
tests_unit_test_vl53l8cx_plugins_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_vl53l8cx_plugins_LDADD = libsensor.a $(SENSOR_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-vl53l8cx-faults
TESTS += tests/unit/test-vl53l8cx-faults
tests_unit_test_vl53l8cx_faults_SOURCES = tests/unit/test-vl53l8cx-faults.c $(DRIVER_BENCH)
tests_unit_test_vl53l8cx_faults_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_vl53l8cx_faults_LDADD = libsensor.a $(SENSOR_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test-vl53l8cx-address
TESTS += tests/unit/test-vl53l8cx-address
tests_unit_test_vl53l8cx_address_SOURCES = tests/unit/test-vl53l8cx-address.c $(DRIVER_BENCH)
tests_unit_test_vl53l8cx_address_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_vl53l8cx_address_LDADD = libsensor.a $(SENSOR_LIBS) $(CMOCKA_LIBS)
endif

FUZZERS += tests/fuzz/fuzz-frame
tests_fuzz_fuzz_frame_SOURCES = tests/fuzz/fuzz-frame.c $(FUZZ_MAIN)
tests_fuzz_fuzz_frame_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_ENGINE)
tests_fuzz_fuzz_frame_LDADD = libsensor.a $(SENSOR_LIBS)

FUZZERS += tests/fuzz/fuzz-c-arrays
tests_fuzz_fuzz_c_arrays_SOURCES = tests/fuzz/fuzz-c-arrays.c $(FUZZ_MAIN)
tests_fuzz_fuzz_c_arrays_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_ENGINE)
tests_fuzz_fuzz_c_arrays_LDADD = libsensor.a $(SENSOR_LIBS)
