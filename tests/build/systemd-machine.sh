#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# systemd-machine.sh - the checks of systemd.sh, as root on the machine that has booted. $1 = points that came before.
set -u
# shellcheck source=tests/tap.sh
. /check/tap.sh
tap_points=$1
export LC_ALL=C
conf=/etc/postured/postured.conf.d
drop_ins=/etc/systemd/system/postured.service.d
examples=/usr/share/doc/postured/examples
mkdir -p "$drop_ins"

# within SECONDS COMMAND...: waits until the command succeeds.
within()
{
  local tries
  for ((tries = $1 * 10; tries > 0; tries--)); do
    "${@:2}" && return 0
    sleep 0.1
  done
  return 1
}

property()
{
  systemctl show -P "$1" postured
}

# is PROPERTY PATTERN
is()
{
  [[ $(property "$1") =~ $2 ]]
}

# journal ARGUMENT...: of this service, since the last call of mark.
journal()
{
  journalctl --sync
  journalctl --quiet --no-pager --unit=postured --since="$since" "$@"
}

mark()
{
  since=@$(date +%s.%6N)
}

journal_says()
{
  journal -o cat | grep -qE -- "$1"
}

# becomes SECONDS NAME PROPERTY PATTERN: a point.
becomes()
{
  if within "$1" is "$3" "$4"; then
    tap_ok "$2"
  else
    tap_not_ok "$2" "$3 is '$(property "$3")', wanted $4
$(journal -o cat | tail -n 20)"
  fi
}

# told NAME PATTERN: the journal says it, now or in three seconds.
told()
{
  if within 3 journal_says "$2"; then
    tap_ok "$1"
  else
    tap_not_ok "$1" "nothing matches $2 in:
$(journal -o cat | tail -n 30)"
  fi
}

# event NAME ID SUBJECT: was logged with this MESSAGE_ID, and the catalog explains it.
event()
{
  local text
  text=$(journal -x MESSAGE_ID="$2")
  case $text in
    *"Subject: $3"*) tap_ok "$1" ;;
    *) tap_not_ok "$1" "wanted $2, Subject: $3; got: $text" ;;
  esac
}

# A subscriber of all that the service says; heard SECONDS PATTERN looks at it.
listen()
{
  : >/run/heard
  mosquitto_sub -h 127.0.0.1 -v -t 'postured/#' >>/run/heard &
  listener=$!
  within 5 heard_now . || sleep 0.5
}

heard_now()
{
  grep -qE -- "$1" /run/heard
}

heard()
{
  if within "$1" heard_now "$3"; then
    tap_ok "$2"
  else
    tap_not_ok "$2" "nothing matches $3 in: $(cut -c1-200 /run/heard | tail -n 20)"
  fi
}

forget()
{
  : >/run/heard
}

# --- the machine ----------------------------------------------------------------------------------------------

mark
journalctl --update-catalog # as the README says; Debian does it for its own packages
cat >/etc/mosquitto/conf.d/check.conf <<END
per_listener_settings true
listener 1883
allow_anonymous true
listener 1884
allow_anonymous false
password_file /etc/mosquitto/passwords
END
mosquitto_passwd -b -c /etc/mosquitto/passwords postured secret-word 2>/dev/null
chown mosquitto /etc/mosquitto/passwords
systemctl restart mosquitto
ip address add 192.0.2.10/32 dev lo
cat >"$conf/check.conf" <<END
[sensor]
bus = emulator
[mqtt]
host = 127.0.0.1
node = board
END

# Device nodes as udev would make them, of drivers that this kernel doesn't have: opening one gets as far as "No such
# device or address" when sandbox and permissions let it through.
cp /proc/devices /run/devices
sed -i '/^Character/a 240 gpiochip' /run/devices
mount --bind /run/devices /proc/devices
mknod -m 660 /dev/i2c-1 c 89 1 && chgrp i2c /dev/i2c-1
mknod -m 660 /dev/i2c-9 c 89 9
mknod -m 660 /dev/gpiochip0 c 240 0 && chgrp gpio /dev/gpiochip0
mknod -m 666 /dev/foreign c 241 0

