#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# same-labels.sh - recordings give the same answers whichever way they come: straight from the files, or played to the
# emulated chip, read over I2C by the driver and sent through a real broker.
. "${top_srcdir:?}/tests/system/broker.sh"
need jq
postured=$top_builddir/postured

# The answer for every frame, without what only a recording knows (its times and labels).
answers()
{
  jq -c '[.seq, .class, .probabilities, .posture, .confidence, .distance_mm, .hand]' "$1"
}

events()
{
  jq -c '[.seq, .event_type, .previous, .confidence, .distance_mm]' "$1"
}

# direct RECORDINGS [OPTION...], by_chip RECORDINGS [OPTION...]: as JSON lines, at the same rate.
direct()
{
  "$postured" --replay "$1" --fast --rate 15 --stdout "${@:2}" 2>>"$work/postured.log"
}

by_chip()
{
  "$postured" --emulator="$1" --fast --rate 15 --stdout "${@:2}" 2>>"$work/postured.log"
}

# by_broker RECORDINGS EVENTS: what a subscriber gets while they play on the emulated chip.
by_broker()
{
  local subscriber
  printf '%s\n' '[mqtt]' 'enabled = yes' 'host = 127.0.0.1' "port = $port" 'node = same' >"$work/same.conf"
  mosquitto_sub -p "$port" -V 5 -t postured/same/event -C "$2" -W 60 &
  subscriber=$!
  sleep 0.5
  "$postured" --config "$work/same.conf" --emulator="$1" --fast --rate 15 >>"$work/postured.log" 2>&1
  wait "$subscriber"
}

# compare NAME RECORDINGS FRAMES
compare()
{
  direct "$2" --frames >"$work/direct"
  by_chip "$2" --frames >"$work/chip"
  tap_is "$1: an answer for every frame" "$3" "$(wc -l <"$work/direct")"
  tap_run "$1: the same answer for every frame through chip and driver" \
    diff <(answers "$work/direct") <(answers "$work/chip")
  direct "$2" >"$work/events"
  tap_run "$1: postures come and go" test "$(wc -l <"$work/events")" -ge 3
  by_broker "$2" "$(wc -l <"$work/events")" >"$work/received"
  tap_run "$1: the same events through chip, driver and broker" diff <(events "$work/events") <(events "$work/received")
}

broker_start
"$top_builddir/posture-scene" -o "$work/scene" demo 600 >/dev/null
compare "generated recordings" "$work/scene" 600
shared=${POSTURED_SHARED:-$top_srcdir/../shared}/data/handposture
if [[ -d $shared ]]; then
  compare "real recordings" "$shared" 8505
else
  tap_skip "real recordings: the same labels" "the recordings are not here"
fi
tap_done
