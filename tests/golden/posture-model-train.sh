#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# posture-model-train.sh - posture-model train and crossval from the outside, on small data that are made here, and on
# recordings where there are some.
set -u
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"
shared=${POSTURED_SHARED:-$top_srcdir/../shared}
model=${top_builddir:?}/posture-model
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# status COMMAND...: its exit status, silently.
status()
{
  "$@" >"$scratch/out" 2>"$scratch/err" </dev/null
  echo $?
}

# within LOW HIGH VALUE: "yes", or the value.
within()
{
  awk -v low="$1" -v high="$2" -v value="$3" 'BEGIN { print (value >= low && value <= high ? "yes" : value) }'
}

# bytes: decimal numbers on stdin as bytes.
bytes()
{
  local number
  while read -r number; do
    # shellcheck disable=SC2059
    printf "\\x$(printf %02x "$number")"
  done
}

# make_idx NAME N SEED: N pictures of 5x5 with a bright row (0), column (1) or corner (2), and their labels.
make_idx()
{
  {
    printf '0\n0\n8\n3\n0\n0\n%d\n%d\n0\n0\n0\n5\n0\n0\n0\n5\n' $(($2 / 256)) $(($2 % 256))
    awk -v n="$2" -v seed="$3" 'BEGIN {
      srand(seed)
      for (i = 0; i < n; i++) {
        at = int(rand() * 5)
        for (p = 0; p < 25; p++) {
          row = int(p / 5); col = p % 5; kind = i % 3
          bright = kind == 0 ? row == at : kind == 1 ? col == at : row < 2 && col < 2
          print int(rand() * 90) + 160 * bright
        }
      }
    }'
  } | bytes >"$scratch/$1-images-idx3-ubyte"
  {
    printf '0\n0\n8\n1\n0\n0\n%d\n%d\n' $(($2 / 256)) $(($2 % 256))
    awk -v n="$2" 'BEGIN { for (i = 0; i < n; i++) print i % 3 }'
  } | bytes >"$scratch/$1-labels-idx1-ubyte"
}

write_recipe()
{
  cat >"$scratch/bars.yaml" <<END
name: bars
data: $scratch/train-images-idx3-ubyte
test: $scratch/test-images-idx3-ubyte
classes: [row, column, corner]
mean: 0.4
epochs: 30
batch: 16
layers:
  - conv: 6
    activation: relu
  - dense: 3
  - softmax
END
}

check_command_line()
{
  local command
  for command in train crossval; do
    tap_is "$command has a help" 0 "$(status "$model" $command --help)"
    tap_is "$command refuses unknown options" 2 "$(status "$model" $command --frobnicate x)"
    tap_is "$command without a recipe is wrong use" 2 "$(status "$model" $command)"
  done
  tap_is "a recipe and --resume are wrong use" 2 "$(status "$model" train --resume a b)"
  tap_is "--networks lists ST's" 1 "$("$model" train --networks | grep -c '^CNN2D_ST_HandPosture ')"
  tap_is "a recipe that is not there" 1 "$(status "$model" train "$scratch/nothing.yaml")"
  tap_is "and its name is said" "posture-model train: $scratch/nothing.yaml: No such file or directory" \
    "$(cat "$scratch/err")"
  printf 'name: x\nepoch: 3\n' >"$scratch/wrong.yaml"
  status "$model" train "$scratch/wrong.yaml" >/dev/null
  tap_is "an unknown key with its line and the nearest one" \
    "posture-model train: $scratch/wrong.yaml:2: epoch: no such key; the nearest one is epochs" "$(cat "$scratch/err")"
}

# Every key is documented, and every documented key there.
check_keys()
{
  tap_is "docs/training.md has the keys of --keys" \
    "$("$model" train --keys | sed -n 's/^\([a-z0-9_.]*\): .*/\1/p')" \
    "$(awk -F'|' 'NF == 7 && $2 ~ /^ `/ { gsub(/[` ]/, "", $2); print $2 }' "$top_srcdir/docs/training.md")"
}