tap_is "systemd-sysusers made the groups at boot" "gpio i2c postured rpmsg" \
  "$(getent group i2c gpio postured rpmsg | cut -d: -f1 | sort | xargs)"

# --- start ----------------------------------------------------------------------------------------------------

tap_run "the unit can be enabled" systemctl enable postured
tap_run "it starts" systemctl start postured
tap_is "and is active" active "$(property ActiveState)"
tap_is "with the watchdog armed" 10s "$(property WatchdogUSec)"
becomes 10 "status text: posture, frame rate, broker" StatusText '^[A-Za-z]+, [0-9.]+ frames/s, broker connected'
listen
heard 3 "online" '^postured/board/availability online$'
heard 15 "postures arrive" '^postured/board/event .*"posture":"'
complaint='unknown|failed|ignor|invalid|obsolete|support|not found|match'
tap_empty "systemd has no complaint about the unit" \
  "$(journalctl --no-pager -b -o cat _PID=1 | grep postured | grep -iE "$complaint")"

pid=$(property MainPID)
tap_is "it runs as a user of its own" postured "$(stat -c %U "/proc/$pid")"
none=0000000000000000
tap_is "no capabilities, no new privileges, system calls filtered" \
  "CapInh:$none CapPrm:$none CapEff:$none CapBnd:$none CapAmb:$none NoNewPrivs:1 Seccomp:2" \
  "$(awk '/^(NoNewPrivs|Seccomp|Cap...):/ { print $1 $2 }' "/proc/$pid/status" | xargs)"
for namespace in mnt user uts; do
  tap_run "its own namespace: $namespace" \
    test "$(readlink "/proc/$pid/ns/$namespace")" != "$(readlink /proc/1/ns/$namespace)"
done

# --- events ---------------------------------------------------------------------------------------------------

event "event with explanation: started" 59d0b8cb4f764bcf90bd6fc6792d155c "The hand posture service starts"
event "event with explanation: ready" e3ba41895dac46cfaaa0817c9ea61e21 "The hand posture service is ready"
event "event with explanation: broker" 92a04bbf8bf44e30ba54e8f6a2e239b3 "The MQTT broker is connected"

# --- reload ---------------------------------------------------------------------------------------------------

printf '%s\n' '[decide]' 'threshold = 0.81' >"$conf/threshold.conf"
tap_run "reload" systemctl reload postured
heard 5 "reload: the new threshold is in use" '^postured/board/setting/threshold 0\.81'
tap_is "reload: the same process" "$pid" "$(property MainPID)"
event "event with explanation: reloaded" 8051ea4809db4ba2b08a05b4f578931c "The configuration was read again"

printf '%s\n' '[decide]' 'threshold = 7' >"$conf/threshold.conf"
tap_run "reload of a bad configuration" systemctl reload postured
told "bad reload: the journal says where and what" 'threshold.conf:2: decide.threshold'
becomes 3 "bad reload: so does the status" StatusText 'new configuration rejected'
event "event with explanation: rejected" 3fc1b4a31ec64c9aa42b7d3d93513223 "The configuration was refused"
tap_is "bad reload: active, the same process" "active $pid" "$(property ActiveState) $(property MainPID)"
rm "$conf/threshold.conf"
systemctl reload postured

# --- D-Bus ----------------------------------------------------------------------------------------------------

# as USER COMMAND...: what it prints, or the error.
as()
{
  setpriv --reuid="$1" --regid="$1" --init-groups "${@:2}" 2>&1
}

# set_as USER VALUE: the answer of the real bus with the shipped policy.
set_as()
{
  as "$1" busctl call org.postured.Daemon1 /org/postured/Daemon1 org.postured.Daemon1.Settings SetThreshold d "$2"
}

useradd visitor && useradd --groups postured member
tap_is "the name on the system bus is the service's" "$pid" \
  "$(busctl status org.postured.Daemon1 2>&1 | sed -n 's/^PID=//p')"
tap_is "anybody may read" 's "running"' "$(as visitor busctl get-property org.postured.Daemon1 \
  /org/postured/Daemon1 org.postured.Daemon1 SensorState)"
