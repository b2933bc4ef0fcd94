#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bus-m4.sh - what the service and posturectl say of the other core: status of one that works, the doctor's word on one that
# is silent, of another version, with another model, that has gone; and on machines where this or that of it is missing.
set -u
# shellcheck source=tests/system/session-bus.sh
. "${top_srcdir:?}/tests/system/session-bus.sh"
command -v jq >/dev/null || tap_skip_all 'jq is not installed'
driver=${top_builddir:?}/tests/system/m4-driver
[[ -x $driver ]] || tap_skip_all 'configured without cmocka'

conf=$work/postured.conf
root=$work/root

# m4_start SOCKET [HOW]: sets m4.
m4_start()
{
  rm -f "$1"
  "$driver" "$@" >/dev/null &
  m4=$!
  track "$m4"
  eventually 5 test -S "$1"
}

# with BACKEND [HOW]: a service and another core; waits until the link is where it ends.
with()
{
  [[ $# -eq 1 ]] || m4_start "$work/m4" "$2"
  printf '%s\n' '[mqtt]' 'enabled = no' '[classifier]' "backend = $1" "m4_channel = unix:$work/m4" \
    'm4_deadline_ms = 1000' >"$conf"
  service_start --config "$conf"
  eventually 5 on_bus
}

# status_has NAME PATTERN: in the text of posturectl status, soon.
status_has()
{
  if eventually 8 eval "\"$posturectl\" status | grep -qE -- '$2'"; then
    tap_ok "$1"
  else
    tap_not_ok "$1" "wanted $2 in: $("$posturectl" status)"
  fi
}

bus_start
with m4 fine
tap_run 'it gets ready' eventually 5 property_is M4State '"ready"'
tap_run 'it tells how it is' eventually 5 property_is M4Counters '"own_run_us_average" 495'
status_has 'status: whose results' '^  m4        ready, fake; results are the m4.s$'
status_has 'status: what was counted here' \
  '^            results: [1-9][0-9]* of the m4, 2[0-9] of this core \(0 for want of an answer\); 20 compared, 0 differ$'
status_has 'status: what was counted there' \
  '^            it says: [0-9]+ frames, 0 refused as busy, 0 late, 0 bad messages, 0 replies lost$'
status_has 'status: its times and its stack' '^                     495 us a frame \(480 to 520\), 632 bytes of stack never used$'
"$posturectl" status --json | jq .diagnostics >"$work/diagnostics.json"
tap_is 'status --json' 'ready|m4|632|5' \
  "$(jq -r '.coprocessor | "\(.state)|\(.results_of)|\(.own.stack_free_least_bytes)|\(.own.uptime_s)"' "$work/diagnostics.json")"
if python3 -c 'import jsonschema' 2>/dev/null; then
  tap_run 'it has the schema of MQTT' python3 -c 'import json, sys, jsonschema
jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))' "$work/diagnostics.json" \
    "$top_srcdir/docs/schema/diagnostics.json"
else
  tap_skip 'it has the schema of MQTT' 'python3-jsonschema is not installed'
fi
doctor
finds 'doctor: it is ready' coprocessor ok 'fake is ready, [1-9][0-9]* results of it, 20 compared, none differs'
end "$m4" KILL
tap_run 'when it has gone, so have its counters' eventually 5 eval "! property M4Counters | grep -q own_"
tap_run 'and why is told' eventually 5 property_is M4Reason 'no channel|the channel has gone'
end "$service"

# told STATE REASON HOW ADVICE: what the doctor hears of a service whose other core is so.
told()
{
  with m4 "$3"
  eventually 8 property_is M4Reason "$2"
  doctor
  finds "doctor: $2" coprocessor warn "$1: $2; this core does its work" "$4"
  end "$service"
  end "$m4" KILL
}
told parked 'no answer' silent 'systemctl restart postured-m4; .*trace0'
told parked 'the other core has another version of the protocol' version 'of one build'
told parked 'the other core has another model and takes no upload' model 'M4_MODEL='

with both wrong
eventually 8 property_is M4Counters '"mismatches" [1-9]'
doctor
finds 'doctor: wrong results' coprocessor fail '[1-9][0-9]* of [0-9]+ results compared differ'
end "$service"
end "$m4" KILL