check_pictures()
{
  make_idx train 150 1
  make_idx test 90 2
  write_recipe
  tap_run "pictures of an IDX file are trained on" "$model" train "$scratch/bars.yaml" -o "$scratch/a"
  tap_is "and learnt: right of 90 new ones" yes \
    "$(within 86 90 "$(sed -n '/"exam"/,$ s/.*"right":[[:space:]]*\([0-9]*\),.*/\1/p' "$scratch/a/history.json" | head -1)")"
  local file
  for file in model.pnn model-float.pnn recipe.yaml state.bin history.csv history.json; do
    tap_run "the run leaves $file" test -s "$scratch/a/$file"
  done
  tap_run "the model can be run" "$model" info "$scratch/a/model.pnn"
  tap_run "again on three threads" "$model" train "$scratch/bars.yaml" -q -s threads=3 -o "$scratch/b"
  tap_run "gives the same weights" cmp <(cut -d, -f1-6 "$scratch/a/history.csv") <(cut -d, -f1-6 "$scratch/b/history.csv")
  tap_is "--set with nonsense" 1 "$(status "$model" train "$scratch/bars.yaml" -s epochs=none)"
  tap_run "a name with a way in it" "$model" train "$scratch/bars.yaml" -q -s epochs=1 -s "name=../../up" -s "output=$scratch/runs"
  tap_is "leads nowhere else" 1 "$(find "$scratch/runs" -mindepth 1 -maxdepth 1 -name '.._.._up-*' | wc -l)"
  tap_is "--set of an unknown key" 1 "$(status "$model" train "$scratch/bars.yaml" -s epoch=3)"
}

# right_of DIRECTORY: how many of the test data's pictures a run's network names.
right_of()
{
  sed -n '/"exam"/,$ s/.*"right":[[:space:]]*\([0-9]*\),.*/\1/p' "$1/history.json" | head -1
}

# Networks that are trained first teach the one that stays; a temperature changes no answer.
check_teachers()
{
  local taught=(train "$scratch/bars.yaml" -q -s teachers=2 -s epochs=12)
  tap_run "two teachers" "$model" "${taught[@]}" -s threads=1 -o "$scratch/t1"
  tap_run "two teachers, three threads" "$model" "${taught[@]}" -s threads=3 -s vectors=no -o "$scratch/t3"
  tap_run "give the same model" cmp "$scratch/t1/model.pnn" "$scratch/t3/model.pnn"
  tap_run "a warm one" "$model" "${taught[@]}" -s temperature=4 -s "note=as it is" -o "$scratch/t4"
  tap_is "answers the same" "$(right_of "$scratch/t1")" "$(right_of "$scratch/t4")"
  tap_is "and less surely" 1 "$(status cmp "$scratch/t1/model-float.pnn" "$scratch/t4/model-float.pnn")"
  tap_is "it keeps the note, and no path" "note=as it is" "$("$model" info "$scratch/t4/model.pnn" | grep -o 'note=.*\|set=data.*')"
  tap_is "a teacher that there is not" 1 "$(status "$model" "${taught[@]}" -s teacher_network=nobody -o "$scratch/t5")"
}

# Interrupted, and gone on with: as if nothing had been.
check_resume()
{
  "$model" train "$scratch/bars.yaml" -q -s epochs=4000 -o "$scratch/c" >/dev/null 2>"$scratch/err" &
  local pid=$! tries=0
  until [[ -s $scratch/c/history.csv && $(wc -l <"$scratch/c/history.csv") -gt 1 ]] || ((tries++ > 300)); do
    sleep 0.05
  done
  kill -INT $pid
  wait $pid
  tap_is "an interrupted run says so by its status" 130 $?
  tap_is "and how to go on" 1 "$(grep -c -- "--resume $scratch/c" "$scratch/err")"
  tap_run "it has a model" "$model" info "$scratch/c/model.pnn"
  tap_is "the one of the best epoch so far" "$(tail -n +2 "$scratch/c/history.csv" | sort -t, -g -k2,2 | head -1 | cut -d, -f1)" \
    "$(sed -n 's/^| weights of | epoch \([0-9]*\) |$/\1/p' "$scratch/c/report.md")"
  local epochs
  epochs=$(($(wc -l <"$scratch/c/history.csv") + 5))
  sed -i "s/^# --set epochs=.*/# --set epochs=$epochs/" "$scratch/c/recipe.yaml"
  tap_run "it goes on" "$model" train -q --resume "$scratch/c"
  tap_is "what L-BFGS forgets by that is said" 1 \
    "$("$model" train -q --resume "$scratch/c" -s optimiser=lbfgs 2>&1 | grep -c 'begins its history anew')"
  tap_is "to its end, without an epoch twice" "$(seq 1 $epochs | xargs)" \
    "$(tail -n +2 "$scratch/c/history.csv" | cut -d, -f1 | xargs)"
  tap_is "resuming nothing" 1 "$(status "$model" train --resume "$scratch/nothing")"
}

