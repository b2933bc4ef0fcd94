# SPDX-License-Identifier: Apache-2.0
# Every test speaks TAP, so that each check counts, not each program.
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
SH_LOG_DRIVER = $(LOG_DRIVER)
SH_LOG_COMPILER = bash
AM_TESTS_ENVIRONMENT = \
	CMOCKA_MESSAGE_OUTPUT=TAP; export CMOCKA_MESSAGE_OUTPUT; \
	top_srcdir='$(abs_top_srcdir)'; export top_srcdir; \
	top_builddir='$(abs_top_builddir)'; export top_builddir;
TEST_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)

include tests/sensor.mk
include tests/emulator.mk
include tests/recording.mk
include tests/nn.mk
include tests/daemon.mk
include tests/mqtt.mk
include tests/system.mk
include tests/house.mk
