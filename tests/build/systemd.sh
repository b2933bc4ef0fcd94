#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2317 # functions are called by name
# systemd.sh - the installed service on a machine that has booted Debian 12's own systemd: a container with a broker.
#
# Everything happens in a mount and a pid namespace: with their first process the machine is gone, and with it all that
# was mounted and installed. Kept in the build directory is the empty system; its first download takes a minute.
# What is checked on the machine: systemd-machine.sh.
set -u
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"
# shellcheck source=tests/build/variant.sh
. "$top_srcdir/tests/build/variant.sh"
[[ $(id -u) -eq 0 ]] || tap_skip_all "only root can boot a container"
variant_skip_without systemd-nspawn mmdebstrap unshare timeout
unshare --mount --user true 2>/dev/null || tap_skip_all "no mount and user namespaces can be made here, as in a chroot"
grep -qs '^VERSION_CODENAME=bookworm$' /etc/os-release ||
  tap_skip_all "this is not Debian 12: its packages don't have the libraries that a program built here needs"

packages=systemd,systemd-sysv,dbus,mosquitto,mosquitto-clients,iproute2,procps
packages+=,libcjson1,libgpiod2,libinih1,libpaho-mqtt1.3,libssl3,libsystemd0,libzip4
system=${top_builddir:?}/variants/systemd-root
machine_limit_s=150

fetch_system()
{
  rm -rf "$system" "$system.new"
  mmdebstrap --quiet --variant=minbase --include="$packages" --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/man/*' bookworm "$system.new" && echo "$packages" >"$system.new/.packages" &&
    mv "$system.new" "$system"
}

# In the namespaces, with shared=DIRECTORY to be seen by both sides.
boot()
{
  local root=/run/root cgroup=/sys/fs/cgroup/$machine status
  mount -t tmpfs tmpfs /run && mkdir -p /run/systemd /run/upper /run/work "$root" || return 1
  mount -t overlay -o "lowerdir=$system,upperdir=/run/upper,workdir=/run/work" overlay "$root" || return 1
  make -s -C "$variant_dir" install DESTDIR="$root" || return 1
  # A host with the old control groups keeps its controllers; sandboxing by BPF needs the new hierarchy only.
  [[ $(stat -f -c %T /sys/fs/cgroup) == cgroup2fs ]] || mount -t cgroup2 cgroup2 /sys/fs/cgroup || return 1
  mkdir "$cgroup" && echo $$ >"$cgroup/cgroup.procs" || return 1

  cp "$shared/check.service" "$root/etc/systemd/system/"
  timeout --kill-after=5 "$machine_limit_s" systemd-nspawn --boot --quiet --directory="$root" --register=no \
    --keep-unit --private-network --capability=CAP_BPF,CAP_PERFMON --system-call-filter=bpf --hostname=board \
    --bind="$shared:/check" -- systemd.unit=check.service </dev/null
  status=$?
  echo $$ >/sys/fs/cgroup/cgroup.procs
  return "$status"
}

control_groups()
{
  find /sys/fs/cgroup -depth -type d -path "*/$machine*"
}

# The last processes take a moment to go, also when their namespace is killed.
unplug()
{
  local tries
  if [[ -n ${unshared-} ]]; then
    kill -KILL "$unshared" 2>/dev/null
    wait "$unshared" 2>/dev/null
  fi
  for ((tries = 0; tries < 50; tries++)); do
    [[ -n $(control_groups) ]] || break
    control_groups | xargs rmdir 2>/dev/null || sleep 0.1
  done
  rm -rf "$shared"
}

if [[ ! -e $system/.packages || $(<"$system/.packages") != "$packages" ]]; then
  mkdir -p "${system%/*}"
  fetch_system >"$system.log" 2>&1 || tap_skip_all "the packages can't be had: $(tail -n 1 "$system.log")"
fi
variant_build systemd --prefix=/usr --sysconfdir=/etc --localstatedir=/var

machine=postured-check-$$
shared=$(mktemp -d)
trap unplug EXIT
trap 'exit 130' INT TERM
chmod 755 "$shared"
cp "$top_srcdir/tests/tap.sh" "$top_srcdir"/tests/build/systemd-*.sh "$shared"
cat >"$shared/check.service" <<END
[Unit]
Wants=basic.target mosquitto.service
After=basic.target mosquitto.service
[Service]
Type=oneshot
ExecStart=/bin/bash /check/systemd-machine.sh $tap_points
ExecStopPost=/bin/systemctl poweroff --force
StandardOutput=append:/check/points
StandardError=append:/check/errors
END
: >"$shared/points"

export system variant_dir machine machine_limit_s shared
export -f boot
unshare --mount --pid --fork --kill-child --mount-proc bash -c boot >"$shared/console" 2>&1 &
unshared=$!
wait "$unshared"
cat "$shared/points"
tap_points=$((tap_points + $(grep -cE '^(not )?ok ' "$shared/points")))
tap_failed=$((tap_failed + $(grep -c '^not ok ' "$shared/points")))
if [[ -e $shared/complete ]]; then
  tap_ok "the machine ran to the end of its checks"
else
  tap_not_ok "the machine ran to the end of its checks" "$(tail -n 40 "$shared/console" "$shared/errors" 2>&1)"
fi
tap_is "no process of it is left" "" "$(pgrep -af "$shared")"
tap_done
