# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# broker.sh - a private mosquitto on a free loopback port, a subscriber to it, and the publisher in a pipe.
# Sourced by the system tests. Everything lives in $work and is ended by its pid.
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"

mosquitto=/usr/sbin/mosquitto
[[ -x $mosquitto ]] || mosquitto=$(command -v mosquitto || true)
driver=${top_builddir:?}/tests/system/mqtt-driver
posturectl=$top_builddir/posturectl
work=$(mktemp -d "${TMPDIR:-/tmp}/postured-test.XXXXXX")
pids=()

# track PID: end it when the test ends.
track()
{
  pids+=("$1")
}

# end PID [SIGNAL]
end()
{
  kill "-${2-TERM}" "$1" 2>/dev/null || return 0
  kill -CONT "$1" 2>/dev/null
  wait "$1" 2>/dev/null
  return 0
}

broker_cleanup()
{
  local pid
  for pid in "${pids[@]}"; do
    end "$pid" KILL
  done
  rm -rf "$work"
}
trap broker_cleanup EXIT

# Skips the whole test when a tool is missing.
need()
{
  local tool
  for tool; do
    [[ -n $tool ]] && command -v "$tool" >/dev/null || {
      echo "1..0 # SKIP ${tool:-mosquitto} is not installed"
      exit 0
    }
  done
}
need "$mosquitto" mosquitto_sub mosquitto_pub

# eventually SECONDS COMMAND...: until it succeeds.
eventually()
{
  local until=$((SECONDS + 5 * $1 + 1)) # what an idle machine needs, and as much again four times for a busy one
  shift
  while ! "$@" >/dev/null 2>&1; do
    ((SECONDS < until)) || return 1
    sleep 0.05
  done
}

listening()
{
  (: >"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# Sets port to one where nobody listens.
free_port()
{
  port=$((20000 + (RANDOM << 15 | RANDOM) % 12000))
  while listening "$port"; do
    port=$((20000 + (RANDOM << 15 | RANDOM) % 12000))
  done
}

# broker_start [CONFIG LINE...]: on $port; sets broker_pid. "listener PORT" is made from the first free port, once.
broker_start()
{
  [[ -n ${port-} ]] || free_port
  {
    echo "listener $port 127.0.0.1"
    echo 'persistence false'
    echo 'log_dest stderr'
    echo "user $(id -un)" # started by root, it would become somebody who can't read $work
    if (($#)); then printf '%s\n' "$@"; else echo 'allow_anonymous true'; fi
  } >"$work/mosquitto.conf"
  "$mosquitto" -c "$work/mosquitto.conf" >>"$work/mosquitto.log" 2>&1 &
  broker_pid=$!
  track "$broker_pid"
  eventually 5 listening "$port"
}

# listen FILE [OPTION...]: writes "RETAIN QOS TOPIC PAYLOAD" of all that comes; sets listener_pid.
listen()
{
  local file=$1
  shift
  mosquitto_sub -p "$port" -V 5 -t '#' -F '%r %q %t %p' "$@" >"$file" 2>>"$work/sub.log" &
  listener_pid=$!
  track "$listener_pid"
  # Its own echo says that the subscription stands.
  eventually 5 ready_echo "$file" "$@"
}

ready_echo()
{
  mosquitto_pub -p "$port" "${@:2}" -t ready -m yes && sleep 0.05 && grep -q ' ready yes' "$1"
}

# driver_start [SETTING...]: the publisher, told what to do by say; its words are in $work/driver.log.
driver_start()
{
  rm -f "$work/driver.in"
  mkfifo "$work/driver.in"
  : >"$work/driver.log"
  "$driver" port="$port" "$@" <"$work/driver.in" >"$work/driver.log" 2>&1 &
  driver_pid=$!
  track "$driver_pid"
  exec 7>"$work/driver.in"
}

say()
{
  printf '%s\n' "$@" >&7
}

# driver_end: a clean stop; prints how it ended.
driver_end()
{
  exec 7>&-
  wait "$driver_pid"
}

# said PATTERN: the publisher's words.
said()
{
  grep -qE -- "$1" "$work/driver.log"
}

# health KEY: of the publisher, now.
health()
{
  local before after
  before=$(grep -c '^connected=' "$work/driver.log")
  say health
  for _ in {1..100}; do
    after=$(grep -c '^connected=' "$work/driver.log")
    ((after > before)) && break
    sleep 0.02
  done
  grep '^connected=' "$work/driver.log" | tail -n 1 | grep -oP "\b$1=\K.*" | if [[ $1 == reason ]]; then cat; else cut -d' ' -f1; fi
}

# health_is KEY VALUE
health_is()
{
  [[ $(health "$1") == "$2" ]]
}

# came FILE PATTERN: a line of the listener's.
came()
{
  grep -qaE -- "$2" "$1"
}
