#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bus-posturectl.sh - posturectl over D-Bus: status, watch, monitor, live settings and where they are kept.
set -u
# shellcheck source=tests/system/session-bus.sh
. "${top_srcdir:?}/tests/system/session-bus.sh"
for tool in jq script; do
  command -v "$tool" >/dev/null || tap_skip_all "$tool is not installed"
done

# refused NAME STATUS PATTERN ARGUMENT...: this status, and a complaint that fits.
refused()
{
  local name=$1 status=$2 pattern=$3 output got=0
  shift 3
  output=$("$posturectl" "$@" 2>&1 >/dev/null </dev/null) || got=$?
  if [[ $got -eq $status ]] && grep -qE -- "$pattern" <<<"$output"; then
    tap_ok "$name"
  else
    tap_not_ok "$name" "status $got, wanted $status and $pattern: $output"
  fi
}

bus_start
refused 'no service: status says what to do' 1 'not on D-Bus \(session bus: no postured\).*is it running' status --bus session
refused 'no bus at all' 1 'system bus: no such bus' status --bus system
refused 'no service: threshold' 1 'not on D-Bus' threshold
touch "$work/postured.conf"
service_start --config "$work/postured.conf"
eventually 5 on_bus
eventually 8 property_is RateHz '^d 1[0-9]'

# --- status ---------------------------------------------------------------------------------------------------

tap_is 'status: one screen, its golden parts' 'postured on the session bus: online
  posture
  service   VERSION, up N s, N KiB
  sensor    running: vl53l8cx rev 0x0c at emulator:0x29, firmware synthetic, N °C
  frames    N.N a second, N in all, N lost, N dropped
  rejected  none
  recovery  none
  bus time  N ms for N bytes, N.N % of the time; N retries, N failures
  backend   local
  model     handposture, sha256 HASH, built-in
  latency   N us typical, N us at N %
  broker    none wanted
  as of     TIME' "$("$posturectl" status | sed -E -e '/^  posture/s/(posture).*/\1/' -e 's/service   [0-9.]+/service   VERSION/' \
  -e '/as of/s/[0-9].*/TIME/' -e 's/sha256 [0-9a-f]{12},/sha256 HASH,/' -e '/sensor/s/[0-9]+ °C/N °C/' \
  -e '/sensor|VERSION|TIME|HASH/!s/[0-9]+/N/g' -e '/service/s/ [0-9]+ / N /g')"
"$posturectl" status --json >"$work/status.json"
tap_is 'status --json' 'postured on the session bus|online|handposture|running|null' \
  "$(jq -r '"\(.bus)|\(.availability)|\(.diagnostics.model.name)|\(.diagnostics.sensor.state)|\(.diagnostics.mqtt)"' "$work/status.json")"
schemas=$top_srcdir/docs/schema
if python3 -c 'import jsonschema' 2>/dev/null; then
  jq .diagnostics "$work/status.json" >"$work/diagnostics.json"
  tap_run 'its diagnostics have the schema of MQTT' python3 -c 'import json, sys, jsonschema
jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))' "$work/diagnostics.json" "$schemas/diagnostics.json"
else
  tap_skip 'its diagnostics have the schema of MQTT' 'python3-jsonschema is not installed'
fi

# --- watch and monitor ----------------------------------------------------------------------------------------

"$posturectl" watch --seconds 2 >"$work/watch"
tap_run 'watch: two maps side by side' grep -qE '^ [-.:=+*#%@ ]{32} [-.:=+*#%@ ]{32}   ' "$work/watch"
tap_run 'watch: a bar for each posture' grep -qE 'CrossHands     [#.]{24} +[0-9]+ %$' "$work/watch"
tap_run 'watch: rate' grep -qE 'frames 1[0-9]\.[0-9]/s of the sensor, 1[0-9]\.[0-9]/s shown' "$work/watch"
tap_run 'watch: backend' grep -q 'model handposture on local' "$work/watch"
tap_is 'watch: no escape sequences off a terminal' 0 "$(grep -c $'\033' "$work/watch")"
# on_terminal FILE COLUMNS LINES [VARIABLE=VALUE...]: what watch writes to a terminal of this size.
on_terminal()
{
  local file=$1 size="cols $2 rows $3"
  shift 3
  script -qec "stty $size; exec env -u COLORTERM TERM=xterm-256color $* '$posturectl' watch --seconds 1" "$file" \
    >/dev/null 2>&1 </dev/null
}

