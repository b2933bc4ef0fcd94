#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bus-service.sh - the service as an object on a private bus: properties, signals, methods, bad calls, slow and vanished
# clients, a bus that comes late, goes and comes back.
set -u
# shellcheck source=tests/system/session-bus.sh
. "${top_srcdir:?}/tests/system/session-bus.sh"

# --- without a bus --------------------------------------------------------------------------------------------

printf '%s\n' '[decide]' 'threshold = 0.85' >"$work/postured.conf"
service_start --config "$work/postured.conf"
tap_run 'without a bus the service says so' eventually 5 log_says 'session bus: .*goes on without it'
tap_run 'and runs' eventually 5 log_says 'frames from vl53l8cx'
bus_start
tap_run 'a bus that comes later is found' eventually 8 on_bus
tap_run 'the log names it' eventually 2 log_says 'org.postured.Daemon1 on the session bus'

# --- what it says ---------------------------------------------------------------------------------------------

introspection=$(busctl --user introspect org.postured.Daemon1 /org/postured/Daemon1)
documented=$(sed -e 's/\\f[BPIR]//g' -e 's/\\-/-/g' "$top_srcdir/man/postured-dbus.7")
tap_empty 'every member is in postured-dbus(7)' "$(
  awk '/^org\.freedesktop/ { ours = 0 } /^org\.postured/ { ours = 1 } ours && /^\./ { print substr($1, 2) }' \
    <<<"$introspection" | while read -r member; do grep -qw "$member" <<<"$documented" || echo "$member"; done)"
tap_is 'it has members' yes "$([[ $(grep -c '^\.' <<<"$introspection") -gt 50 ]] && echo yes)"

has 'Version' '^s "[0-9]+\.[0-9]+' "$(property Version)"
tap_run 'SensorState' eventually 5 property_is SensorState '"running"'
has 'SensorReason is empty' '^s ""$' "$(property SensorReason)"
has 'SensorDevice' 'vl53l8cx rev 0x0c at emulator' "$(property SensorDevice)"
tap_run 'RateHz' eventually 8 property_is RateHz '^d 1[0-9]'
has 'Posture' '^s "[A-Z][A-Za-z]+"$' "$(property Posture)"
has 'Postures' '^as 8 "None" "FlatHand" "Like"' "$(property Postures)"
has 'Backend' '^s "local"$' "$(property Backend)"
has 'ModelSha256' '^s "[0-9a-f]{64}"$' "$(property ModelSha256)"
has 'GateMinMm and GateMaxMm' '^d [0-9]+ d [0-9]+$' "$(property GateMinMm) $(property GateMaxMm)"
has 'Rejects by reason' '^a\{st\} 6 "torn" 0 "malformed" 0 "crc" 0 "stale" 0 "bus" 0 "overrun" 0$' "$(property Rejects)"
has 'Recoveries by step' '^a\{st\} 4 "resync" 0' "$(property Recoveries)"
has 'I2c counts' '"transfers" [1-9]' "$(property I2c)"
has 'BusTimeUs' '^t [1-9]' "$(property BusTimeUs)"
has 'the broker: none wanted' '^b false$' "$(property BrokerEnabled)"
has 'UptimeSeconds' '^t [0-9]+$' "$(property UptimeSeconds)"
has 'MemoryKiB' '^u [1-9]' "$(property MemoryKiB)"
has 'Online' '^b true$' "$(property Online)"
has 'Threshold is the configuration'"'"'s' '^d 0.85$' "$(property Threshold .Settings)"
has 'ConfirmFrames' '^u 5$' "$(property ConfirmFrames .Settings)"
has 'Backends' '^as 4 "local" "m4" "auto" "both"$' "$(property Backends .Settings)"
has 'a property can not be written' 'denied|read-only|not writable' "$(busctl --user set-property org.postured.Daemon1 \
  /org/postured/Daemon1 org.postured.Daemon1 Posture s Like 2>&1)"
has 'GetPayload posture' '\\"posture\\":' "$(call '' GetPayload s posture)"
has 'GetPayload diagnostics' '\\"rejects\\":' "$(call '' GetPayload s diagnostics)"
has 'GetPayload availability' '^s "online"$' "$(call '' GetPayload s availability)"
has 'GetPayload of something else' 'posture, diagnostics or availability' "$(call '' GetPayload s passwd)"

# --- what it tells --------------------------------------------------------------------------------------------

busctl --user --json=short monitor org.postured.Daemon1 >"$work/monitor" 2>/dev/null &
monitor=$!
track "$monitor"
told()
{
  grep -qE -- "$1" "$work/monitor"
}
tap_run 'PostureChanged comes' eventually 12 told '"member":"PostureChanged".*"type":"ssddbut","data":\["[A-Za-z]+","[A-Za-z]+",[0-9.]'
tap_run 'PropertiesChanged names the posture' eventually 5 told '"PropertiesChanged".*"Posture":\{"type":"s"'

# --- what can be set ------------------------------------------------------------------------------------------

