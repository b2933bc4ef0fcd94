# SPDX-License-Identifier: Apache-2.0
# Every test speaks TAP, so that each check counts, not each program.
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
SH_LOG_DRIVER = $(LOG_DRIVER)
SH_LOG_COMPILER = bash
LOG_COMPILER = bash $(top_srcdir)/tests/unit.sh
# The models that this machine's service was taught are none of the tests' business.
AM_TESTS_ENVIRONMENT = \
	CMOCKA_MESSAGE_OUTPUT=TAP; export CMOCKA_MESSAGE_OUTPUT; \
	STATE_DIRECTORY='$(abs_top_builddir)/tests/no-state'; export STATE_DIRECTORY; \
	top_srcdir='$(abs_top_srcdir)'; export top_srcdir; \
	top_builddir='$(abs_top_builddir)'; export top_builddir;
TEST_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
EXTRA_DIST += tests/tap.sh tests/unit.sh

# The long checks (tests/build/*.sh): builds of their own, run by `make check-extra`.
EXTRA_CHECKS =

# Fuzz targets. Each part adds tests/fuzz/fuzz-NAME.c with LLVMFuzzerTestOneInput(), seeds in tests/fuzz/corpus/NAME/:
#   FUZZERS += tests/fuzz/fuzz-NAME
#   tests_fuzz_fuzz_NAME_SOURCES = tests/fuzz/fuzz-NAME.c $(FUZZ_MAIN)
#   tests_fuzz_fuzz_NAME_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_ENGINE)
#   tests_fuzz_fuzz_NAME_LDADD = libNAME.a ...
# With --enable-fuzzer they are libFuzzer programs, otherwise tests that replay and vary the seeds.
FUZZERS =
if ENABLE_FUZZER
FUZZ_MAIN =
FUZZ_ENGINE = -fsanitize=fuzzer
else
FUZZ_MAIN = tests/fuzz/replay.c
FUZZ_ENGINE =
endif

include tests/sensor.mk
include tests/emulator.mk
include tests/fault.mk
include tests/recording.mk
include tests/nn.mk
include tests/nn-cores.mk
include tests/nn-integer.mk
include tests/nn-onnx.mk
include tests/nn-export.mk
include tests/nn-quantize.mk
include tests/nn-tflite.mk
include tests/nn-train.mk
include tests/nn-oracle.mk
include tests/train.mk
include tests/reports.mk
include tests/link.mk
include tests/firmware.mk
include tests/daemon.mk
include tests/mqtt.mk
include tests/bus.mk
include tests/system.mk
include tests/house.mk
include tests/bench.mk
