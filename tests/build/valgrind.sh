#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# valgrind.sh - the unit tests of this build under memcheck: no invalid access, no leak.
set -u
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"
# shellcheck source=tests/build/variant.sh
. "$top_srcdir/tests/build/variant.sh"
variant_skip_without valgrind
# shellcheck disable=SC2034 # read by variant.sh
variant_dir=${top_builddir:?}
tap_run "make" variant_programs

# What takes two minutes here and shows nothing new: whole real networks, whose answers are what is tested. sanitizers.sh
# runs them all; the code that reads such files and computes them runs here too, on small networks and hostile files
# (test-nn-import, -model, -onnx, -tflite, -kernels, -integer, -lower, -cores, -xnnpack).
real_networks='tests/unit/test-nn-(golden|onnx-real|drq|xnnpack-real|classes)'

# An hour of faults takes minutes here.
export FAULT_SEED=1 FAULT_MINUTES=20
for test in $(variant_tests); do
  [[ ! $test =~ ^$real_networks$ ]] || continue
  # Its work is done by other processes, one for each input.
  [[ $test != tests/fuzz/fuzz-h5 ]] || continue
  variant_run "$test" valgrind -q --error-exitcode=99 --suppressions="$top_srcdir/tests/build/valgrind.supp" \
    --leak-check=full --show-leak-kinds=definite,indirect --errors-for-leak-kinds=definite,indirect
done
tap_done
