# SPDX-License-Identifier: Apache-2.0
# The link to the other core: wire, transport, state machine, classifier.
LINK_FIXTURE = tests/unit/link-fixture.h tests/unit/link-fixture.c
FAKE_M4 = tests/unit/fake-m4.h tests/unit/fake-m4.c
LINK_LIBS = libmcu.a libnn.a $(NN_LIBS)

if HAVE_CMOCKA
link_tests = \
	tests/unit/test-link \
	tests/unit/test-link-time \
	tests/unit/test-policy \
	tests/unit/test-protocol \
	tests/unit/test-remote \
	tests/unit/test-remoteproc
check_PROGRAMS += $(link_tests)
TESTS += $(link_tests)

tests_unit_test_link_SOURCES = tests/unit/test-link.c $(LINK_FIXTURE)
tests_unit_test_link_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_link_LDADD = $(LINK_LIBS) $(CMOCKA_LIBS)

tests_unit_test_remoteproc_SOURCES = tests/unit/test-remoteproc.c
tests_unit_test_remoteproc_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_remoteproc_LDADD = $(LINK_LIBS) $(CMOCKA_LIBS)

tests_unit_test_link_time_SOURCES = tests/unit/test-link-time.c $(LINK_FIXTURE)
tests_unit_test_link_time_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_link_time_LDADD = $(LINK_LIBS) $(CMOCKA_LIBS)

tests_unit_test_policy_SOURCES = tests/unit/test-policy.c
tests_unit_test_policy_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_policy_LDADD = $(LINK_LIBS) $(CMOCKA_LIBS)

tests_unit_test_protocol_SOURCES = tests/unit/test-protocol.c
tests_unit_test_protocol_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_protocol_LDADD = $(LINK_LIBS) $(CMOCKA_LIBS)

BENCH_DRIVER = tests/system/m4-driver$(EXEEXT)
check_PROGRAMS += tests/system/m4-driver
tests_system_m4_driver_SOURCES = tests/system/m4-driver.c $(FAKE_M4)
tests_system_m4_driver_CPPFLAGS = $(TEST_CPPFLAGS)
tests_system_m4_driver_LDADD = $(LINK_LIBS) $(CMOCKA_LIBS)
TESTS += tests/system/offload.sh

tests_unit_test_remote_SOURCES = tests/unit/test-remote.c $(FAKE_M4)
tests_unit_test_remote_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_remote_LDADD = $(LINK_LIBS) $(CMOCKA_LIBS)
endif

FUZZERS += tests/fuzz/fuzz-protocol
tests_fuzz_fuzz_protocol_SOURCES = tests/fuzz/fuzz-protocol.c $(FUZZ_MAIN)
tests_fuzz_fuzz_protocol_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_ENGINE)
tests_fuzz_fuzz_protocol_LDADD = $(LINK_LIBS)
EXTRA_DIST += tests/system/offload.sh
