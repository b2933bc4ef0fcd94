#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# personalise.sh - a new posture is taught alone, without a frame of those that the shipped model knows: what it keeps, in floats
# and in integers, over several hands; which of its postures it is asked about; what it took the new one for. HANDS: how many.
set -u
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"
command -v jq >/dev/null || tap_skip_all 'jq is not installed'
model=${top_builddir:?}/posture-model
"$model" train --networks >/dev/null 2>&1 || tap_skip_all 'posture-model was built without training'
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# show WHERE SEED: what two takes of 3 s show, a hand that comes nearer and goes away again.
show()
{
  local take=0 mm
  for mm in 265 290 310 330 310 285; do
    "$top_builddir/posture-scene" -s $(($2 * 100 + ++take)) -r 15 -o "$1/$take" "hand:ThumbSideways@$mm" 15 >/dev/null
  done
}

for ((seed = 1; seed <= ${HANDS:-3}; seed++)); do
  takes=$scratch/takes-$seed
  run=$scratch/run-$seed
  show "$takes" "$seed"
  tap_run "hand $seed: taught alone" "$model" train -q --personalise "$takes" -o "$run"
  "$model" eval --json "$run/model-float.pnn" "$takes" --against "" >"$scratch/float"
  "$model" eval --json "$run/model.pnn" "$takes" --against "" >"$scratch/int8"
  kept=$(jq -c .against.all.same "$scratch/float" "$scratch/int8" | paste -sd' ')
  tap_run "kept by floats and by int8: $kept" \
    jq -e -s 'all(.[]; .against.all.same >= 0.95) and .[0].against.all.same - .[1].against.all.same < 0.02' \
    "$scratch/float" "$scratch/int8"
  show "$scratch/more-$seed" $((seed + 70000))
  "$model" eval --json "$run/model.pnn" "$scratch/more-$seed" >"$scratch/more"
  tap_run "known when another hand shows it: $(jq .accuracy "$scratch/more")" jq -e '.accuracy >= 0.85' "$scratch/more"
done
tap_run "it is asked about every posture: $(jq -c '[.against.classes[].frames]' "$scratch/int8")" \
  jq -e '[.against.classes[].frames] | length == 8 and min >= 20' "$scratch/int8"
tap_is 'all frames of the new one were judged by the old model' '90 true' \
  "$(jq -r '.against.unknown.ThumbSideways | "\(.frames) \(.taken < 0.95)"' "$scratch/int8")"
"$model" eval "$run/model.pnn" "$takes" --against "" >"$scratch/text"
tap_run 'which is said' grep -q '^ThumbSideways is surely [A-Z][A-Za-z]* to it in [0-9.]* % of 90 frames$' "$scratch/text"
tap_done
