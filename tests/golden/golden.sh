# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# golden.sh - how the recordings of this directory are played; sourced by the tests and by make update-golden.
#
# recordings/ was made with `posture-scene -s 7 -r 10 -o DIR demo 240`, the model is a copy of one that once was shipped:
# a better one must not change what is tested here.

# golden_play OPTION...: the recordings through the whole hall, with a configuration of their own.
golden_play()
{
  local conf=$golden_tmp/golden.conf
  cp "$top_srcdir/tests/golden/golden.conf" "$conf"
  chmod u+w "$conf"
  printf '\n[classifier]\nmodel = %s\n' "$top_srcdir/tests/golden/handposture.pnn" >>"$conf"
  "$top_builddir/postured" --config "$conf" --replay "$top_srcdir/tests/golden/recordings" --fast "$@"
}

# golden_answers DIR: writes the answers that are expected here.
golden_answers()
{
  golden_play --stdout >"$1/events.jsonl"
  golden_play --frames >"$1/frames.jsonl"
}
