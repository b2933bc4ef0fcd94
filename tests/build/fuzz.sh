#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2317 # functions are called by name
# fuzz.sh - every fuzz target for a few seconds on its seeds: $FUZZ_SECONDS each, `make fuzz-smoke` gives them more.
set -u
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"
# shellcheck source=tests/build/variant.sh
. "$top_srcdir/tests/build/variant.sh"
variant_skip_without clang
seconds=${FUZZ_SECONDS:-5}

fuzz()
{
  local target=$1 corpus=$2
  # New inputs go to a folder of the build, the first one that libFuzzer is given.
  mkdir -p "$variant_dir/corpus/$corpus"
  "$variant_dir/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$variant_dir/crash-$corpus-" "$variant_dir/corpus/$corpus" "$top_srcdir/tests/fuzz/corpus/$corpus"
}

variant_build fuzzer --enable-fuzzer CC=clang
for target in $(variant_make print-fuzzers | grep '^tests/'); do
  tap_run "$target runs $seconds s without a finding" fuzz "$target" "${target##*/fuzz-}"
done
tap_done
