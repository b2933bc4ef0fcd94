# SPDX-License-Identifier: Apache-2.0
# The hall: configuration, decisions, payloads, health, and postured as a program.
if HAVE_CMOCKA
daemon_tests = \
	tests/unit/test-config \
	tests/unit/test-decide
check_PROGRAMS += $(daemon_tests)
TESTS += $(daemon_tests)

tests_unit_test_config_SOURCES = tests/unit/test-config.c
tests_unit_test_config_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_config_LDADD = libhall.a $(INIH_LIBS) $(CMOCKA_LIBS)

tests_unit_test_decide_SOURCES = tests/unit/test-decide.c
tests_unit_test_decide_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_decide_LDADD = libhall.a $(CMOCKA_LIBS)
endif
