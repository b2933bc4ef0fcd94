#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# coverage.sh - files of which the unit tests must see every line and take every branch both ways.
set -u
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"
# shellcheck source=tests/build/variant.sh
. "$top_srcdir/tests/build/variant.sh"
variant_skip_without gcov

# SOURCE OBJECT TEST: what has to be covered, and by which test alone.
complete=(
  'daemon/decide.c daemon/libhall_a-decide.o tests/unit/test-decide'
)

variant_build coverage --enable-coverage
for row in "${complete[@]}"; do
  read -r source object test <<<"$row"
  find "$variant_dir" -name '*.gcda' -delete
  variant_run "$test"
  report=$(cd "$variant_dir" && gcov -n -b -o "$object" "$top_srcdir/$source" 2>/dev/null |
    awk -v file="$source'" '/^File/ { mine = index($0, file) > 0 } /^$/ { mine = 0 } mine')
  for what in 'Lines executed' 'Branches executed' 'Taken at least once'; do
    tap_is "$source: $what" "$what:100.00%" "$(grep -om 1 "^$what:[0-9.]*%" <<<"$report")"
  done
done
tap_done
