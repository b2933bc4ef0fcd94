#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# posture-model-reports.sh - what `posture-model train` and crossval leave to look at, read back with python3's own library:
# reports, event files for TensorBoard, MLflow's store; with names of classes that try to break out of each.
set -u
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"
shared=${POSTURED_SHARED:-$top_srcdir/../shared}
model=${top_builddir:?}/posture-model
python=/usr/bin/python3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

"$model" train --keys >/dev/null 2>&1 || tap_skip_all "built without libyaml"
"$python" -c '' 2>/dev/null || tap_skip_all "python3 is not installed"

# parse RUN [STORE]: what run-parse.py finds, in $scratch/found.
parse()
{
  "$python" "$top_srcdir/tests/golden/run-parse.py" "$@" >"$scratch/found" 2>&1
}

found()
{
  grep -cxF -- "$1" "$scratch/found"
}

# make_pictures DIRECTORY CLASS...: four dots of 4x4 grey pixels for each class, brighter from class to class.
make_pictures()
{
  local directory=$1 class i level=20
  shift
  for class; do
    mkdir -p "$directory/$class"
    for i in 1 2 3 4; do
      { printf 'P5\n4 4\n255\n' && head -c 16 /dev/zero | tr '\0' "\\$(printf %o $((level + i)))"; } >"$directory/$class/$i.pgm"
    done
    level=$((level + 50))
  done
}

write_recipe()
{
  cat >"$scratch/dots.yaml" <<END
# A comment with \`\`\` and <script>alert(1)</script>
name: '<b>dots</b> | "x": y'
data: $scratch/dots
kind: images
input: [4, 4, 1]
split: frame
validation_share: 0.25
epochs: 6
batch: 4
layers:
  - dense: 3
  - softmax
END
}

check_train()
{
  make_pictures "$scratch/dots" '<script>alert(1)' 'a|b`c' '"x" & ]]>: #'
  write_recipe
  tap_run "a training whose names are no good" "$model" train -q "$scratch/dots.yaml" -o "$scratch/run"
  tap_run "leaves what python3 reads" parse "$scratch/run"
  tap_is "a scalar for every epoch" "1 1 1 1 1" \
    "$(for tag in "training epoch_loss" "training epoch_accuracy" "training epoch_learning_rate" "validation epoch_loss" \
      "validation epoch_accuracy"; do grep -c "^scalar $tag 1\.\.6 6 " "$scratch/found"; done | xargs)"
  tap_is "and a metric" 5 "$(grep -cE '^scalar mlflow (loss|accuracy|val_loss|val_accuracy|learning_rate) 1\.\.6 6 ' "$scratch/found")"
  tap_is "with the values of history.csv" "$(tail -1 "$scratch/run/history.csv" | cut -d, -f2 | xargs printf '%.5g')" \
    "$(sed -n 's/^scalar training epoch_loss .* last //p' "$scratch/found" | xargs printf '%.5g')"
  tap_is "the confusion as a picture" 1 "$(found "image exam confusion")"
  tap_is "every key of the recipe" "$("$model" train --keys | grep -c '^[a-z0-9_.]*: ')" \
    "$(sed -n 's/^text training recipe \([0-9]*\) keys$/\1/p' "$scratch/found")"
  tap_is "MLflow: finished, with the models and reports" 1 \
    "$(grep -c '^mlflow 3 .*artifacts accuracy.svg .* model.pnn .* report.html report.md$' "$scratch/found")"
  tap_is "a parameter of the recipe" 6 "$(cat "$scratch"/run/mlruns/0/*/params/epochs)"
  tap_is "nothing half written" "" "$(find "$scratch/run" -maxdepth 1 -name '*.*.??????')"
}