# The last view of such a file, as it can be seen.
seen()
{
  LC_ALL=C sed 's/\r//g; s/\xe2\x96[\x88\x91]/#/g' "$1" | awk 'BEGIN { RS = "\033\\[H" } { last = $0 } END { print last }' |
    sed -E 's/\x1b\[[0-9;?]*[A-Za-z]//g; /^Script done/d'
}

# fits COLUMNS LINES: no line of the view is wider, and there are no more.
fits()
{
  seen "$work/sized-$1-$2" | sed -e '$d' |
    LC_ALL=C awk -v columns="$1" -v lines="$2" 'length >= columns { bad++ } END { exit bad || NR < 6 || NR > lines }'
}

sizes=('200 50' '80 24' '80 14' '60 24' '40 24' '40 12' '20 9')
watches=()
for size in "${sizes[@]}"; do
  # shellcheck disable=SC2086
  on_terminal "$work/sized-${size/ /-}" $size &
  watches+=($!)
done
wait "${watches[@]}"
for size in "${sizes[@]}"; do
  # shellcheck disable=SC2086
  tap_run "watch fits a terminal of $size" fits $size
done
seen "$work/sized-20-9" >"$work/small"
tap_run 'on the smallest the posture is seen first' grep -qE '^[A-Z][A-Za-z]+$' "$work/small"
on_terminal "$work/terminal" 130 30
tap_run 'watch on a terminal: 24-bit colour' grep -qaE $'\033\\[48;2;[0-9]+;[0-9]+;[0-9]+m' "$work/terminal"
tap_run 'watch gives the terminal back' grep -qa $'\033\\[?7h\033\\[?25h\033\\[?1049l' "$work/terminal"
on_terminal "$work/plain" 80 24 NO_COLOR=1
tap_is 'watch with NO_COLOR: none' 0 "$(grep -ac $'\033\\[48' "$work/plain")"
tap_run 'watch on a narrow terminal: one map' grep -qaE '^ [-.:=+*#%@ ]{32}   [A-Z]' "$work/plain"
tap_run 'and all bars, whole' bash -c "LC_ALL=C grep -qaE 'CrossHands +[#.]{22} +[0-9]+ %' '$work/plain'"
on_terminal "$work/serial" 80 24 TERM=vt220
tap_is 'watch on a serial line: characters only' 0 "$(LC_ALL=C grep -acP '\033\[48|\xe2' "$work/serial")"
on_terminal "$work/dumb" 80 24 TERM=dumb
tap_is 'watch on a dumb terminal: no escape sequences' 0 "$(grep -ac $'\033' "$work/dumb")"
"$posturectl" watch --json --seconds 1 >"$work/watch.json"
tap_run 'watch --json: each frame a line' jq -es 'length > 5 and all(.[]; .zones_mm and .posture)' "$work/watch.json"
tap_is 'a reader who goes away ends it' '0 0' "$(timeout 10 "$posturectl" watch --json | head -n 1 >"$work/one"; echo "${PIPESTATUS[*]}")"
tap_is 'watch leaves no stream behind' 'u 0' "$(property Clients .Frames)"

"$posturectl" monitor --seconds 9 --summary --expect 1 >"$work/monitor"
tap_is 'monitor sees a posture' 0 $?
tap_run 'monitor: time, posture, confidence, distance' grep -qE '^[0-9:.]{12}Z  [A-Z][A-Za-z]+ +[0-9]+ % +[0-9]+ mm$' "$work/monitor"
"$posturectl" monitor --json --seconds 1 >"$work/monitor.json"
tap_run 'monitor --json: the payload of MQTT, first what holds now' jq -e '.posture and .ts' "$work/monitor.json"
refused 'monitor --expect' 1 '60 different postures were expected' monitor --seconds 1 --expect 60

# --- settings -------------------------------------------------------------------------------------------------

tap_is 'threshold: the value in use' 'threshold: 0.9' "$("$posturectl" threshold)"
tap_is 'threshold: changed' 'threshold: 0.9 -> 0.8, until the service starts or reloads (--save keeps it)' \
  "$("$posturectl" threshold 0.8)"
