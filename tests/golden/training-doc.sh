#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# training-doc.sh - the commands of docs/training.md, as they stand there and in their order, on small recordings.
set -u
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"
model=$(realpath "${top_builddir:?}/posture-model")
service=$(realpath "$top_builddir/postured")
doc=$(realpath "$top_srcdir/docs/training.md")
golden=$(realpath "$top_srcdir/tests/golden/recordings")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

"$model" train --keys >/dev/null 2>&1 || tap_skip_all "built without libyaml"
mkdir "$scratch/bin" && ln -s "$model" "$scratch/bin/posture-model"
PATH=$scratch/bin:$PATH
cd "$scratch" || exit 1

# take FROM LABEL USER: a take of the emulator's as if it were of this posture and user.
take()
{
  local log name to
  for log in "$golden/$1"/log__*; do
    name=$(basename "$log")
    to=${name/log__$1__Scene1/log__$2__$3}
    mkdir -p "recordings/$2/$to/npz"
    for file in "$log"/npz/*; do
      cp "$file" "recordings/$2/$to/npz/$(basename "$file" | sed "s/data_$1__Scene1/data_$2__$3/")"
    done
  done
}

for user in Anna Ben; do
  take Like Like $user
  take Fist Fist $user
  take Dislike ThumbSideways $user
done
cat >config.yaml <<END
general: {project_name: zoo, logs_dir: logs}
train_parameters: {batch_size: 32, training_epochs: 20, optimizer: adam, initial_learning: 0.01}
dataset: {class_names: [None, Like, Fist, ThumbSideways], training_path: recordings}
pre_processing: {Max_distance: 400, Min_distance: 100, Background_distance: 120}
data_augmentation: {RandomFlip: horizontal}
model: {model_type: {name: CNN2D_ST_HandPosture, version: v1}, input_shape: [8, 8, 2], dropout: 0.5}
mlflow: {uri: ./mlruns}
END

commands=0
while IFS= read -r command; do
  tap_run "$command" bash -c "$command"
  commands=$((commands + 1))
done < <(sed -n 's/^\$ \(posture-model .*\)/\1/p' "$doc")
tap_is "there are commands" yes "$([[ $commands -ge 6 ]] && echo yes)"

tap_is "the new posture is the last class" ThumbSideways "$(posture-model info mine/model.pnn | sed -n 's/^labels.* //p')"
tap_run "the report of crossval that the text names" test -s check/leave-one-user-out/report.html
tap_is "ST's mlflow.uri makes no directory" "" "$(ls -d mlruns 2>/dev/null)"
printf '[classifier]\nmodel = %s\n' "$scratch/mine/model.pnn" >trial.conf
tap_is "the service tells the new posture" ThumbSideways \
  "$("$service" --config trial.conf --replay recordings/ThumbSideways --fast --stdout --no-mqtt 2>/dev/null \
    | sed -n 's/.*"event_type":"\([A-Z][A-Za-z]*\)".*/\1/p' | grep -v None | sort -u)"

# Every option that the text has for train and crossval is one of theirs.
for command in train crossval; do
  for option in $(grep -o "posture-model $command [^\`#]*" "$doc" | grep -oE -- '(^| )--?[a-z]+' | sort -u); do
    tap_run "$command $option" grep -qE -- "(^| |, )$option( |=|,|\$)" <("$model" $command --help)
  done
done
tap_done