tap_is "and take frames" 'u 4' "$(as visitor busctl call org.postured.Daemon1 /org/postured/Daemon1 \
  org.postured.Daemon1.Frames StartFrames u 4)"
tap_is "but not set" "Access denied" "$(set_as visitor 0.7 | grep -o 'Access denied')"
tap_is "nor without naming the interface" "Access denied" \
  "$(as visitor dbus-send --system --print-reply --dest=org.postured.Daemon1 /org/postured/Daemon1 \
    org.postured.Daemon1.Settings.Reload | grep -oi 'rejected' | sed 's/.*/Access denied/')"
tap_is "a member of the group may" "" "$(set_as member 0.72)"
heard 5 "and the broker hears of it" '^postured/board/setting/threshold 0\.72'
tap_is "so may root" "" "$(busctl call org.postured.Daemon1 /org/postured/Daemon1 org.postured.Daemon1.Settings Reload 2>&1)"
tap_is "nobody else may take the name" "Access denied" \
  "$(as visitor busctl call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus RequestName su \
    org.postured.Daemon1 4 | grep -o 'Access denied\|not allowed' | sed 's/.*/Access denied/')"
tap_run "posturectl status finds it there" as visitor posturectl status --bus system
tap_is "posturectl says who may set" "posturectl: not allowed: settings and models are changed by root and by members of the group postured" \
  "$(as visitor posturectl threshold 0.5)"
tap_run "posturectl doctor has nothing that fails" as member posturectl doctor

# --- stop -----------------------------------------------------------------------------------------------------

forget
from=$(date +%s%N)
systemctl stop postured
stopped_ms=$((($(date +%s%N) - from) / 1000000))
tap_run "stop takes less than the 5 s that it may: $stopped_ms ms" test "$stopped_ms" -lt 5000
tap_is "a clean stop" "inactive success 0" "$(property ActiveState) $(property Result) $(property ExecMainStatus)"
heard 3 "stop: offline" '^postured/board/availability offline$'
event "event with explanation: stopped" f30c168f1d0e4c03bc34bbfbfd61cd43 "The hand posture service has stopped"

# --- sandbox from within --------------------------------------------------------------------------------------

printf '%s\n' '[Service]' 'ExecStartPre=/bin/bash /check/systemd-probe.sh' 'WatchdogSec=3s' >"$drop_ins/check.conf"
systemctl daemon-reload
systemctl start postured
tap_is "what the sandbox lets through and what not" "$(cat <<END
open i2c-1: No such device or address
open i2c-9: Permission denied
open gpiochip0: No such device or address
open foreign: Operation not permitted
open null: success
write /etc: Read-only file system
write /usr: Read-only file system
write state: success
write run: success
list /root: Permission denied
packet socket: Address family not supported by protocol
inet socket: success
new user namespace: Operation not permitted
set the clock: Operation not permitted
kernel log: Operation not permitted
see process 1: No such file or directory
see kernel settings: No such file or directory
setuid file: Operation not permitted
foreign personality: Operation not permitted
END
)" "$(cat /run/postured/probe)"
heard 15 "frames with the probe's drop-in" '^postured/board/availability online$'

# --- watchdog and crash ---------------------------------------------------------------------------------------

mark
forget
systemctl kill --kill-whom=main --signal=STOP postured
becomes 15 "a service that hangs is ended by the watchdog" Result '^watchdog$'
told "watchdog: the journal says so" 'Watchdog timeout'
heard 5 "watchdog: the broker tells that it is offline" '^postured/board/availability offline$'
becomes 10 "watchdog: started again" SubState '^running$'
forget
becomes 10 "watchdog: frames again" StatusText 'frames/s, broker connected'
heard 5 "watchdog: online again" '^postured/board/availability online$'

forget
systemctl kill --kill-whom=main --signal=KILL postured
heard 5 "a crash: the last will says offline" '^postured/board/availability offline$'
heard 10 "a crash: online again" '^postured/board/availability online$'
tap_is "both restarts are counted" 2 "$(property NRestarts)"

