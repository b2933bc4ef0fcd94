#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bus-record.sh - takes recorded through the running service: what is kept, what is refused, and that posture-model reads it.
set -u
# shellcheck source=tests/system/session-bus.sh
. "${top_srcdir:?}/tests/system/session-bus.sh"
command -v jq >/dev/null || tap_skip_all 'jq is not installed'
model=$top_builddir/posture-model
data=$work/data

record()
{
  "$posturectl" record "$@" --countdown 0 --dir "$data" 2>"$work/said"
}

# look SCENE: another service that sees this.
look()
{
  [[ -z ${service-} ]] || end "$service"
  "$top_builddir/postured" --bus session --emulator="$1" >>"$work/postured.log" 2>&1 &
  service=$!
  track "$service"
  eventually 5 on_bus
  eventually 5 property_is SensorState '"running"'
}

# A hand that comes nearer and goes away again, as one that is told to keep moving.
printf '1 hand:Like@%d\n' 270 290 310 330 310 290 >"$work/moving"
for turn in {1..20}; do cat "$work/moving"; done >"$work/scene"

bus_start
look "script:$work/scene"
record Like --seconds 4 --user Anna >"$work/like"
tap_is 'a take of a hand that moves is kept' 0 $?
has 'it says what came' '^[0-9]+ frames, [0-9]+ in the gate, 0 twice, [0-9]+ missing; moved by [0-9]+ mm and [0-9.]+ zones$' "$(cat "$work/like")"
has 'and where it is' "^kept in $data/Like$" "$(cat "$work/like")"
tap_run 'the layout is that of ST: class, log, npz' bash -c \
  "ls '$data'/Like/log__Like__Anna__1__VL53L8__postured__8x8__*/npz/data_Like__Anna__1__*_ends*.npz"
tap_is 'posture-model reads it: all frames are Like' 'true' \
  "$("$model" eval --json '' "$data" | jq '[.. | objects | select(has("Like")) | .Like] | length > 0')"
accuracy=$("$model" eval --json '' "$data" | jq .accuracy)
tap_run "and the built-in model knows the posture: $accuracy" jq -en "$accuracy >= 0.9"
record Like --seconds 3 --user Anna --json >"$work/json"
tap_is 'a second take has the next number, --json' 'Like Anna true ' "$(jq -r '"\(.label) \(.user) \(.kept) \(.reason)"' "$work/json")"
tap_run 'beside the first' bash -c "ls -d '$data'/Like/log__Like__Anna__2__*"
# A busy machine may make the emulated chip wait; then its frames are missing, and counted.
tap_is 'frames arrive once, and as many as the sensor made' yes \
  "$(jq -r 'if .frames + .missing >= 40 and .duplicates == 0 then "yes" else . end' "$work/json")"

# The service replayed from what it recorded says the same: nothing was lost on the way.
tap_is 'played again, the service says Like' Like "$("$top_builddir/postured" --replay "$data/Like" --fast --stdout \
  --no-mqtt 2>/dev/null | jq -r 'select(.posture != "None") | .posture' | sort -u)"

record ThumbSideways --seconds 3 >"$work/new"
tap_is 'a posture that nobody knows yet is recorded as well' 0 $?
tap_run 'under its own name' bash -c "ls -d '$data'/ThumbSideways/log__ThumbSideways__*"

# --- refused --------------------------------------------------------------------------------------------------

look empty
record Like --seconds 2 --user Bert >"$work/empty"
tap_is 'a take without a hand is refused' 1 $?
has 'and why' '^not kept: only 0 of [0-9]+ frames show a hand in the gate: hold it' "$(cat "$work/empty")"
tap_is 'nothing of it is left' '' "$(find "$data" -name '*Bert*')"
record None --seconds 2 --user Bert >/dev/null
tap_is 'for None it is right' 0 $?
record Like --seconds 1 >"$work/short"
has 'a take that is too short' '^not kept: only [0-9]+ frames came, 20 are needed' "$(cat "$work/short")"

# refused NAME STATUS PATTERN ARGUMENT...
refused()
{
  local name=$1 status=$2 pattern=$3 got=0
  shift 3
  record "$@" >/dev/null || got=$?
  if [[ $got -eq $status ]] && grep -qE -- "$pattern" "$work/said"; then
    tap_ok "$name"
  else
    tap_not_ok "$name" "status $got, wanted $status and $pattern: $(cat "$work/said")"
  fi
}
refused 'no label' 2 'which posture' --seconds 2
refused 'a label that is a path' 2 'letters, digits' ../../etc
refused 'a label with two underscores' 2 'letters, digits' a__b
refused 'an hour' 2 'at most 300 seconds' Like --seconds 3600
refused 'no time at all' 2 'whole number' Like --seconds 0
refused 'a countdown of a minute' 2 '0 to 9' Like --countdown 60
before=$(find "$data" -type f | wc -l)
mkdir -p "$work/file" && : >"$work/file/data"
"$posturectl" record None --seconds 2 --countdown 0 --dir "$work/file/data" >/dev/null 2>"$work/said"
tap_is 'a data set that is a file' 1 $?
tap_is 'a user'"'"'s name that is none' 1 "$(record None --seconds 2 --user 'A B' >/dev/null; echo $?)"
tap_is 'none of that has left a file' "$before" "$(find "$data" -type f | wc -l)"

"$posturectl" record Like --seconds 20 --countdown 0 --dir "$work/gone" >/dev/null 2>"$work/said" &
taking=$!
track "$taking"
eventually 5 property_is Clients '^u 1$' .Frames
end "$service" KILL
wait "$taking"
tap_is 'a service that goes away ends the take' 1 $?
has 'and it says so' 'the service went away' "$(cat "$work/said")"
tap_is 'half a take is none' '' "$(find "$work/gone" -type f 2>/dev/null)"
tap_done
