# SPDX-License-Identifier: Apache-2.0
# The way to the broker: units, and system tests with the real mosquitto.
check_PROGRAMS += tests/system/mqtt-driver tests/system/mqtt-stub
tests_system_mqtt_driver_CPPFLAGS = $(libhall_a_CPPFLAGS)
tests_system_mqtt_driver_SOURCES = tests/system/mqtt-driver.c
tests_system_mqtt_driver_LDADD = libhall.a libsensor.a libnn.a $(HALL_LIBS) $(SENSOR_LIBS)
tests_system_mqtt_stub_SOURCES = tests/system/mqtt-stub.c

mqtt_system_tests = \
	tests/system/mqtt-broker.sh \
	tests/system/mqtt-protocol.sh \
	tests/system/mqtt-tls.sh
TESTS += $(mqtt_system_tests)
EXTRA_DIST += $(mqtt_system_tests) tests/system/broker.sh