tap_run 'the service has it' property_is Threshold '^d 0.8$' .Settings
tap_is 'threshold --json' '{"setting":"threshold","value":"0.75","before":"0.8"}' "$("$posturectl" threshold 0.75 --json)"
tap_is 'frames' 'frames: 5 -> 4, until the service starts or reloads (--save keeps it)' "$("$posturectl" frames 4)"
refused 'a posture that nobody knows' 1 'knows no posture `Lik`, but None .*Like' threshold 0.8 --posture Lik
tap_is 'threshold of one posture' 'threshold of Like: 0.5, until the service starts or reloads (--save keeps it)' \
  "$("$posturectl" threshold 0.5 --posture Like)"
tap_is 'backend' 'backend: local' "$("$posturectl" backend)"
tap_is 'backend --json' '{"setting":"backend","value":"local"}' "$("$posturectl" backend --json)"
refused 'a bad threshold' 1 'is not allowed: 0 to 1' threshold 8
refused 'a negative threshold' 1 'is not allowed|what is' threshold -- -1
refused 'a threshold that is no number' 1 'is not allowed: 0 to 1' threshold much
refused 'bad frames' 1 'is not allowed: 1 to 1000' frames 0
refused 'a bad backend' 1 'is not allowed: local' backend abacus
refused 'over MQTT' 1 'set over D-Bus|changed over D-Bus' threshold 0.8 --mqtt
refused 'two values' 2 'what is "0.9"' threshold 0.8 0.9
refused '--save without a value' 1 'go with a new value' threshold --save
refused 'another bus' 2 'system or session' status --bus lines
refused 'status takes no word' 2 'what is "now"' status now

# The bus's policy, as the system's is for whoever is not in the group.
sed -i 's|</policy>|<deny send_interface="org.postured.Daemon1.Settings"/><deny send_interface="org.postured.Daemon1.Models"/>&|' \
  "$work/bus.conf"
kill -HUP "$bus_pid"
refused 'who may not change anything is told who may' 1 'not allowed: .* root and by members of the group postured' threshold 0.8
refused 'nor teach, before anybody holds up a hand' 1 'not allowed: .* group postured' teach --yes Like
tap_run 'but may look' "$posturectl" status
sed -i 's|<deny[^>]*>||g' "$work/bus.conf"
kill -HUP "$bus_pid"
tap_run 'and with the right to, change' eventually 5 "$posturectl" threshold 0.75

"$posturectl" threshold >/dev/full 2>"$work/full"
tap_is 'what can not be written is no success' '1 posturectl: standard output: No space left on device' "$? $(cat "$work/full")"
drop_in=$work/postured.conf.d/90-posturectl.conf
tap_is '--save says where' "threshold: 0.75 -> 0.7, saved in $drop_in" \
  "$("$posturectl" threshold 0.7 --save --config "$work/postured.conf")"
"$posturectl" frames 3 --save --config "$work/postured.conf" >/dev/null
"$posturectl" threshold 0.65 --posture Like --save --config "$work/postured.conf" >/dev/null
"$posturectl" threshold 0.6 --save --config "$work/postured.conf" >/dev/null
tap_is 'the drop-in: one line a key' '# Written by posturectl --save.
[decide]
confirm_frames = 3
threshold = 0.6
[posture Like]
threshold = 0.65' "$(cat "$drop_in")"
tap_run 'the service can read it' "$top_builddir/postured" --config "$work/postured.conf" --check-config
tap_is 'after a reload it still holds' '' "$(call .Settings Reload)"
has 'both values' '^d 0.6 u 3$' "$(property Threshold .Settings) $(property ConfirmFrames .Settings)"
printf '%s\n' '[decide]' 'nonsense' >"$drop_in"
refused 'a drop-in that was broken by hand is not touched' 2 '90-posturectl.conf:2: neither' threshold 0.5 --save \
  --config "$work/postured.conf"
tap_is 'and stays as it was' nonsense "$(tail -n 1 "$drop_in")"
rm "$drop_in"

# --- it goes --------------------------------------------------------------------------------------------------

"$posturectl" watch --seconds 20 >"$work/watch" 2>&1 &
watch=$!
track "$watch"
eventually 5 property_is Clients '^u 1$' .Frames
end "$service"
tap_run 'watch tells that the service has gone' eventually 5 grep -q 'no connection' "$work/watch"
: >"$work/watch"
service_start --config "$work/postured.conf"
tap_run 'and goes on when it is back' eventually 8 grep -qE 'CrossHands     [#.]{24}' "$work/watch"
end "$watch"
tap_done
