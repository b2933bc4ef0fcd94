# SPDX-License-Identifier: Apache-2.0
# D-Bus: the service on a private bus, and posturectl as its client.
check_PROGRAMS += tests/system/bus-driver
tests_system_bus_driver_CPPFLAGS = $(libhall_a_CPPFLAGS)
tests_system_bus_driver_SOURCES = tests/system/bus-driver.c
tests_system_bus_driver_LDADD = $(SYSTEMD_LIBS)

bus_system_tests = \
	tests/system/bus-completion.sh \
	tests/system/bus-doctor.sh \
	tests/system/bus-m4.sh \
	tests/system/bus-posturectl.sh \
	tests/system/bus-record.sh \
	tests/system/bus-service.sh \
	tests/system/teach.sh \
	tests/system/teach-dialogue.sh
TESTS += $(bus_system_tests)
EXTRA_DIST += $(bus_system_tests) tests/system/session-bus.sh

if HAVE_CMOCKA
bus_unit_tests = tests/unit/test-bus-decode tests/unit/test-lesson tests/unit/test-take
check_PROGRAMS += $(bus_unit_tests)
TESTS += $(bus_unit_tests)

tests_unit_test_bus_decode_SOURCES = tests/unit/test-bus-decode.c
tests_unit_test_bus_decode_CPPFLAGS = $(TEST_CPPFLAGS) $(SYSTEMD_CFLAGS)
tests_unit_test_bus_decode_LDADD = libposturectl.a libhall.a libsensor.a $(SYSTEMD_LIBS) $(CJSON_LIBS) $(SENSOR_LIBS) \
	$(CMOCKA_LIBS)

tests_unit_test_lesson_SOURCES = tests/unit/test-lesson.c
tests_unit_test_lesson_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_lesson_LDADD = libposturectl.a $(CJSON_LIBS) $(CMOCKA_LIBS)

tests_unit_test_take_SOURCES = tests/unit/test-take.c
tests_unit_test_take_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_take_LDADD = libposturectl.a $(CMOCKA_LIBS)
endif
