# SPDX-License-Identifier: Apache-2.0
# The way to the broker: units, and system tests with the real mosquitto.
check_PROGRAMS += tests/system/mqtt-driver tests/system/mqtt-stub
tests_system_mqtt_driver_CPPFLAGS = $(libhall_a_CPPFLAGS)
tests_system_mqtt_driver_SOURCES = tests/system/mqtt-driver.c
tests_system_mqtt_driver_LDADD = libhall.a libsensor.a libmcu.a libnn.a $(HALL_LIBS) $(SENSOR_LIBS)
tests_system_mqtt_stub_SOURCES = tests/system/mqtt-stub.c

mqtt_system_tests = \
	tests/system/mqtt-broker.sh \
	tests/system/mqtt-protocol.sh \
	tests/system/mqtt-schema.sh \
	tests/system/mqtt-service.sh \
	tests/system/mqtt-tls.sh
TESTS += $(mqtt_system_tests)
EXTRA_DIST += $(mqtt_system_tests) tests/system/broker.sh tests/system/schema-check.py

if HAVE_CMOCKA
mqtt_unit_tests = \
	tests/unit/test-discovery \
	tests/unit/test-mqtt-queue \
	tests/unit/test-mqtt-worker \
	tests/unit/test-posturectl
check_PROGRAMS += $(mqtt_unit_tests)
TESTS += $(mqtt_unit_tests)

tests_unit_test_discovery_SOURCES = tests/unit/test-discovery.c
tests_unit_test_discovery_CPPFLAGS = $(TEST_CPPFLAGS) $(CJSON_CFLAGS)
tests_unit_test_discovery_LDADD = libhall.a $(CJSON_LIBS) $(CMOCKA_LIBS)

tests_unit_test_mqtt_queue_SOURCES = tests/unit/test-mqtt-queue.c
tests_unit_test_mqtt_queue_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_mqtt_queue_LDADD = libhall.a $(CMOCKA_LIBS)

tests_unit_test_mqtt_worker_SOURCES = tests/unit/test-mqtt-worker.c
tests_unit_test_mqtt_worker_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_mqtt_worker_LDADD = libhall.a $(CMOCKA_LIBS)

tests_unit_test_posturectl_SOURCES = tests/unit/test-posturectl.c
tests_unit_test_posturectl_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_posturectl_LDADD = libposturectl.a libhall.a $(CJSON_LIBS) $(CMOCKA_LIBS)
endif
