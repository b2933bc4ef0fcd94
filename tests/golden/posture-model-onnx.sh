#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# posture-model-onnx.sh - an ONNX file through posture-model, with and without the passes.
set -u
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"
model=${top_builddir:?}/posture-model
onnx=$top_srcdir/tests/fuzz/corpus/onnx/branches.onnx
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

"$model" import "$onnx" -o "$scratch/small.pnn" >"$scratch/out" 2>&1
if grep -q "without protobuf-c" "$scratch/out"; then
  tap_skip_all "built without protobuf-c"
fi
"$model" import --no-passes "$onnx" -o "$scratch/plain.pnn" >/dev/null
"$model" import --passes=layout "$onnx" -o "$scratch/layout.pnn" >/dev/null

# operators FILE NAME: how many the graph has.
operators()
{
  "$model" info --graph "$1" | grep -cE "^ +[0-9]+ $2( |,|$)"
}

tap_is "a file as it is has transpositions" yes "$([[ $(operators "$scratch/plain.pnn" transpose) -gt 5 ]] && echo yes)"
tap_is "layout takes them out" 0 "$(operators "$scratch/layout.pnn" transpose)"
tap_is "and nothing else" 3 "$(operators "$scratch/layout.pnn" conv2d)"
tap_is "all passes make one convolution of two branches" 2 "$(operators "$scratch/small.pnn" conv2d)"
tap_is "an unknown pass is named" \
  "posture-model import: --passes tidy: names with commas between are needed; there are all, fold-constants" \
  "$("$model" import --passes=tidy "$onnx" -o "$scratch/x.pnn" 2>&1 | cut -d, -f1-2)"
"$model" import "$onnx" -o "$scratch/again.pnn" >/dev/null
tap_run "importing twice gives the same bytes" cmp "$scratch/small.pnn" "$scratch/again.pnn"
head -c 700 "$onnx" >"$scratch/short.onnx"
tap_is "a truncated file is refused with a reason" \
  "posture-model import: $scratch/short.onnx: not an ONNX file, or a damaged one" \
  "$("$model" import "$scratch/short.onnx" -o "$scratch/x.pnn" 2>&1)"
tap_is "a network without dead filters says nothing of them" "" "$("$model" import "$onnx" -o "$scratch/x.pnn" | grep filters)"
tap_done