with local
eventually 5 property_is SensorState '"running"'
tap_is 'backend local: nothing is said of another core' 's "" a{st} 0' "$(property M4State) $(property M4Counters)"
end "$service"

# --- without a service: the files of a machine, and the firmware itself -----------------------------------------

core=$root/sys/class/remoteproc/remoteproc0
mkdir -p "$root/proc" "$root/dev" "$root/lib/firmware/postured"

# configure BACKEND [CHANNEL]
configure()
{
  printf '%s\n' '[mqtt]' 'enabled = no' '[classifier]' "backend = $1" "m4_channel = ${2-auto}" >"$conf"
}

# core_is NAME STATE FIRMWARE
core_is()
{
  mkdir -p "$core"
  echo "$1" >"$core/name"
  echo "$2" >"$core/state"
  echo "$3" >"$core/firmware"
}

# machine NAME RESULT PATTERN ADVICE: the finding when the backend is m4; with local it is no trouble.
machine()
{
  configure m4
  doctor --root "$root"
  finds "$1" coprocessor "$2" "$3" "$4"
  configure local
  doctor --root "$root"
  finds "$1, which nobody wants" coprocessor "${5-ok}" "$3"
}

ours=postured/m4.elf
machine 'no Cortex-M4' warn 'there is no Cortex-M4 here' 'backend = local'
core_is m33 offline rproc-m33-fw
machine 'another core' warn 'no Cortex-M4 here but .m33.,' 'backend = local'
core_is m4 offline rproc-m4-fw
configure m4
doctor --root "$root"
finds 'no firmware file' coprocessor warn 'there is no /lib/firmware/postured/m4.elf' 'install it'
touch "$root/lib/firmware/$ours"
machine 'a core that is off' warn 'the Cortex-M4 is offline' 'systemctl enable --now postured-m4'
core_is m4 running OpenAMP_TTY_echo.elf
machine 'a firmware of somebody else' warn 'runs .OpenAMP_TTY_echo.elf., which is not ours' 'disable --now st-m4firmware-load'
core_is m4 crashed $ours
machine 'our firmware, crashed' fail 'has crashed' 'dmesg' fail
core_is m4 running $ours
machine 'no channel' warn 'runs our firmware, postured/m4.elf; it has announced no channel' 'modprobe virtio_rpmsg_bus and rpmsg_ns'
mkdir -p "$root/sys/bus/rpmsg/devices/virtio0.rpmsg-raw.-1.1280"
echo rpmsg-raw >"$root/sys/bus/rpmsg/devices/virtio0.rpmsg-raw.-1.1280/name"
echo 0x500 >"$root/sys/bus/rpmsg/devices/virtio0.rpmsg-raw.-1.1280/dst"
machine 'no driver' warn 'its channel is there, but no driver has made a device of it' 'modprobe rpmsg_char'
mkdir -p "$root/sys/class/tty/ttyRPMSG0/device"
echo rpmsg-tty >"$root/sys/class/tty/ttyRPMSG0/device/name"
echo 0x501 >"$root/sys/class/tty/ttyRPMSG0/device/dst"
machine 'a node that can not be opened' warn '(the channel|its channel is) /dev/ttyRPMSG0' 'journalctl'
mkdir -p "$root/proc/4711"
echo postured >"$root/proc/4711/comm"
configure m4
doctor --root "$root"
finds 'rpmsg_tty alone is enough; a service that has it is not disturbed' coprocessor ok 'its channel is /dev/ttyRPMSG0'
rm -r "$root/proc/4711"

# said HOW RESULT PATTERN [ADVICE]: what the firmware itself says.
said()
{
  m4_start "$root/m4" "$1"
  configure m4 unix:/m4
  doctor --root "$root"
  finds "hello to one that is $1" coprocessor "$2" "$3" "${4-}"
  end "$m4" KILL
}
said fine ok 'fake answers on unix:/m4, its model is [0-9a-f]{12}'
said silent warn 'unix:/m4: no answer' 'systemctl restart postured-m4'
said version warn 'another version of the protocol' 'install service and firmware of one build'
said model ok 'fake answers on unix:/m4, its model is still to come'
rm "$root/m4"
doctor --root "$root"
finds 'nobody there' coprocessor warn 'the channel unix:/m4 .*No such device'
tap_done
