# SPDX-License-Identifier: Apache-2.0
# The house itself: layer rules, conventions, units and the staged installation, and the targets that run all tests.
check_PROGRAMS += $(FUZZERS)
if !ENABLE_FUZZER
TESTS += $(FUZZERS)
endif
HOUSE_TESTS = tests/build/layers.sh tests/build/source.sh tests/build/install.sh
TESTS += $(HOUSE_TESTS)
EXTRA_DIST += $(HOUSE_TESTS) tests/build/install.list tests/fuzz/replay.c tests/fuzz/corpus $(EXTRA_CHECKS)

# The tests that are programs of one unit: what valgrind, sanitizers and other builds run.
print-unit-tests:
	@for test in $(TESTS); do case $$test in tests/unit/*|tests/fuzz/*) echo $$test;; esac; done

check-unit:
	$(AM_V_at)$(MAKE) $(AM_MAKEFLAGS) check TESTS="`$(MAKE) -s print-unit-tests | tr '\n' ' '`"

check-extra:
	$(AM_V_at)$(MAKE) $(AM_MAKEFLAGS) check TESTS="$(EXTRA_CHECKS)"

.PHONY: print-unit-tests check-unit check-extra
