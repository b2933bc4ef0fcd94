#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bus-doctor.sh - posturectl doctor with a service that is well, one that is not, and on machines where this or that is broken.
set -u
# shellcheck source=tests/system/session-bus.sh
. "${top_srcdir:?}/tests/system/session-bus.sh"
command -v jq >/dev/null || tap_skip_all 'jq is not installed'
root=$work/root
conf=$work/doctor.conf

# --- no service: the files of a machine -----------------------------------------------------------------------

mkdir -p "$root/proc" "$root/sys" "$root/dev"
configure '[sensor]' 'bus = /dev/i2c-1' '[mqtt]' 'enabled = no'
doctor --root "$root"
tap_is 'a bare machine: status 1' 1 "$status"
finds 'it has no service' service warn 'does not run'
finds 'no adapter' 'i2c bus' fail '/dev/i2c-1: No such file'
finds 'no firmware' firmware fail "no sensor firmware"
finds 'polled' 'INT line' ok 'polled'
finds 'no coprocessor' coprocessor ok 'there is no Cortex-M4 here'
finds 'no broker wanted' broker ok 'none is wanted'
tap_is 'worst of all' fail "$(jq -r .worst "$work/doctor.json")"

"$top_builddir/vl53l8cx-fwcut" --synthetic=1 -o "$root/fw.bin" >/dev/null
configure '[sensor]' 'firmware = /fw.bin' '[mqtt]' 'enabled = no'
doctor --root "$root"
finds 'firmware that is good' firmware ok 'synthetic'
head -c 5000 "$root/fw.bin" >"$root/half.bin"
configure '[sensor]' 'firmware = /half.bin' '[mqtt]' 'enabled = no'
doctor --root "$root"
finds 'firmware that is cut short' firmware fail '.'

mkdir -p "$root/sys/bus/i2c/devices/i2c-1/of_node"
printf '\000\001\206\240' >"$root/sys/bus/i2c/devices/i2c-1/of_node/clock-frequency"
doctor --root "$root"
finds 'a bus at 100 kHz' 'bus clock' warn '100 kHz'
printf '\000\006\032\200' >"$root/sys/bus/i2c/devices/i2c-1/of_node/clock-frequency"
doctor --root "$root"
finds 'a bus at 400 kHz' 'bus clock' ok '400 kHz'

mkdir -p "$root/proc/4711"
echo postured >"$root/proc/4711/comm"
doctor --root "$root"
finds 'a service that runs without a bus' service warn 'runs, but does not answer'
tap_is 'whose chip is left alone' '' "$(jq -r '.findings[] | select(.part == "chip")' "$work/doctor.json")"
rm -r "$root/proc/4711"

configure '[decide]' 'treshold = 1' '[sensor]' 'rate_hz = 700'
doctor --root "$root"
finds 'a configuration with faults' configuration fail 'doctor.conf:2: decide.treshold.*did you mean threshold.*and more'
configure '[classifier]' 'model = /nowhere/model.pnn' '[mqtt]' 'enabled = no'
doctor --root "$root"
finds 'a model that is not there' model fail 'No such file'

# --- the broker -----------------------------------------------------------------------------------------------

configure '[sensor]' 'bus = emulator' '[mqtt]' 'host = 127.0.0.1' 'port = 1'
doctor --root "$root"
finds 'a broker that is not there' broker fail '127.0.0.1: .'
configure '[sensor]' 'bus = emulator' '[mqtt]' 'user = me' 'password_file = /nowhere/password'
doctor --root "$root"
finds 'a password that is not there' credentials fail 'password'
mosquitto=/usr/sbin/mosquitto
[[ -x $mosquitto ]] || mosquitto=$(command -v mosquitto || true)
if [[ -n $mosquitto ]] && command -v mosquitto_passwd >/dev/null; then
  port=$((20000 + RANDOM % 12000))
  mosquitto_passwd -b -c "$work/passwords" me right 2>/dev/null
  printf '%s\n' "listener $port 127.0.0.1" "user $(id -un)" 'allow_anonymous false' "password_file $work/passwords" \
    >"$work/mosquitto.conf"
  "$mosquitto" -c "$work/mosquitto.conf" >"$work/mosquitto.log" 2>&1 &
  broker=$!
  track "$broker"
  eventually 5 bash -c "(: >/dev/tcp/127.0.0.1/$port)"
  echo wrong >"$work/password"
  configure '[sensor]' 'bus = emulator' '[mqtt]' 'host = 127.0.0.1' "port = $port" 'user = me' "password_file = $work/password"
  doctor --root "$root"
  finds 'a wrong password' broker fail '127.0.0.1: .*([Aa]uth|password|credential)'
  echo right >"$work/password"
  doctor --root "$root"
  finds 'the right one' broker ok 'answers'
  tap_is 'with an emulated sensor nothing fails' 0 "$status"
  end "$broker"
else
  tap_skip 'a broker that wants a password' 'mosquitto is not installed'
fi

# --- a service that answers -----------------------------------------------------------------------------------

configure '[mqtt]' 'enabled = no'
bus_start
service_start
eventually 5 on_bus
eventually 5 property_is SensorState '"running"'
doctor
tap_is 'a service that is well: status 0' 0 "$status"
finds 'it is asked' service ok 'postured [0-9.]+, up [0-9]+ s'
finds 'it knows the chip' chip ok 'vl53l8cx rev 0x0c at emulator'
finds 'and the model' model ok 'handposture \([0-9a-f]{12}\) on local'
tap_is 'nobody else looks at the bus' '' "$(jq -r '.findings[] | select(.part == "i2c bus" or .part == "firmware")' "$work/doctor.json")"
"$posturectl" doctor --config "$conf" >"$work/text"
tap_run 'as text: a line a part' grep -qE '^ok    chip          vl53l8cx rev' "$work/text"
tap_is 'without colour off a terminal' 0 "$(grep -c $'\033' "$work/text")"
end "$service"

configure '[sensor]' 'bus = /dev/i2c-250' '[mqtt]' 'enabled = no'
"$top_builddir/postured" --config "$conf" --bus session >"$work/waiting.log" 2>&1 &
service=$!
track "$service"
eventually 5 property_is SensorState '"waiting"'
doctor
tap_is 'a service that waits: status 1' 1 "$status"
finds 'its word on the chip' chip fail 'waiting: .'
end "$service"
tap_done
