#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# mqtt-service.sh - the whole service on the emulated chip, a real broker, and posturectl as its real subscriber.
set -u
# shellcheck source=tests/system/broker.sh
. "${top_srcdir:?}/tests/system/broker.sh"
need script

service_start()
{
  "$top_builddir/postured" --config "$work/postured.conf" --emulator >>"$work/postured.log" 2>&1 &
  service=$!
  track "$service"
}

ctl()
{
  local command=$1
  shift
  "$posturectl" "$command" --broker "mqtt://127.0.0.1:$port" --node desk "$@"
}

free_port
printf '%s\n' '[mqtt]' 'host = 127.0.0.1' "port = $port" 'node = desk' >"$work/postured.conf"
service_start
sleep 1
tap_run 'the service runs without a broker' kill -0 "$service"
broker_start
listen "$work/all"
tap_run 'and comes online when there is one' eventually 6 came "$work/all" 'desk/availability online'
tap_run 'its configuration is enough for posturectl' "$posturectl" status --config "$work/postured.conf"
ctl status --json >"$work/status.json"
tap_run 'status --json names the posture' grep -q '"posture":' "$work/status.json"
tap_run 'monitor sees a posture come through the broker' ctl monitor --seconds 8 --summary --expect 1
ctl monitor --json --seconds 3 >"$work/monitor.json" 2>/dev/null
tap_is 'monitor --json prints lines of JSON and nothing else' '' "$(grep -v '^{.*"posture":.*}$' "$work/monitor.json")"
ctl watch --frames --seconds 3 >"$work/watch"
tap_run 'watch without a terminal draws with characters' grep -qE '[-.:=+*#%@]{4} ' "$work/watch"
tap_is 'and without escape sequences' 0 "$(grep -c $'\033' "$work/watch")"
tap_run 'frames are off again afterwards' eventually 2 bash -c "grep -a 'setting/frame' '$work/all' | tail -n 1 | grep -q off"

script -qec "exec '$posturectl' watch --broker 127.0.0.1:$port --node desk" "$work/terminal" >/dev/null 2>&1 </dev/null &
terminal=$!
track "$terminal"
tap_run 'watch on a terminal draws in colour' eventually 4 came "$work/terminal" $'\033\\[\\?25l'
pkill -INT -P "$terminal"
tap_run 'an interrupt gives the terminal back' eventually 3 came "$work/terminal" $'\033\\[\\?25h\033\\[\\?1049l'

mosquitto_pub -p "$port" -t postured/desk/set/threshold -m 0.75
tap_run 'set/threshold is answered' eventually 3 came "$work/all" 'desk/setting/threshold 0.75'
mosquitto_pub -p "$port" -t postured/desk/set/threshold -m 75
tap_run 'a bad value is refused in the journal' eventually 3 grep -q 'set/threshold.*refused\|refused.*threshold' "$work/postured.log"

end "$broker_pid" KILL
end "$listener_pid"
broker_start
listen "$work/again"
tap_run 'after a restart of the broker all comes back' eventually 6 came "$work/again" 'desk/posture \{'
tap_run 'discovery too' came "$work/again" 'postured_desk/config \{'
end "$service" KILL
tap_run 'the broker says offline for a service that was killed' eventually 8 came "$work/again" 'desk/availability offline'
: >"$work/again"
service_start
tap_run 'it comes back' eventually 6 came "$work/again" 'desk/availability online'
kill -TERM "$service"
wait "$service"
tap_is 'and ends cleanly' 0 $?
tap_run 'saying offline itself' eventually 2 came "$work/again" 'desk/availability offline'
ctl status >/dev/null 2>&1
tap_is 'status fails for a service that is offline' 1 $?
tap_done
