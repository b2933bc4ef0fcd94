#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# offload.sh - postured with another core behind a socket: the same postures whoever computes, differences counted, and a
# core that is absent, silent or wrong stops nothing.
set -u
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"
work=$(mktemp -d)
export STATE_DIRECTORY=$work/state # no model that this machine was taught
m4=
trap 'stop_m4; rm -rf "$work"' EXIT
postured=${top_builddir:?}/postured
recordings=$top_srcdir/tests/golden/recordings

stop_m4()
{
  [[ -z $m4 ]] || kill "$m4" 2>/dev/null
  [[ -z $m4 ]] || wait "$m4" 2>/dev/null
  m4=
}

# start_m4 [HOW]: a new one at $work/m4
start_m4()
{
  stop_m4
  rm -f "$work/m4" "$work/listening"
  "$top_builddir/tests/system/m4-driver" "$work/m4" "$@" >"$work/listening" &
  m4=$!
  local i
  for ((i = 0; i < 100; i++)); do
    [[ ! -s $work/listening ]] || return 0
    sleep 0.05
  done
}

# play BACKEND [KIND]: all results of the recordings, as lines
play()
{
  "$postured" --config "$work/postured.conf" --replay "$recordings" --fast --frames --backend "$1" \
    --channel "${2:-unix}:$work/m4" 2>"$work/log"
}

printf '%s\n' '[classifier]' 'm4_deadline_ms = 1000' >"$work/postured.conf"
expected=$(play local)
frames=$(grep -c '"type":"frame"' <<<"$expected" || true)
[[ $frames -gt 0 ]] || frames=$(wc -l <<<"$expected")
tap_run 'the recordings have frames' test "$frames" -gt 100

start_m4
tap_is 'both: the same answers' "$expected" "$(play both)"
tap_run 'every result was compared, and none differs' grep -qE 'both: ([0-9]+) of \1 results compared, 0 differ' "$work/log"
tap_is 'm4: the same answers' "$expected" "$(play m4)"
tap_is 'auto: the same answers' "$expected" "$(play auto)"
start_m4 stream
tap_is 'both, over a byte stream: the same answers' "$expected" "$(play both stream)"
tap_run 'and none differs' grep -qE 'both: ([0-9]+) of \1 results compared, 0 differ' "$work/log"
start_m4 wrong
tap_is 'a core that computes wrong: the same answers' "$expected" "$(play both)"
tap_run 'and the difference is reported' grep -qE 'results compared, [1-9][0-9]* differ' "$work/log"
tap_is 'nobody believes it' "$expected" "$(play m4)"
start_m4 silent
tap_is 'a core that is silent: the same answers' "$expected" "$(play m4)"
stop_m4
tap_is 'no core at all: the same answers' "$expected" "$(play m4)"
tap_done
