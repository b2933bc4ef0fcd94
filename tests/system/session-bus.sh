# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# session-bus.sh - a private bus with the service on the emulated chip. Sourced by the system tests of D-Bus. Everything
# lives in $work and is ended by its pid.
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"
for tool in dbus-daemon busctl; do
  command -v "$tool" >/dev/null || tap_skip_all "$tool is not installed"
done

posturectl=${top_builddir:?}/posturectl
work=$(mktemp -d "${TMPDIR:-/tmp}/postured-test.XXXXXX")
pids=()
export DBUS_SESSION_BUS_ADDRESS=unix:path=$work/bus
# Nor may the machine's own bus be found.
export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$work/no-system-bus
unset XDG_RUNTIME_DIR NO_COLOR
# A model that this machine's service was taught is none of ours.
export STATE_DIRECTORY=$work/state

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

cleanup()
{
  local pid
  for pid in "${pids[@]}"; do
    end "$pid" KILL
  done
  rm -rf "$work"
}
trap cleanup EXIT

# eventually SECONDS COMMAND...: until it succeeds; a busy machine gets five times as long.
eventually()
{
  local until=$((SECONDS + 5 * $1 + 1))
  shift
  while ! "$@" >/dev/null 2>&1; do
    ((SECONDS < until)) || return 1
    sleep 0.05
  done
}

# bus_start: sets bus_pid.
bus_start()
{
  cat >"$work/bus.conf" <<END
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=$work/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>
END
  rm -f "$work/bus"
  dbus-daemon --config-file="$work/bus.conf" --nofork --nopidfile >>"$work/bus.log" 2>&1 &
  bus_pid=$!
  track "$bus_pid"
  eventually 5 test -S "$work/bus"
}

# service_start [OPTION...]: sets service.
service_start()
{
  "$top_builddir/postured" --bus session --emulator=demo "$@" >>"$work/postured.log" 2>&1 &
  service=$!
  track "$service"
}

# The process id of who has the service's name. Asked of the bus itself: `busctl status` wants control groups too, and a
# container may have none.
owner()
{
  busctl --user call org.freedesktop.DBus / org.freedesktop.DBus GetConnectionUnixProcessID s org.postured.Daemon1 |
    sed 's/^u //'
  return "${PIPESTATUS[0]}"
}

on_bus()
{
  owner >/dev/null
}

# call INTERFACE-SUFFIX METHOD [TYPE ARGUMENT...]: the answer, or the error.
call()
{
  local interface=org.postured.Daemon1$1
  shift
  busctl --user call org.postured.Daemon1 /org/postured/Daemon1 "$interface" "$@" 2>&1
}

# property NAME [INTERFACE-SUFFIX]
property()
{
  busctl --user get-property org.postured.Daemon1 /org/postured/Daemon1 "org.postured.Daemon1${2-}" "$1" 2>&1
}

# has NAME PATTERN TEXT: a point.
has()
{
  if grep -qE -- "$2" <<<"$3"; then
    tap_ok "$1"
  else
    tap_not_ok "$1" "wanted $2 in: $3"
  fi
}

# property_is NAME PATTERN
property_is()
{
  property "$1" "${3-}" | grep -qE -- "$2"
}

log_says()
{
  grep -qE -- "$1" "$work/postured.log"
}

# doctor [OPTION...]: with the configuration $conf; the answer is in $work/doctor.json and status.
# shellcheck disable=SC2034 # status is read by the tests
doctor()
{
  status=0
  "$posturectl" doctor --json --config "${conf:?}" "$@" >"$work/doctor.json" 2>"$work/said" || status=$?
}

# finds NAME PART RESULT PATTERN [ADVICE]: a finding with a text that fits, and advice unless it is ok.
finds()
{
  local found
  found=$(jq -r --arg part "$2" '.findings[] | select(.part == $part) | "\(.result): \(.text) -> \(.advice)"' "$work/doctor.json")
  if grep -qE -- "^$3: .*$4.* -> .*${5-}" <<<"$found" && { [[ $3 == ok ]] || grep -qE -- ' -> .' <<<"$found"; }; then
    tap_ok "$1"
  else
    tap_not_ok "$1" "wanted $2 $3 $4, got: $found"
  fi
}

# configure LINE...
configure()
{
  printf '%s\n' "$@" >"$conf"
}
