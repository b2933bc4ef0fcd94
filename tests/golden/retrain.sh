#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# retrain.sh - the shipped model comes out of its recipe and the recordings again, byte for byte: with another number of
# threads and without vector instructions.
set -u
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"
recordings=${POSTURED_SHARED:-$top_srcdir/../shared}/data/handposture
model=${top_builddir:?}/posture-model
shipped=$top_srcdir/nn/models/handposture
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

tap_is "the model was made with the recipe beside it" "recipe.sha256=$(sha256sum <"$shipped.yaml" | cut -d' ' -f1)" \
  "$("$model" info "$shipped.pnn" | grep -o 'recipe\.sha256=.*')"
tap_is "and with nothing beside that" "" "$("$model" info "$shipped.pnn" | grep -o 'recipe\.set=.*')"
if ! "$model" train --keys >/dev/null 2>&1; then
  tap_skip "it is made again" "built without libyaml"
elif [[ ! -d $recordings ]]; then
  tap_skip "it is made again" "the recordings are not here"
elif [[ $("$model" info "$shipped.pnn" | sed -n 's/^ *tool=posture-model \(.*\) train$/\1/p') != "$("$model" --version | sed -n '1s/.* //p')" ]]; then
  tap_skip "it is made again" "another version of posture-model made it: make retrain"
else
  tap_run "it is made again" \
    "$model" train -q -s "data=$recordings" -s threads=3 -s vectors=no -o "$scratch/run" "$shipped.yaml"
  tap_run "and is the same" cmp "$scratch/run/model.pnn" "$shipped.pnn"
fi
tap_done
