#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# clang.sh - a second compiler's warnings, as errors, over everything that the first one compiles.
set -u
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"
# shellcheck source=tests/build/variant.sh
. "$top_srcdir/tests/build/variant.sh"
variant_skip_without clang

variant_build clang --enable-werror CC=clang
for test in $(variant_tests); do
  variant_run "$test"
done
tap_done
