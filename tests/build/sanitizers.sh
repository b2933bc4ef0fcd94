#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# sanitizers.sh - the unit tests under AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer.
set -u
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"
# shellcheck source=tests/build/variant.sh
. "$top_srcdir/tests/build/variant.sh"
export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1
export UBSAN_OPTIONS=print_stacktrace=1

variant_build sanitizers --enable-sanitizers --enable-werror
for test in $(variant_tests); do
  variant_run "$test"
done
tap_done
