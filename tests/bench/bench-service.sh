#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bench-service.sh - what the running service costs. Printed: replay speed, CPU share and memory at 15 Hz with a real
# broker, system calls a frame, instructions from a ready frame to the message in the link's mailbox.
# Counts do not depend on the machine; the CPU share and frames/s do, and are read as orders of magnitude.
set -u
. "${top_srcdir:?}/tests/system/broker.sh"
postured=$top_builddir/postured
seconds=${BENCH_SECONDS:-20}
dataset=${POSTURED_SHARED:-$top_srcdir/../shared}/data/handposture
missed=0

# judge WHAT VALUE at-least|at-most GOAL UNIT
judge()
{
  local verdict
  verdict=$(awk -v v="$2" -v g="$4" -v how="$3" \
    'BEGIN { ok = how == "at-least" ? v >= g : v <= g; print ok ? "ok" : "MISSED" }')
  [[ $verdict == ok ]] || missed=1
  printf '%-6s %-46s %12s %-10s (goal: %s %s)\n' "$verdict" "$1" "$2" "$5" "${3/-/ }" "$4"
}

quotient()
{
  awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", b ? a / b : 0 }'
}

# service_config FILE: 15 frames a second to the private broker.
service_config()
{
  printf '%s\n' '[sensor]' 'rate_hz = 15' '[mqtt]' 'enabled = yes' 'host = 127.0.0.1' "port = $port" 'node = bench' \
    'diagnostics_s = 1' >"$1"
}

# service_frames: what the service says it has classified so far.
service_frames()
{
  mosquitto_sub -p "$port" -t postured/bench/diagnostics -C 1 -W 10 |
    grep -o '"frames_classified":[0-9]*' | cut -d: -f2
}

# --- replay ------------------------------------------------------------------------------------------------------
bench_replay()
{
  local frames seconds recordings=$dataset
  if [[ ! -d $recordings ]]; then
    recordings=$work/recordings
    "$top_builddir/posture-scene" -o "$recordings" demo 8500 >/dev/null || return
  fi
  frames=$("$postured" --replay "$recordings" --fast --stdout --frames 2>/dev/null | wc -l)
  # Processor time: other work on the machine does not count.
  seconds=$(TIMEFORMAT='%U %S' && { time "$postured" --replay "$recordings" --fast --stdout >/dev/null 2>&1; } 2>&1)
  judge "replay of $frames frames, on one core" \
    "$(awk -v n="$frames" '{ printf "%.0f", n / ($1 + $2) }' <<<"$seconds")" at-least 20000 frames/s
}

# --- CPU and memory at 15 Hz -------------------------------------------------------------------------------------
ticks()
{
  awk '{ print $14 + $15 }' "/proc/$1/stat"
}

bench_running()
{
  local pid before after rss
  "$postured" --config "$work/bench.conf" --emulator >"$work/postured.log" 2>&1 &
  pid=$!
  track "$pid"
  service_frames >/dev/null # it is up
  before=$(ticks "$pid")
  sleep "$seconds"
  after=$(ticks "$pid")
  rss=$(awk '/^VmHWM/ { print $2 }' "/proc/$pid/status")
  end "$pid"
  judge "CPU of one core at 15 Hz, emulated chip included" \
    "$(awk -v t=$((after - before)) -v hz="$(getconf CLK_TCK)" -v s="$seconds" 'BEGIN { printf "%.2f", 100 * t / hz / s }')" \
    at-most 1 %
  judge "resident memory, peak" "$(quotient "$rss" 1024)" at-most 12 MiB
}

# --- system calls ------------------------------------------------------------------------------------------------
# calls SECONDS: "calls frames" of a run under strace. What starting and stopping cost falls out of the difference of two.
calls()
{
  local pid frames
  strace -f -c -o "$work/strace" "$postured" --config "$work/bench.conf" --emulator >/dev/null 2>&1 &
  pid=$!
  track "$pid"
  sleep "$1"
  frames=$(service_frames)
  pkill -TERM -P "$pid"
  wait "$pid"
  echo "$(awk '$NF == "total" { print $4 }' "$work/strace") $frames"
}

bench_calls()
{
  local short long
  command -v strace >/dev/null || {
    echo "       strace is not installed: no system calls counted"
    return
  }
  read -r -a short <<<"$(calls 4)"
  read -r -a long <<<"$(calls $((seconds / 2 + 4)))"
  printf '       %-46s %12s calls (all threads, emulated I2C and INT included)\n' "system calls a frame" \
    "$(quotient $((${long[0]} - ${short[0]})) $((${long[1]} - ${short[1]})))"
}

# --- instructions ------------------------------------------------------------------------------------------------
# inclusive FUNCTION: instructions inside it and below, of the last callgrind run.
inclusive()
{
  callgrind_annotate --inclusive=yes --threshold=100 "$work/callgrind.out" 2>/dev/null |
    awk -v f=":$1 " 'index($0 " ", f) || index($0, f "[") { gsub(",", "", $1); print $1; exit }'
}

bench_instructions()
{
  local pid frames name
  command -v valgrind >/dev/null || {
    echo "       valgrind is not installed: no instructions counted"
    return
  }
  valgrind --tool=callgrind --callgrind-out-file="$work/callgrind.out" \
    "$postured" --config "$work/bench.conf" --emulator >/dev/null 2>&1 &
  pid=$!
  track "$pid"
  sleep "$seconds"
  frames=$(service_frames)
  end "$pid"
  for name in pipeline_take nn_preprocess nn_run decide_step; do
    printf '       %-46s %12s instructions\n' "$name, a frame" "$(quotient "$(inclusive "$name")" "$frames")"
  done
  echo "       (pipeline_take is the whole way: frame ready -> classified -> decided -> message in the link's mailbox)"
}

echo "service at 15 Hz, demo scene, private broker ($seconds s; $(nproc) cores)"
bench_replay
broker_start
service_config "$work/bench.conf"
bench_running
bench_calls
bench_instructions
exit $missed