tap_is 'SetThreshold' '' "$(call .Settings SetThreshold d 0.7)"
has 'is in use' '^d 0.7$' "$(property Threshold .Settings)"
tap_run 'and told' eventually 5 told '"PropertiesChanged".*"Threshold":\{"type":"d"'
tap_is 'SetConfirmFrames' '' "$(call .Settings SetConfirmFrames u 3)"
has 'is in use' '^u 3$' "$(property ConfirmFrames .Settings)"
tap_is 'SetBackend' '' "$(call .Settings SetBackend s local)"
tap_is 'Set of a posture'"'"'s own key' '' "$(call .Settings Set ss Like/threshold 0.95)"
has 'a threshold above 1' 'threshold: `7` is not allowed: 0 to 1' "$(call .Settings SetThreshold d 7)"
has 'a threshold that is no number' 'is not allowed: 0 to 1' "$(call .Settings SetThreshold d nan)"
has 'no frames' 'is not allowed: 1 to 1000' "$(call .Settings SetConfirmFrames u 0)"
has 'too many frames' 'is not allowed: 1 to 1000' "$(call .Settings SetConfirmFrames u 4294967295)"
has 'another backend' 'is not allowed: local' "$(call .Settings SetBackend s abacus)"
has 'an unknown key' 'unknown key' "$(call .Settings Set ss colour red)"
has 'a key that is not live' 'unknown key' "$(call .Settings Set ss bus /dev/i2c-7)"
has 'an empty value' '1..63 printable' "$(call .Settings Set ss threshold '')"
has 'a long value' '1..63 printable' "$(call .Settings Set ss threshold "$(printf '0%.0s' {1..200})")"
has 'control characters' '1..63 printable' "$(call .Settings Set ss threshold $'0.5\n')"
has 'another alphabet' '1..63 printable' "$(call .Settings Set ss 'schwelle-ä' 0.5)"
has 'a wrong type' 'Invalid|invalid|type' "$(call .Settings SetThreshold s 0.5)"
has 'an unknown method' 'Unknown method|unknown' "$(call .Settings Explode)"
has 'an unknown object' 'Unknown object|not exist|unknown' \
  "$(busctl --user call org.postured.Daemon1 /elsewhere org.postured.Daemon1.Settings Reload 2>&1)"
has 'all of that has changed nothing' '^d 0.7 u 3$' "$(property Threshold .Settings) $(property ConfirmFrames .Settings)"

tap_is 'Reload' '' "$(call .Settings Reload)"
has 'brings back what the file says' '^d 0.85$' "$(property Threshold .Settings)"
printf '%s\n' '[decide]' 'threshold = 85' >"$work/postured.conf"
has 'Reload of a bad configuration fails' 'rejected and the old one stays' "$(call .Settings Reload)"
has 'and is counted' '^t 1$' "$(property ReloadsRefused)"
has 'the old one stays' '^d 0.85$' "$(property Threshold .Settings)"

# --- frames ---------------------------------------------------------------------------------------------------

sent()
{
  property Sent .Frames | cut -d' ' -f2
}
has 'nobody takes frames' '^u 0 t 0$' "$(property Clients .Frames) $(property Sent .Frames)"
has 'no credit is no request' '1 to 64' "$(call .Frames StartFrames u 0)"
has 'nor is too much' '1 to 64' "$(call .Frames StartFrames u 65)"
has 'a client that leaves' '^u 20$' "$(call .Frames StartFrames u 20)"
tap_run 'is forgotten' eventually 5 property_is Clients '^u 0$' .Frames
driver=$top_builddir/tests/system/bus-driver
"$driver" frames 60 32 >"$work/one" 2>&1 &
one=$!
"$driver" frames 60 32 >"$work/two" 2>&1 &
two=$!
track "$one"
track "$two"
tap_run 'two clients at a time' eventually 4 property_is Clients '^u 2$' .Frames
wait "$one"
tap_is 'the first gets its frames whole and in order' 'frames 60 unexplained 0' "$(cat "$work/one")"
wait "$two"
tap_is 'so does the second' 'frames 60 unexplained 0' "$(cat "$work/two")"
tap_is 'a client that gives no more credit gets no more' 'frames 10' "$("$driver" stall 10 2>&1)"
tap_is 'a client that was slow is told what it missed' 'missed as counted' "$("$driver" slow 5 2>&1)"
has 'Dropped counts it' '^t [1-9]' "$(property Dropped .Frames)"
tap_is 'a ninth client is refused' 'TooManyClients' "$("$driver" crowd 9 2>&1)"
tap_run 'and all places are free again' eventually 5 property_is Clients '^u 0$' .Frames

# A client that takes everything the bus sends and reads nothing of it.
before=$(property MemoryKiB | cut -d' ' -f2)
"$driver" sleep 64 >/dev/null 2>&1 &
sleeper=$!
track "$sleeper"
tap_run 'a client that sleeps is there' eventually 5 property_is Clients '^u 1$' .Frames
at=$(sent)
sleep 6
got=$(($(sent) - at))
tap_run "gets what it asked for and no more: $got" test "$got" -le 64
grown=$(($(property MemoryKiB | cut -d' ' -f2) - before))
tap_run "and costs no memory to speak of: $grown KiB" test "$grown" -lt 2048
tap_run 'others are served meanwhile' "$driver" frames 10 8
end "$sleeper" KILL

# --- the bus goes ---------------------------------------------------------------------------------------------

end "$monitor" KILL
end "$bus_pid" KILL
tap_run 'a bus that goes is noticed' eventually 5 log_says 'the connection is lost'
tap_run 'and the service goes on' kill -0 "$service"
bus_start
tap_run 'when it is back, so is the service' eventually 10 on_bus
tap_run 'and frames' "$driver" frames 10 8
kill -STOP "$bus_pid"
sleep 3
kill -CONT "$bus_pid"
tap_run 'a bus that hangs for a while changes nothing' eventually 5 property_is SensorState '"running"'

"$top_builddir/postured" --bus session --emulator >"$work/second.log" 2>&1 &
second=$!
track "$second"
tap_run 'a second service waits for the name' eventually 5 grep -q 'belongs to another process' "$work/second.log"
tap_is 'the first keeps it' "$service" "$(owner 2>/dev/null)"
kill -TERM "$service"
wait "$service"
tap_is 'a clean end' 0 $?
owner_is()
{
  [[ $(owner 2>/dev/null) == "$1" ]]
}
tap_run 'then the second has it' eventually 5 owner_is "$second"
tap_done