# --- a password ----------------------------------------------------------------------------------------------

printf '%s\n' '[mqtt]' 'port = 1884' 'user = postured' >"$conf/password.conf"
mark
systemctl restart postured
becomes 5 "without its password: refused, and the status says so" StatusText \
  'broker not connected: .*(auth|password|credential)'
mkdir -m 700 /etc/postured/credentials
(umask 077 && echo secret-word >/etc/postured/credentials/mqtt-password)
cp "$examples/credentials.conf" "$drop_ins/"
systemctl daemon-reload
tap_run "start with the example credentials.conf" systemctl restart postured
becomes 5 "the broker takes the password of the credential" StatusText 'broker connected'
tap_is "the credential is the service's alone" "400 $(stat -c %u "/proc/$(property MainPID)")" \
  "$(stat -c '%a %u' /run/credentials/postured.service/mqtt-password)"
rm "$conf/password.conf" "$drop_ins/credentials.conf"

# --- a broker elsewhere ---------------------------------------------------------------------------------------

printf '%s\n' '[mqtt]' 'host = 192.0.2.10' >"$conf/elsewhere.conf"
systemctl daemon-reload
systemctl restart postured
becomes 12 "a broker of another address can't be reached" StatusText 'broker not connected: .'
cp "$examples/broker-address.conf" "$drop_ins/"
systemctl daemon-reload
systemctl restart postured
becomes 5 "with the example broker-address.conf it can" StatusText 'broker connected'
rm "$conf/elsewhere.conf" "$drop_ins/broker-address.conf"

# --- no sensor ------------------------------------------------------------------------------------------------

# waits NAME PATTERN LINE...: with these lines of configuration, for more than two watchdog periods.
waits()
{
  printf '%s\n' "${@:3}" >"$conf/sensor.conf"
  mark
  systemctl daemon-reload
  tap_run "$1: starts" systemctl restart postured
  becomes 5 "$1: the status says what it waits for" StatusText "$2"
  pid=$(property MainPID)
  sleep 7
  tap_is "$1: still the same process after more than two watchdog periods" "active $pid 0" \
    "$(property ActiveState) $(property MainPID) $(property NRestarts)"
}

waits "no firmware" 'Sensor waiting: no sensor firmware' '[sensor]' 'bus = /dev/i2c-7'
event "event with explanation: no firmware" 7105eb2bae944741951b847f8faa2288 "The sensor's firmware file is missing"
mkdir -p /lib/firmware/postured
vl53l8cx-fwcut --synthetic=1 -o /lib/firmware/postured/vl53l8cx.fw >/dev/null
becomes 20 "firmware that appears is found: what is missing next is the bus" StatusText 'no I2C adapter /dev/i2c-7'
event "event with explanation: sensor lost" 3713b2506a6e42bf8e088c26a346311e "The sensor is lost"
waits "no bus" 'Sensor waiting: no I2C adapter /dev/i2c-7' '[sensor]' 'bus = /dev/i2c-7'
waits_for_driver()
{
  printf '%s\n' '[sensor]' "bus = $1" >"$conf/sensor.conf"
  systemctl restart postured
  becomes 5 "$2" StatusText "$3"
}
waits_for_driver /dev/i2c-1 "a node of the group: the service itself gets through to the (missing) driver" \
  'no I2C adapter /dev/i2c-1'
waits_for_driver /dev/i2c-9 "a node of root alone: the service is refused" 'no permission for I2C adapter /dev/i2c-9'
systemctl stop postured

# --- what can't be seen here ----------------------------------------------------------------------------------

for controller in memory pids; do
  name="limit of the control group: $controller"
  case $(</sys/fs/cgroup/cgroup.controllers) in
    *"$controller"*) tap_run "$name" grep -qx '[0-9]*' "/sys/fs/cgroup$(property ControlGroup)/$controller.max" ;;
    *) tap_skip "$name" "this host has no such controller in its unified hierarchy" ;;
  esac
done

tap_empty "the checks themselves had no errors" "$(cat /check/errors)"
kill $listener
touch /check/complete
