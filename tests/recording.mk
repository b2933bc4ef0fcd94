# SPDX-License-Identifier: Apache-2.0
# Recordings, replay and scenes.
RECORDING_FIXTURE = tests/unit/recording-fixture.h tests/unit/recording-fixture.c
RECORDING_TEST_LIBS = libsensor.a $(SENSOR_LIBS) $(CMOCKA_LIBS)

if HAVE_CMOCKA
RECORDING_TESTS = tests/unit/test-recording tests/unit/test-replay tests/unit/test-scene
check_PROGRAMS += $(RECORDING_TESTS)
TESTS += $(RECORDING_TESTS)
endif
tests_unit_test_recording_SOURCES = tests/unit/test-recording.c $(RECORDING_FIXTURE)
tests_unit_test_recording_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_recording_LDADD = $(RECORDING_TEST_LIBS)
tests_unit_test_replay_SOURCES = tests/unit/test-replay.c $(RECORDING_FIXTURE)
tests_unit_test_replay_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_replay_LDADD = $(RECORDING_TEST_LIBS)
tests_unit_test_scene_SOURCES = tests/unit/test-scene.c $(RECORDING_FIXTURE)
tests_unit_test_scene_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_scene_LDADD = $(RECORDING_TEST_LIBS)

# Our files as others see them, our hands as the model sees them.
TESTS += tests/system/recordings.sh tests/system/scenes.sh
EXTRA_DIST += tests/system/recordings.sh tests/system/scenes.sh

FUZZERS += tests/fuzz/fuzz-recording
tests_fuzz_fuzz_recording_SOURCES = tests/fuzz/fuzz-recording.c $(FUZZ_MAIN)
tests_fuzz_fuzz_recording_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_ENGINE)
tests_fuzz_fuzz_recording_LDADD = libsensor.a $(SENSOR_LIBS)
