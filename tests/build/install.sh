#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# install.sh - what `make install DESTDIR=` puts where with which mode (install.list), and what systemd says of the unit.
set -u
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
umask 022
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

# The usual places of a distribution, whatever the build was configured for.
places=(prefix=/usr exec_prefix=/usr sysconfdir=/etc localstatedir=/var 'sbindir=/usr/sbin' 'bindir=/usr/bin'
  datarootdir=/usr/share datadir=/usr/share mandir=/usr/share/man docdir=/usr/share/doc/postured
  systemdsystemunitdir=/usr/lib/systemd/system sysusersdir=/usr/lib/sysusers.d udevrulesdir=/usr/lib/udev/rules.d
  catalogdir=/usr/lib/systemd/catalog dbuspolicydir=/usr/share/dbus-1/system.d
  bashcompletiondir=/usr/share/bash-completion/completions m4firmwaredir=/usr/lib/firmware)

# staged: "MODE PATH" of everything installed.
staged()
{
  (cd "$stage" && find . -mindepth 1 ! -type d -printf '%m %P\n' | LC_ALL=C sort -k2)
}

# wanted: what install.list says; the Cortex-M4's firmware is there only when this build makes it.
wanted()
{
  if [[ -e ${top_builddir:?}/cortex-m4/postured-m4.elf ]]; then
    grep -v '^#' "$top_srcdir/tests/build/install.list"
  else
    grep -v -e '^#' -e '/lib/firmware/' "$top_srcdir/tests/build/install.list"
  fi
}

tap_run "make install DESTDIR= works" make -s -C "${top_builddir:?}" install DESTDIR="$stage" "${places[@]}"
tap_is "it puts every file in its place, with its mode" "$(wanted)" "$(staged)"
tap_empty "nothing is writable by others or runs as somebody else" "$(find "$stage" ! -type l -perm /6022)"
tap_empty "no placeholder is left" "$(grep -rIlE '@[A-Za-z_]+@' "$stage/usr/lib" "$stage/etc" 2>/dev/null)"
tap_empty "no file names the staging or the build directory" \
  "$(grep -rIlF -e "$stage" -e "$top_builddir" "$stage/usr/lib" "$stage/etc" "$stage/usr/share" 2>/dev/null)"

# What postured-m4 asks the kernel for is what was installed; the kernel's /lib/firmware is /usr/lib/firmware here.
if [[ -e $top_builddir/cortex-m4/postured-m4.elf ]]; then
  core=$stage/machine/sys/class/remoteproc/remoteproc0
  mkdir -p "$core" "$stage/machine/lib"
  printf 'm4\n' >"$core/name"
  printf 'offline\n' >"$core/state"
  printf 'rproc-m4-fw\n' >"$core/firmware"
  tap_is "postured-m4 misses a firmware that is not installed" "no /lib/firmware/postured/m4.elf: install it" \
    "$("$stage/usr/sbin/postured-m4" --root "$stage/machine" start | grep -o 'no /lib.*install it')"
  ln -s "$stage/usr/lib/firmware" "$stage/machine/lib/firmware"
  "$stage/usr/sbin/postured-m4" --root "$stage/machine" start >/dev/null 2>&1
  tap_is "and finds the installed one" "postured/m4.elf" "$(<"$core/firmware")"
  rm -r "$stage/machine"
else
  tap_skip "postured-m4 finds the installed firmware" "configured without the Cortex-M4's firmware"
fi
tap_is "ST's demo loader and ours exclude each other" "Conflicts=st-m4firmware-load.service" \
  "$(grep ^Conflicts= "$stage/usr/lib/systemd/system/postured-m4.service")"

# What systemd warns of is an error here.
verify()
{
  systemd-analyze verify --man=no "$unit" 2>&1 | grep -F postured
}

# Programs of the stage in place of those of the configured prefix.
unit=$stage/postured.service
sed -E "s|^(Exec[A-Za-z]*=)/.*sbin/|\1$stage/usr/sbin/|" "$stage/usr/lib/systemd/system/postured.service" >"$unit" 2>/dev/null
if command -v systemd-analyze >/dev/null; then
  tap_empty "systemd-analyze verify has no objection" "$(verify)"
  sed -E "s|^(Exec[A-Za-z]*=)/.*sbin/|\1$stage/usr/sbin/|" "$stage/usr/lib/systemd/system/postured-m4.service" \
    >"$stage/postured-m4.service"
  tap_empty "nor to the Cortex-M4's unit" "$(systemd-analyze verify --man=no "$stage/postured-m4.service" 2>&1 |
    grep -F postured)"
  tap_run "exposure is at most 1.2" systemd-analyze security --offline=true --threshold=12 "$unit"
  sed '/^SystemCallFilter/d; /^CapabilityBoundingSet/d' "$unit" >"$stage/weak.service"
  tap_is "can fail: exposure of a weaker unit" refused \
    "$(systemd-analyze security --offline=true --threshold=12 "$stage/weak.service" >/dev/null 2>&1 || echo refused)"
  for example in "$top_srcdir"/systemd/examples/*.conf; do
    mkdir -p "$stage/postured.service.d"
    cp "$example" "$stage/postured.service.d/example.conf"
    tap_empty "nor with the example $(basename "$example")" "$(verify)"
  done
  sed -i 's/^WatchdogSec/WatchdagSec/' "$unit"
  tap_is "can fail: a unit with a misspelt key" 1 "$(verify | wc -l)"
else
  tap_skip "systemd's opinion of the unit" "systemd-analyze is not installed"
fi

if grep -q '^Type=notify-reload$' "$unit"; then
  tap_empty "notify-reload needs no ExecReload" "$(grep '^ExecReload' "$unit")"
else
  # shellcheck disable=SC2016
  tap_is "plain notify has its ExecReload" 'ExecReload=/bin/kill -HUP $MAINPID' "$(grep '^ExecReload' "$unit")"
fi

ids='s/.*"([0-9a-f]{32})".*/\1/p'
tap_is "the catalog explains every event of daemon/log-ids.h, and no other" \
  "$(sed -nE "$ids" "$top_srcdir/daemon/log-ids.h")" "$(sed -nE 's/^-- //p' "$top_srcdir/systemd/postured.catalog")"
if command -v journalctl >/dev/null; then
  tap_run "journalctl takes the catalog" journalctl --update-catalog --root="$stage"
  rm -rf "${stage:?}/var"
else
  tap_skip "journalctl takes the catalog" "journalctl is not installed"
fi

if command -v systemd-sysusers >/dev/null; then
  mkdir -p "$stage/etc"
  tap_run "systemd-sysusers takes the groups" \
    systemd-sysusers --root="$stage" --dry-run "$stage/usr/lib/sysusers.d/postured.conf"
else
  tap_skip "systemd-sysusers takes the groups" "systemd-sysusers is not installed"
fi

make -s -C "$top_builddir" uninstall DESTDIR="$stage" "${places[@]}" >/dev/null 2>&1
rm -rf "$unit" "$stage/postured-m4.service" "$stage/weak.service" "$stage/postured.service.d"
tap_is "make uninstall takes all of it away" "" "$(staged)"
tap_done
