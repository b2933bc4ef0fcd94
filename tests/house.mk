# SPDX-License-Identifier: Apache-2.0
# The house itself: layer rules, conventions, units and the staged installation, and the targets that run all tests.
check_PROGRAMS += $(FUZZERS)
if !ENABLE_FUZZER
TESTS += $(FUZZERS)
endif
HOUSE_TESTS = tests/build/layers.sh tests/build/source.sh tests/build/install.sh tests/build/dts.sh
TESTS += $(HOUSE_TESTS)
EXTRA_CHECKS += tests/build/demo.sh tests/build/sanitizers.sh tests/build/valgrind.sh tests/build/clang.sh tests/build/coverage.sh \
	tests/build/fuzz.sh tests/build/cross.sh tests/build/systemd.sh tests/build/distcheck.sh
EXTRA_DIST += tests/build/variant.sh tests/build/valgrind.supp tests/build/systemd-machine.sh tests/build/systemd-probe.sh \
	$(HOUSE_TESTS) tests/build/install.list tests/build/stm32mp15.dts tests/fuzz/replay.c tests/fuzz/corpus $(EXTRA_CHECKS)

# The tests that are programs of one unit: what valgrind, sanitizers and other builds run.
print-unit-tests:
	@for test in $(TESTS); do case $$test in tests/unit/*|tests/fault/*|tests/fuzz/*) echo $$test;; esac; done

print-fuzzers:
	@for fuzzer in $(FUZZERS); do echo $$fuzzer; done

check-unit:
	$(AM_V_at)$(MAKE) $(AM_MAKEFLAGS) check TESTS="`$(MAKE) -s print-unit-tests | tr '\n' ' '`"

check-extra:
	$(AM_V_at)$(MAKE) $(AM_MAKEFLAGS) check TESTS="$(EXTRA_CHECKS)"

# Fuzzing for longer than the checks do, each target: make fuzz-smoke FUZZ_SECONDS=60
FUZZ_SECONDS = 600
fuzz-smoke:
	$(AM_V_at)FUZZ_SECONDS=$(FUZZ_SECONDS) $(MAKE) $(AM_MAKEFLAGS) check TESTS=tests/build/fuzz.sh

.PHONY: print-fuzzers fuzz-smoke print-unit-tests check-unit check-extra

clean-local:
	-rm -rf variants cortex-m4 retrain