check_zoo()
{
  cat >"$scratch/zoo.yaml" <<END
general:
  project_name: zoo
  gpu_memory_limit: 24
operation_mode: training
dataset:
  class_names: [None, Like, Fist]
  training_path: $scratch/recordings
preprocessing: {Max_distance: 400, Min_distance: 100, Background_distance: 120}
data_augmentation: {random_flip: {mode: horizontal}}
training:
  model:
    name: CNN2D_ST_HandPosture
    version: v1
    input_shape: (8, 8, 2)
  dropout: 0.2
  batch_size: 32
  epochs: 3
  optimizer: {Adam: {learning_rate: 0.01}}
  callbacks:
    EarlyStopping: {monitor: val_accuracy, restore_best_weights: true, patience: 40}
    LRPiecewiseConstantDecay: {boundaries: [1, 2], values: [0.01, 0.004, 0.001]}
mlflow: {uri: ./mlruns}
END
  tap_run "a configuration of ST's zoo is trained with as it is" "$model" train "$scratch/zoo.yaml" -o "$scratch/zoo"
  status "$model" train "$scratch/zoo.yaml" -o "$scratch/zoo" >/dev/null
  tap_is "what only TensorFlow has is explained" \
    "$scratch/zoo.yaml:3: general.gpu_memory_limit: TensorFlow's; no graphics card is used" \
    "$(grep gpu_memory "$scratch/err")"
  tap_is "its schedule is followed" "0.01 0.004 0.001" \
    "$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "rate") c = i; next } { print $c + 0 }' "$scratch/zoo/history.csv" | xargs)"
}

