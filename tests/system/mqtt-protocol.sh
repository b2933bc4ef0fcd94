#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# mqtt-protocol.sh - brokers that speak MQTT 3.1.1 only, brokers that refuse us, brokers that fall silent, settings
# that change.
set -u
# shellcheck source=tests/system/broker.sh
. "${top_srcdir:?}/tests/system/broker.sh"
stub=$top_builddir/tests/system/mqtt-stub

# stub_start HOW: before the broker; the publisher is told its port.
stub_start()
{
  broker_port=$port
  free_port
  stub_port=$port
  port=$broker_port
  "$stub" "$stub_port" "$broker_port" "$1" 2>>"$work/stub.log" &
  stub_pid=$!
  track "$stub_pid"
  eventually 3 listening "$stub_port"
}

fall_back()
{
  stub_start "$1"
  listen "$work/$1"
  driver_start port="$stub_port"
  say 'posture Like' 'event Like' health
  tap_run "$1: falls back to MQTT 3.1.1" eventually 4 said 'connected to .* with MQTT 3.1.1'
  tap_run "$1: and publishes" eventually 2 came "$work/$1" 'test/event .*"Like"'
  mosquitto_pub -p "$port" -t postured/test/set/threshold -m 0.7
  tap_run "$1: and obeys" eventually 2 said '^command threshold 0.7'
  tap_is "$1: no time is lost" 0 "$(health failures)"
  driver_end
  tap_run "$1: and says offline" eventually 2 came "$work/$1" 'availability offline'
  end "$listener_pid"
  end "$stub_pid"
}

only_311()
{
  listen "$work/only"
  driver_start protocol=4
  say 'posture Like'
  tap_run 'protocol = 4 connects with MQTT 3.1.1' eventually 4 said 'with MQTT 3.1.1'
  tap_run 'and publishes' eventually 2 came "$work/only" 'test/posture .*"Like"'
  end "$driver_pid" KILL
  tap_run 'its last will works' eventually 3 came "$work/only" 'availability offline'
  exec 7>&-
  end "$listener_pid"
}

# keep-alive 1 s: after 3 s without an acknowledgement the connection is given up.
mute()
{
  stub_start mute
  driver_start port="$stub_port" keepalive_s=1
  say 'posture Like'
  tap_run 'a broker that falls silent is left' eventually 8 said 'acknowledges nothing|connection was lost'
  driver_end
  tap_run 'and does not hold up the end' bash -c "(( \$(grep -oP '^stopped \K\d+' '$work/driver.log') <= 1600 ))"
  end "$stub_pid"
}

change()
{
  listen "$work/change"
  driver_start
  say 'posture Like'
  eventually 4 said 'connected to'
  eventually 4 came "$work/change" 'test/posture \{'
  say 'set node other' update
  tap_run 'another node: the old one goes offline' eventually 4 came "$work/change" 'test/availability offline'
  tap_run 'its retained posture is removed' eventually 2 came "$work/change" 'test/posture $'
  tap_run 'its discovery too' eventually 2 came "$work/change" 'postured_test/config $'
  tap_run 'the new one comes online' eventually 4 came "$work/change" 'postured/other/availability online'
  tap_run 'with discovery' eventually 2 came "$work/change" 'postured_other/config \{'
  say 'set discovery no' update
  tap_run 'discovery off: the device is removed' eventually 2 came "$work/change" 'postured_other/config $'
  tap_run 'with one new connection for all that' eventually 4 health_is connects 2
  say 'set node a/b' update
  tap_run 'bad settings are refused' eventually 2 said 'refused mqtt.node: "a/b"'
  say 'posture FlatHand'
  tap_run 'and the old ones stay' eventually 2 came "$work/change" 'other/posture .*"FlatHand"'
  tap_is 'what the connection does not need has not touched it' 2 "$(health connects)"
  driver_end
  end "$listener_pid"
}

refusals()
{
  end "$broker_pid"
  mosquitto_passwd -b -c "$work/passwd" good secret
  printf '%s\n' 'user good' 'topic write postured/test/availability' 'topic write postured/test/posture' >"$work/acl"
  broker_start 'allow_anonymous false' "password_file $work/passwd" "acl_file $work/acl"
  echo wrong >"$work/wrong"
  echo secret >"$work/right"
  driver_start user=good password_file="$work/wrong"
  tap_run 'a wrong password is named' eventually 3 said 'wrong user name or password|not authorized'
  tap_is 'and never told' 0 "$(grep -c wrong$ "$work/driver.log")"
  driver_end
  driver_start user=good password_file="$work/nothing"
  tap_run 'a password file that is not there is named' eventually 3 said "mqtt.password_file: can't read .*nothing: No such file"
  driver_end
  driver_start user=good password_file="$work/right"
  say 'posture Like' 'event Like'
  tap_run 'the right one is taken' eventually 4 said 'connected to'
  tap_run 'a topic that the access list denies is named' eventually 3 said 'the broker refuses to take .*: not authorized'
  tap_run 'what is allowed still goes' health_is connected 1
  driver_end
  mkdir "$work/credentials"
  cp "$work/right" "$work/credentials/mqtt-password"
  CREDENTIALS_DIRECTORY=$work/credentials driver_start user=good
  tap_run "systemd's credential is the password without a file" eventually 4 said 'connected to'
  driver_end
}

broker_start
fall_back refuse-5
fall_back refuse-311
only_311
mute
change
refusals
tap_done
