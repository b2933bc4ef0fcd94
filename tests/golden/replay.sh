#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# replay.sh - recordings in, JSON lines out: against the golden answers, against themselves, and through the emulated chip.
set -u
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"
# shellcheck source=tests/golden/golden.sh
. "$top_srcdir/tests/golden/golden.sh"
golden_tmp=$(mktemp -d)
trap 'rm -rf "$golden_tmp"' EXIT
postured=${top_builddir:?}/postured
recordings=$top_srcdir/tests/golden/recordings
shared=${POSTURED_SHARED:-$top_srcdir/../shared}/data/handposture

# What a recording tells and the chip can't: the time, the label.
without_origin()
{
  sed -E 's/"ts":("[^"]*"|null),?//; s/,?"label":"[^"]*"//'
}

# The changes of the posture in a stream of frames, as "SEQ POSTURE".
changes()
{
  sed -E 's/^\{"posture":"([^"]*)".*"seq":([0-9]+).*/\2 \1/' | awk -v last=None '$2 != last { print; last = $2 }'
}

events()
{
  sed -E 's/^\{"posture":"([^"]*)".*"seq":([0-9]+).*/\2 \1/'
}

golden_answers "$golden_tmp"
for answer in events frames; do
  tap_is "$answer as expected" "$(<"$top_srcdir/tests/golden/$answer.jsonl")" "$(<"$golden_tmp/$answer.jsonl")"
done
tap_is "events are the changes among the frames" "$(changes <"$golden_tmp/frames.jsonl")" \
  "$(events <"$golden_tmp/events.jsonl")"
tap_is "every frame has its line, in order" "$(seq 0 $(($(wc -l <"$golden_tmp/frames.jsonl") - 1)))" \
  "$(sed -E 's/.*"seq":([0-9]+).*/\1/' "$golden_tmp/frames.jsonl")"
tap_is "twice the same" "$(<"$golden_tmp/frames.jsonl")" "$(golden_play --frames)"
tap_is "zones: 64 of each kind" "$(wc -l <"$golden_tmp/frames.jsonl")" \
  "$(golden_play --frames=zones | grep -cE '"zones_mm":\[([^],]*,){63}[^],]*\],"zones_kcps":\[([^],]*,){63}[^],]*\]\}$')"

# The same frames as the driver reads them from the emulated chip, at the same rate.
same_through_chip()
{
  local path=$1
  cmp <("$postured" --config /dev/null --replay "$path" --rate 10 --fast --frames=zones | without_origin) \
    <("$postured" --config /dev/null --emulator="$path" --rate 10 --fast --frames=zones | without_origin)
}
tap_run "the same through the emulated chip and the driver" same_through_chip "$recordings"

# --- as a filter ---
goes_early()
{
  golden_play --frames 2>&1 | head -n 1
  echo "status ${PIPESTATUS[0]}"
}
tap_is "a reader that goes early is no error" "$(head -n 1 "$golden_tmp/frames.jsonl")"$'\nstatus 0' "$(goes_early)"
tap_is "nothing but lines: silent on stderr" "" "$(golden_play --stdout 2>&1 >/dev/null)"
one=$(find "$recordings/Like" -name '*.npz')
tap_is "a single file" "$(grep -c '"label":"Like"' "$golden_tmp/frames.jsonl")" "$("$postured" --config /dev/null --replay "$one" --fast --frames | wc -l)"

fails()
{
  local wanted=$1 output
  shift
  if output=$("$@" 2>&1 >/dev/null </dev/null); then
    echo "no failure"
    return 1
  fi
  [[ $output == *"$wanted"* ]] || { echo "$output"; return 1; }
}
mkdir "$golden_tmp/broken" "$golden_tmp/empty"
head -c 1000 "$one" >"$golden_tmp/broken/cut.npz"
tap_run "no such path" fails "--replay: /nonexistent: No such file" "$postured" --replay /nonexistent --fast --stdout
tap_run "no recordings there" fails "empty can't be opened: No such file" \
  "$postured" --config /dev/null --replay "$golden_tmp/empty" --fast --stdout
tap_run "a broken recording alone" fails "cut.npz" \
  "$postured" --config /dev/null --replay "$golden_tmp/broken" --fast --stdout
cp "$one" "$golden_tmp/broken/good.npz"
tap_is "a broken recording among good ones" "$(grep -c '"label":"Like"' "$golden_tmp/frames.jsonl")" \
  "$("$postured" --config /dev/null --replay "$golden_tmp/broken" --fast --frames 2>/dev/null | wc -l)"

# --- the real recordings, where they are ---
if [[ -d $shared ]]; then
  "$postured" --config /dev/null --replay "$shared" --fast --frames >"$golden_tmp/shared.jsonl"
  tap_is "all frames of the real recordings" 8505 "$(wc -l <"$golden_tmp/shared.jsonl")"
  right=$(sed -nE 's/.*"class":"([^"]*)".*"label":"\1".*/\1/p' "$golden_tmp/shared.jsonl" | wc -l)
  tap_run "97 % of them named rightly ($right)" test "$right" -ge 8250
  tap_run "the real recordings through the emulated chip and the driver" same_through_chip "$shared"
else
  tap_skip "the real recordings" "no $shared"
fi
tap_done