check_recordings()
{
  local data=$shared/data/handposture class user log
  if [[ ! -d $data ]]; then
    tap_skip "recordings" "there are none"
    return
  fi
  for class in Like Fist; do
    for user in User2 User3; do
      for log in "$data/$class"/log__*__"$user"__*; do
        mkdir -p "$scratch/recordings/$class" && cp -r "$log" "$scratch/recordings/$class/"
      done
    done
  done
  cat >"$scratch/own.yaml" <<END
data: $scratch/recordings
classes: [None, Like, Fist]
epochs: 4
augmentation: {mirror: 0.5, rotation: 8}
negatives: {planes: 60, blobs: 60}
crossval: {seeds: 2, negatives: 50}
END
  tap_run "crossval, one training at a time" "$model" crossval -q "$scratch/own.yaml" -j 1 -o "$scratch/x1"
  tap_run "crossval, three at a time" "$model" crossval -q "$scratch/own.yaml" -j 3 -o "$scratch/x3"
  tap_run "gives the same numbers" cmp "$scratch/x1/leave-one-user-out/history.json" "$scratch/x3/leave-one-user-out/history.json"
  tap_is "by user: two of them, twice" "leave-one-user-out: 2 folds, 2 seeds" \
    "$("$model" crossval -q "$scratch/own.yaml" | head -1)"
  tap_is "new users' Like and Fist are mostly told apart" yes \
    "$(within 0.7 1 "$(awk '/"all"/ { getline; right = $2; getline; print right / $2; exit }' "$scratch/x1/leave-one-user-out/history.json")")"
  tap_is "crossval of pictures is refused" 1 "$(status "$model" crossval "$scratch/bars.yaml")"
  tap_is "a frame-level split is warned about" 1 \
    "$("$model" train "$scratch/own.yaml" -q -s split=frame -s validation_share=0.2 -s epochs=1 -o "$scratch/f" 2>&1 | grep -c warning)"
  check_zoo
  for log in "$scratch/recordings/Fist"/log__*; do
    mkdir -p "$scratch/mine/Salute"
    cp -r "$log" "$scratch/mine/Salute/$(basename "$log" | sed s/Fist/Salute/)"
  done
  tap_run "a user's recordings, with a new class, are learnt" \
    "$model" train --personalise "$scratch/mine" -s epochs=30 -o "$scratch/p"
  cp -r "$scratch/mine" "$scratch/elsewhere"
  cp "$top_srcdir/nn/models/handposture.pnn" "$scratch/named-otherwise.pnn"
  tap_run "from another place" "$model" train --personalise "$scratch/elsewhere" --model "$scratch/named-otherwise.pnn" \
    -q -s threads=3 -s epochs=30 -o "$scratch/p2"
  tap_run "it is the same model, every byte" cmp "$scratch/p/model.pnn" "$scratch/p2/model.pnn"
  tap_run "its recipe can be trained with again" "$model" train "$scratch/p/recipe.yaml" -q -o "$scratch/p3"
  tap_run "and gives the same again" cmp "$scratch/p/model.pnn" "$scratch/p3/model.pnn"
  tap_run "what is said now counts, not what was said then" "$model" train "$scratch/p/recipe.yaml" -q -s epochs=2 -o "$scratch/p4"
  tap_is "two epochs" 3 "$(wc -l <"$scratch/p4/history.csv")"
  tap_is "and the new class is the last one" "None FlatHand Like Love Dislike BreakTime CrossHands Fist Salute" \
    "$("$model" info "$scratch/p/model.pnn" | sed -n 's/^labels *//p')"
  tap_is "what it knew is there still" yes \
    "$(within 0.85 1 "$("$model" eval --json "$scratch/p/model.pnn" "$data/Love" | sed -n 's/^[[:space:]]*"accuracy":[[:space:]]*\([0-9.]*\),*$/\1/p' | head -1)")"
  tap_is "and what is new, too" yes \
    "$(within 0.9 1 "$("$model" eval --json "$scratch/p/model.pnn" "$scratch/mine" | sed -n 's/^[[:space:]]*"accuracy":[[:space:]]*\([0-9.]*\),*$/\1/p' | head -1)")"
  cat >"$scratch/frozen.yaml" <<END
start: $scratch/zoo/model-float.pnn
frozen_layers: (0:-1)
data: $scratch/mine
epochs: 2
quantise: no
END
  tap_run "a head for new classes on frozen layers" "$model" train "$scratch/frozen.yaml" -q -o "$scratch/h"
  tap_run "with a dropout before it" "$model" train "$scratch/frozen.yaml" -q -s dropout=0.5 -o "$scratch/h-dropout"
  tap_run "it learns otherwise" bash -c "! cmp -s '$scratch/h/model.pnn' '$scratch/h-dropout/model.pnn'"
  local start
  for start in "$shared"/data/models/st/VL53L8CX/*.h5 "$shared"/data/models/seed0/trained_model.onnx; do
    if [[ -f $start ]]; then
      tap_run "of ${start##*/}, too" "$model" train "$scratch/frozen.yaml" -q -s "start=$start" -o "$scratch/h-other"
    else
      tap_skip "of another's file, too" "there is none"
    fi
  done
  # Nothing is learnt in such steps: what comes out is what the file knew, whatever the order of its classes is here.
  cat >"$scratch/order.yaml" <<END
data: $scratch/recordings
classes: [Fist, New, None, Love, Like]
epochs: 1
rate: 1e-8
warm_up: 0
quantise: no
END
  for start in "$shared"/data/models/st/VL53L8CX/*.h5 builtin; do
    if [[ -f $start || $start == builtin ]]; then
      "$model" train "$scratch/order.yaml" -q -s "start=$start" -o "$scratch/order" >/dev/null
      tap_is "classes of the same name keep what ${start##*/} knew of them" yes \
        "$(within 0.9 1 "$(tail -n 1 "$scratch/order/history.csv" | cut -d, -f3)")"
    else
      tap_skip "classes of the same name keep what another's file knew of them" "there is none"
    fi
  done
  tap_is "an input of another size than the recordings' is refused" 1 \
    "$(status "$model" train "$scratch/own.yaml" -s input=16,16,2)"
}

if ! "$model" train --keys >/dev/null 2>&1; then
  tap_skip_all "built without libyaml"
fi
check_command_line
check_keys
check_pictures
check_teachers
check_resume
check_recordings
tap_done