# A store for all runs; the same directory is the same run.
check_store()
{
  local i
  for i in one two one; do
    "$model" train -q "$scratch/dots.yaml" -s mlflow="$scratch/store" -o "$scratch/$i" >/dev/null 2>&1
  done
  tap_run "runs in one store" parse "$scratch/two" "$scratch/store"
  tap_is "one for each directory" 1 "$(found "mlflow runs 2")"
  tap_is "and none of their own" "" "$(find "$scratch/one" -name mlruns)"
  tap_is "a store that can't be made does not stop a training" "0 1" \
    "$("$model" train -q "$scratch/dots.yaml" -s mlflow=/dev/null/x -o "$scratch/three" >/dev/null 2>"$scratch/err"
      echo $?) $(grep -c 'warning: .*Not a directory' "$scratch/err")"
  tap_run "which has its model" test -s "$scratch/three/model.pnn"
}

# Followed while it runs, interrupted, gone on with.
check_resume()
{
  "$model" train -q "$scratch/dots.yaml" -s epochs=100000 -o "$scratch/long" >/dev/null 2>&1 &
  local pid=$! tries=0 epochs
  until [[ $(cat "$scratch"/long/mlruns/0/*/metrics/loss 2>/dev/null | wc -l) -gt 20 && -s $scratch/long/state.bin ]] \
    || ((tries++ > 300)); do
    sleep 0.05
  done
  tap_is "while it runs, MLflow says so" 1 "$(grep -cx 'status: 1' "$scratch"/long/mlruns/0/*/meta.yaml)"
  tap_is "and TensorBoard has a file that grows" 1 \
    "$(find "$scratch/long/tensorboard/training" -name 'events.out.tfevents.*' -size +0 | wc -l)"
  kill -INT $pid
  wait $pid
  tap_run "interrupted, all can be read" parse "$scratch/long"
  tap_is "and MLflow says so" 1 "$(grep -c '^mlflow 5 ' "$scratch/found")"
  tap_is "the report says so" 1 "$(grep -c '^This training was interrupted' "$scratch/long/report.md")"
  epochs=$(($(wc -l <"$scratch/long/history.csv") + 9))
  sed -i "s/^# --set epochs=.*/# --set epochs=$epochs/" "$scratch/long/recipe.yaml"
  tap_run "it goes on" "$model" train -q --resume "$scratch/long"
  tap_run "and can be read" parse "$scratch/long"
  tap_is "each epoch once, in both" "1 1" \
    "$(for part in "training epoch_loss" "mlflow loss"; do grep -c "^scalar $part 1..$epochs $epochs " "$scratch/found"; done | xargs)"
  tap_is "still one run, finished" "1 1" "$(found "mlflow runs 1") $(grep -c '^mlflow 3 ' "$scratch/found")"
}

check_crossval()
{
  local data=$shared/data/handposture class log
  if [[ ! -d $data ]]; then
    tap_skip "reports of crossval" "there are no recordings"
    return
  fi
  for class in Like Fist; do
    mkdir -p "$scratch/recordings/$class"
    for log in "$data/$class"/log__*__User[23]__*; do
      ln -s "$(readlink -f "$log")" "$scratch/recordings/$class/"
    done
  done
  cat >"$scratch/hands.yaml" <<END
data: $scratch/recordings
classes: [None, Like, Fist]
epochs: 3
negatives: {planes: 60}
crossval: {seeds: 2, negatives: 20}
END
  tap_run "crossval with reports" "$model" crossval -q "$scratch/hands.yaml" -o "$scratch/cross"
  tap_run "which can be read" parse "$scratch/cross/leave-one-user-out"
  tap_is "with the mean of all trainings" 1 "$(grep -c '^scalar training epoch_loss 1..3 3 ' "$scratch/found")"
  tap_is "a line for each user" 2 "$(grep -c '^| User[23] | ' "$scratch/cross/leave-one-user-out/report.md")"
  local heading
  for heading in "Who was left out" Classes Calibration Risk "No posture" "int8 and float" Training "The run" Recipe; do
    tap_is "$heading" 1 "$(grep -c "^## $heading\$" "$scratch/cross/leave-one-user-out/report.md")"
  done
}

check_train
check_store
check_resume
check_crossval
tap_done
