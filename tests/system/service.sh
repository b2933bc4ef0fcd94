#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# service.sh - postured under a service manager (of ours): start, status, watchdog, reload good and bad, stop.
set -u
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"
postured=${top_builddir:?}/postured
tmp=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null; rm -rf "$tmp"' EXIT

# wait_for FILE PATTERN: until a line matches, ten seconds at most.
wait_for()
{
  local tries
  for ((tries = 0; tries < 100; tries++)); do
    ! grep -qE -- "$2" "$1" 2>/dev/null || return 0
    sleep 0.1
  done
  echo "nothing matches $2 in:"
  cat "$1"
  return 1
}

lines()
{
  wc -l <"$1"
}

# start NAME ARGUMENT...: sets life and service; its log is NAME.log, what the manager hears NAME.notify.
start()
{
  local name=$1
  shift
  life=$name
  "$top_builddir/tests/system/notify-listen" "$tmp/socket" >"$tmp/$name.notify" &
  pids+=($!)
  ear=$!
  for _ in {1..200}; do [[ ! -S $tmp/socket ]] || break; sleep 0.05; done
  NOTIFY_SOCKET=$tmp/socket WATCHDOG_USEC=5000000 "$postured" "$@" >"$tmp/$name.out" 2>"$tmp/$name.log" &
  service=$!
  pids+=("$service")
}

# stop SIGNAL: sets status and stopped_ms.
stop()
{
  local from
  from=$(date +%s%N)
  kill "-$1" "$service"
  wait "$service"
  status=$?
  stopped_ms=$((($(date +%s%N) - from) / 1000000))
  wait_for "${tmp:?}/$life.notify" '^STOPPING=1' >/dev/null # the last word may still be on its way
  kill "$ear" 2>/dev/null
  wait "$ear" 2>/dev/null
  rm -f "$tmp/socket"
}

write_conf()
{
  printf '%s\n' '[mqtt]' 'enabled = no' "$@" >"$tmp/c.conf"
}

# --- a whole life ---
write_conf
start life --config "$tmp/c.conf" --emulator --stdout
tap_run "ready at once" wait_for "$tmp/life.notify" '^READY=1 STATUS='
tap_run "then frames, and the log says so" wait_for "$tmp/life.log" 'frames from vl53l8cx'
tap_run "the status has the rate" wait_for "$tmp/life.notify" '^STATUS=[A-Za-z]+, [0-9.]+ frames/s'
tap_run "progress feeds the watchdog" wait_for "$tmp/life.notify" '^WATCHDOG=1$'
tap_run "events on stdout while it runs" wait_for "$tmp/life.out" '^\{"posture":.*"event_type":'

write_conf '[decide]' 'hold_ms = 77' '[sensor]' 'rate_hz = 7' '[log]' 'level = debug'
kill -HUP "$service"
tap_run "reload: the manager is told when it begins" \
  wait_for "$tmp/life.notify" '^RELOADING=1 MONOTONIC_USEC=[0-9]+$'
tap_run "reload: what changed, and what needs a restart" wait_for "$tmp/life.log" \
  'reloaded, changed: decide.hold_ms, log.level; needs a restart: sensor.rate_hz$'
tap_is "reload: ready again" 2 "$(grep -c '^READY=1' "$tmp/life.notify")"

write_conf '[decide]' 'hold_ms = 99' 'treshold = 1'
kill -HUP "$service"
tap_run "a bad reload is told with its place" \
  wait_for "$tmp/life.log" "c.conf:5: decide.treshold: unknown key, did you mean threshold\?"
tap_run "and that the old one stays" wait_for "$tmp/life.log" 'the old configuration stays'
tap_run "and in the status" wait_for "$tmp/life.notify" '^READY=1 STATUS=.*new configuration rejected$'
tap_is "the manager is not left waiting" 3 "$(grep -c '^READY=1' "$tmp/life.notify")"

write_conf '[decide]' 'hold_ms = 77' '[classifier]' "model = $tmp/model.pnn"
head -c 1000 "$top_srcdir/nn/models/handposture.pnn" >"$tmp/model.pnn"
kill -HUP "$service"
tap_run "a broken model is refused" wait_for "$tmp/life.log" 'model.pnn: .*(short|damaged|truncated)'
cat "$top_srcdir/nn/models/handposture.pnn" >"$tmp/model.pnn"
kill -HUP "$service"
tap_run "a good one is taken" wait_for "$tmp/life.log" 'reloaded, changed: classifier.model'
n=$(lines "$tmp/life.out")
events_again()
{
  local tries
  for ((tries = 0; tries < 100; tries++)); do
    [[ $(lines "$tmp/life.out") -le $n ]] || return 0
    sleep 0.1
  done
  return 1
}
tap_run "events go on after all that" events_again
stop TERM
tap_is "SIGTERM: exit status" 0 "$status"
tap_run "SIGTERM: within two seconds ($stopped_ms ms)" test "$stopped_ms" -le 2000
tap_is "SIGTERM: the manager is told" 1 "$(grep -c '^STOPPING=1' "$tmp/life.notify")"

# --- other ends ---
write_conf
start interrupt --config "$tmp/c.conf" --emulator=empty
wait_for "$tmp/interrupt.notify" '^READY=1' >/dev/null
stop INT
tap_is "SIGINT: exit status" 0 "$status"

# --- a sensor that is not there ---
write_conf '[sensor]' 'bus = /nonexistent/i2c-1'
start absent --config "$tmp/c.conf"
tap_run "no bus: ready all the same" wait_for "$tmp/absent.notify" '^READY=1'
tap_run "no bus: the status says what is missing" wait_for "$tmp/absent.notify" 'STATUS=Sensor waiting: .*'
tap_run "no bus: a declared wait feeds the watchdog" wait_for "$tmp/absent.notify" '^WATCHDOG=1$'
stop TERM
tap_is "no bus: stops as well" 0 "$status"

# --- what does not start ---
refused()
{
  local wanted=$1 output
  shift
  ! output=$("$postured" "$@" 2>&1 </dev/null) && [[ $output == *"$wanted"* ]] || { echo "$output"; return 1; }
}
write_conf '[classifier]' 'model = /nonexistent.pnn'
tap_run "no model: refused at the start" refused '/nonexistent.pnn' --config "$tmp/c.conf" --emulator
tap_run "no faults file" refused 'No such file' --config /dev/null --emulator --faults "$tmp/none"
tap_done
