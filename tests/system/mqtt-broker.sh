#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# mqtt-broker.sh - the publisher and a real broker that comes, goes, stalls and says no.
set -u
# shellcheck source=tests/system/broker.sh
. "${top_srcdir:?}/tests/system/broker.sh"

# first FILE PATTERN: the number of the first line that matches, 0 = none.
first()
{
  grep -naE -m 1 -- "$2" "$1" | cut -d: -f1 | grep . || echo 0
}

# Discovery before availability before posture.
in_order()
{
  local a b c
  a=$(first "$1" 'postured_test/config \{')
  b=$(first "$1" 'test/availability online')
  c=$(first "$1" 'test/posture \{')
  ((a > 0 && a < b && b < c))
}

absent_at_start()
{
  free_port
  driver_start
  say 'posture FlatHand' 'posture Like' 'event Like'
  tap_run 'a broker that is not there is reported' eventually 2 said 'notice 4 .*127.0.0.1'
  broker_start
  listen "$work/first"
  tap_run 'it connects when the broker appears' eventually 5 came "$work/first" 'test/posture .*"Like"'
  tap_run 'discovery, then availability, then the posture' in_order "$work/first"
  tap_run 'only the newest posture came' bash -c "! grep -q 'posture .*\"posture\":\"FlatHand\"' '$work/first'"
  say 'event FlatHand'
  tap_run 'an event comes, not retained' eventually 2 came "$work/first" '^0 [01] postured/test/event .*"event_type":"FlatHand"'
  mosquitto_sub -p "$port" -t 'postured/test/#' -F '%r %t' -W 1 >"$work/retained" 2>/dev/null
  tap_is 'what is retained' "$(printf '1 postured/test/%s\n' availability posture setting/frame)" "$(sort "$work/retained")"
}

restart()
{
  end "$broker_pid" KILL
  end "$listener_pid"
  tap_run 'a broker that dies is noticed' eventually 3 health_is connected 0
  say 'event FlatHand' 'posture FlatHand'
  broker_start
  listen "$work/second"
  tap_run 'state comes back after a restart of the broker' eventually 6 came "$work/second" 'test/posture .*"FlatHand"'
  tap_run 'in order' in_order "$work/second"
  tap_run 'the event of the outage too' eventually 2 came "$work/second" 'test/event .*"FlatHand"'
  tap_is 'two connections' 2 "$(health connects)"
}

commands()
{
  mosquitto_pub -p "$port" -t postured/test/set/threshold -m 0.80
  mosquitto_pub -p "$port" -t postured/test/set/Like/threshold -m 0.9
  mosquitto_pub -p "$port" -t postured/test/set/nonsense -m 1
  mosquitto_pub -p "$port" -t postured/test/set/threshold -m "$(printf 'a\033[2Jb')"
  mosquitto_pub -p "$port" -t postured/test/set/threshold -m "$(printf '%0100d' 1)"
  mosquitto_pub -p "$port" -t postured/test/set/threshold -n
  mosquitto_pub -p "$port" -t postured/test/set/frame -m maybe
  mosquitto_pub -p "$port" -t postured/test/set/frame -m on
  tap_run 'set/<key> is handed over' eventually 2 said '^command threshold 0.80$'
  tap_run 'a key of one posture too' eventually 2 said '^command Like/threshold 0.9$'
  tap_run 'what the service refuses is refused with its reason' eventually 2 said 'set/nonsense refused: no such key'
  tap_run 'set/frame is obeyed' eventually 2 said 'set/frame = on'
  tap_run 'and its value in use is published' eventually 2 came "$work/second" 'setting/frame on'
  say frame
  tap_run 'with their zones' eventually 2 came "$work/second" '^0 0 postured/test/frame .*"zones_mm"'
  tap_is 'control characters, empty and long values never get through' 2 "$(grep -c '^command threshold\|^command Like' "$work/driver.log")"
  tap_is 'refusals are counted' 6 "$(health refused)"
}

birth()
{
  : >"$work/second"
  mosquitto_pub -p "$port" -t homeassistant/status -m offline
  mosquitto_pub -p "$port" -t homeassistant/status -m online
  tap_run "Home Assistant's birth message is answered" eventually 5 came "$work/second" 'test/posture'
  tap_run 'in order' in_order "$work/second"
}

# mosquitto 2.0 closes the connection without a word (MQTT 5 would have reason 0x8e for it).
takeover()
{
  mosquitto_sub -p "$port" -V 5 -i postured-test -t nothing >/dev/null 2>&1 &
  local thief=$! losses
  track "$thief"
  tap_run 'a takeover by the same client id is named' eventually 8 said 'is there another client with the id "postured-test"'
  losses=$(health losses)
  sleep 2
  tap_is 'and backed off from' 1 "$(($(health losses) <= losses + 1))"
  end "$thief"
}

last_will()
{
  kill -KILL "$driver_pid"
  wait "$driver_pid" 2>/dev/null
  exec 7>&-
  listen "$work/third"
  mosquitto_pub -p "$port" -r -t postured/test/set/threshold -m 0.5
  driver_start
  tap_run 'online' eventually 4 came "$work/third" 'availability online'
  tap_run 'a retained command is not obeyed' eventually 2 said 'set/threshold ignored: it was published with the retain flag'
  mosquitto_pub -p "$port" -r -t postured/test/set/threshold -n
  end "$driver_pid" KILL
  tap_run 'the broker says offline for a service that was killed' eventually 8 came "$work/third" 'availability offline'
  exec 7>&-
  : >"$work/third"
  driver_start
  eventually 4 came "$work/third" 'availability online'
  driver_end
  tap_run 'a clean stop says offline itself' eventually 2 came "$work/third" 'availability offline'
  tap_run 'and ends cleanly' said '^stopped [0-9]+ ms'
}

# A broker that is stopped reads nothing: TCP's window closes.
slow_reader()
{
  driver_start frame=yes frame_hz=60
  eventually 4 health_is connected 1
  kill -STOP "$broker_pid"
  say 'count 3000 event' 'count 200 posture' 'count 20 frame'
  tap_run 'the loop goes on while the broker reads nothing' eventually 3 bash -c "[[ \$(grep -c ^counted '$work/driver.log') == 3 ]]"
  tap_is 'events are dropped and counted' 1 "$(($(health events_dropped) > 2000))"
  tap_is 'states are coalesced' 1 "$(($(health coalesced) > 100))"
  driver_end
  local took
  took=$(grep -oP '^stopped \K\d+' "$work/driver.log")
  tap_is 'a stop with a dead broker is bounded by 1.5 s' 1 "$((took <= 1600))"
  kill -CONT "$broker_pid"
}

absent_at_start
restart
commands
birth
takeover
last_will
slow_reader
tap_done
