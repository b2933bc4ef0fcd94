# SPDX-License-Identifier: Apache-2.0
# The hall: configuration, decisions, payloads, health, and postured as a program.
if HAVE_CMOCKA
daemon_tests = \
	tests/unit/test-config \
	tests/unit/test-decide \
	tests/unit/test-health \
	tests/unit/test-payload \
	tests/unit/test-pipeline \
	tests/unit/test-publish-json \
	tests/unit/test-supervisor
check_PROGRAMS += $(daemon_tests)
TESTS += $(daemon_tests)

tests_unit_test_config_SOURCES = tests/unit/test-config.c
tests_unit_test_config_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_config_LDADD = libhall.a $(INIH_LIBS) $(CMOCKA_LIBS)

tests_unit_test_decide_SOURCES = tests/unit/test-decide.c
tests_unit_test_decide_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_decide_LDADD = libhall.a $(CMOCKA_LIBS)

tests_unit_test_health_SOURCES = tests/unit/test-health.c
tests_unit_test_health_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_health_LDADD = libhall.a libsensor.a $(SYSTEMD_LIBS) $(SENSOR_LIBS) $(CMOCKA_LIBS)

tests_unit_test_payload_SOURCES = tests/unit/test-payload.c
tests_unit_test_payload_CPPFLAGS = $(TEST_CPPFLAGS) $(CJSON_CFLAGS)
tests_unit_test_payload_LDADD = libhall.a libsensor.a $(CJSON_LIBS) $(SENSOR_LIBS) $(CMOCKA_LIBS)

tests_unit_test_pipeline_SOURCES = tests/unit/test-pipeline.c
tests_unit_test_pipeline_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_pipeline_LDADD = libhall.a libsensor.a $(SYSTEMD_LIBS) $(CJSON_LIBS) $(SENSOR_LIBS) $(CMOCKA_LIBS)

tests_unit_test_publish_json_SOURCES = tests/unit/test-publish-json.c
tests_unit_test_publish_json_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_publish_json_LDADD = libhall.a libsensor.a $(CJSON_LIBS) $(SENSOR_LIBS) $(CMOCKA_LIBS)

tests_unit_test_supervisor_SOURCES = tests/unit/test-supervisor.c
tests_unit_test_supervisor_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_supervisor_LDADD = libhall.a libsensor.a $(SYSTEMD_LIBS) $(SENSOR_LIBS) $(CMOCKA_LIBS)
endif

FUZZERS += tests/fuzz/fuzz-config
tests_fuzz_fuzz_config_SOURCES = tests/fuzz/fuzz-config.c $(FUZZ_MAIN)
tests_fuzz_fuzz_config_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_ENGINE)
tests_fuzz_fuzz_config_LDADD = libhall.a $(INIH_LIBS)

TESTS += \
	tests/golden/config.sh \
	tests/golden/replay.sh \
	tests/system/service.sh
check_PROGRAMS += tests/system/notify-listen
EXTRA_DIST += \
	tests/system/service.sh \
	tests/golden/config.sh \
	tests/golden/events.jsonl \
	tests/golden/frames.jsonl \
	tests/golden/golden.conf \
	tests/golden/golden.sh \
	tests/golden/handposture.pnn \
	tests/golden/recordings \
	tests/golden/replay.sh

# After a wanted change of the answers.
update-golden: postured$(EXEEXT)
	$(AM_TESTS_ENVIRONMENT) bash -c 'set -e; . "$$top_srcdir/tests/golden/golden.sh"; golden_tmp=$$(mktemp -d); \
		golden_answers "$$top_srcdir/tests/golden"; rm -rf "$$golden_tmp"'
.PHONY: update-golden
