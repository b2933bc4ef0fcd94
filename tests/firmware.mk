# SPDX-License-Identifier: Apache-2.0
# The Cortex-M4's firmware: its portable part on this machine, against Linux' side of the rings.
check_LIBRARIES += tests/offload/libbench.a
tests_offload_libbench_a_SOURCES = tests/offload/bench.h tests/offload/bench.c
FIRMWARE_LIBS = tests/offload/libbench.a libm4.a libmcu.a libnn.a $(NN_LIBS)

if HAVE_CMOCKA
FIRMWARE_TESTS = tests/unit/test-m4-board tests/unit/test-m4-core tests/unit/test-m4-firmware tests/unit/test-m4-hostile \
	tests/unit/test-m4-lint tests/unit/test-m4-mad tests/unit/test-m4-models tests/unit/test-m4-session
check_PROGRAMS += $(FIRMWARE_TESTS)
TESTS += $(FIRMWARE_TESTS)

# The STM32MP15's own files, around which a model of the chip stands; their main() is called by a test.
check_LIBRARIES += tests/offload/libboard.a
tests_offload_libboard_a_SOURCES = tests/offload/model.h tests/offload/model.c $(M4_BOARD)
tests_offload_libboard_a_CPPFLAGS = $(TEST_CPPFLAGS) -Dmain=firmware_main
endif
BOARD_LIBS = tests/offload/libboard.a $(FIRMWARE_LIBS)
tests_unit_test_m4_board_SOURCES = tests/unit/test-m4-board.c
tests_unit_test_m4_board_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_m4_board_LDADD = $(BOARD_LIBS) $(CMOCKA_LIBS)
tests_unit_test_m4_firmware_SOURCES = tests/unit/test-m4-firmware.c
tests_unit_test_m4_firmware_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_m4_firmware_LDADD = $(BOARD_LIBS) $(CMOCKA_LIBS)
tests_unit_test_m4_core_SOURCES = tests/unit/test-m4-core.c
tests_unit_test_m4_core_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_m4_core_LDADD = $(FIRMWARE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_m4_lint_SOURCES = tests/unit/test-m4-lint.c $(M4_LINT)
tests_unit_test_m4_lint_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_m4_lint_LDADD = $(CMOCKA_LIBS)
tests_unit_test_m4_mad_SOURCES = tests/unit/test-m4-mad.c
tests_unit_test_m4_mad_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_m4_mad_LDADD = $(FIRMWARE_LIBS) $(CMOCKA_LIBS)
MODELS_FIXTURE = tests/unit/models-fixture.h tests/unit/models-fixture.c $(NN_FIXTURE)
MODELS_FIXTURE_LIBS = tests/offload/libbench.a libm4.a libmcu.a $(NN_TEST_LIBS)
tests_unit_test_m4_hostile_SOURCES = tests/unit/test-m4-hostile.c $(MODELS_FIXTURE)
tests_unit_test_m4_hostile_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_m4_hostile_LDADD = $(MODELS_FIXTURE_LIBS)
tests_unit_test_m4_models_SOURCES = tests/unit/test-m4-models.c $(MODELS_FIXTURE)
tests_unit_test_m4_models_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_m4_models_LDADD = $(MODELS_FIXTURE_LIBS)
tests_unit_test_m4_session_SOURCES = tests/unit/test-m4-session.c
tests_unit_test_m4_session_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_m4_session_LDADD = $(FIRMWARE_LIBS) $(CMOCKA_LIBS)

FUZZERS += tests/fuzz/fuzz-m4
tests_fuzz_fuzz_m4_SOURCES = tests/fuzz/fuzz-m4.c $(FUZZ_MAIN)
tests_fuzz_fuzz_m4_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_ENGINE)
tests_fuzz_fuzz_m4_LDADD = $(FIRMWARE_LIBS)

# Size, lint and life of the real firmware.
TESTS += tests/system/firmware.sh
EXTRA_DIST += tests/system/firmware.sh

# The same core as code of a Cortex-M4, in QEMU.
check_PROGRAMS += tests/offload/m4-bridge tests/offload/m4-frames
tests_offload_m4_bridge_SOURCES = tests/offload/m4-bridge.c
tests_offload_m4_frames_SOURCES = tests/offload/m4-frames.c
tests_offload_m4_frames_LDADD = libmcu.a libsensor.a libnn.a $(SENSOR_LIBS) $(NN_LIBS)
TESTS += tests/system/firmware-m4.sh
EXTRA_DIST += tests/offload/m4.sh tests/system/firmware-m4.sh

# Other models, sent to it.
TESTS += tests/system/upload-m4.sh
EXTRA_DIST += tests/system/upload-m4.sh

# What a frame costs, on both cores.
EXTRA_DIST += tests/bench/bench-offload.sh tests/offload/frame-cost.c
.PHONY: bench-offload
bench-offload: all tests/offload/m4-frames$(EXEEXT) $(BENCH_DRIVER)
	$(AM_V_at)top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' \
		sources='tests/offload/frame-cost.c $(filter %.c,$(libmcu_a_SOURCES) $(libnn_a_SOURCES) $(libkernels_a_SOURCES))' \
		bash $(top_srcdir)/tests/bench/bench-offload.sh
