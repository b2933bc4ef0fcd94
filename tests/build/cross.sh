#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2317 # functions are called by name
# cross.sh - a build for the 32-bit ARM boards, and its unit tests under qemu-arm.
#
# The libraries' armhf packages come by apt into a folder of the build; the system's own apt state stays as it is.
set -u
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"
# shellcheck source=tests/build/variant.sh
. "$top_srcdir/tests/build/variant.sh"
variant_skip_without arm-linux-gnueabihf-gcc qemu-arm apt-get dpkg-deb

host=arm-linux-gnueabihf
packages=(libc6-dev libcjson-dev libcmocka-dev libgpiod-dev libinih-dev libpaho-mqtt-dev libssl-dev libsystemd-dev
  libzip-dev linux-libc-dev)
private=${top_builddir:?}/variants/armhf-packages
sysroot=$private/sysroot

# apt with a state, a cache and an architecture of its own.
private_apt()
{
  apt-get -o APT::Architecture=armhf -o APT::Architectures::=armhf -o Dir::State="$private/state" \
    -o Dir::State::status="$private/status" -o Dir::Cache="$private/cache" -o APT::Sandbox::User="$(id -un)" \
    -o Acquire::Languages=none -o APT::Install-Recommends=false -o Debug::NoLocking=1 -qq "$@"
}

download()
{
  mkdir -p "$private/state/lists/partial" "$private/cache/archives/partial"
  : >"$private/status"
  private_apt update || true # one archive of several may be out of order, the packages decide
  private_apt -y --download-only install "${packages[@]}"
}

unpack()
{
  local package folder
  rm -rf "$sysroot"
  mkdir -p "$sysroot/usr/lib" "$sysroot/usr/bin" "$sysroot/usr/sbin"
  for folder in lib bin sbin; do
    ln -s "usr/$folder" "$sysroot/$folder"
  done
  for package in "$private"/cache/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink -C "$sysroot" || return 1
  done
  rm -rf "$private/cache" "$private/state"
  echo "${packages[*]}" >"$private/complete"
}

if [[ ! -e $private/complete || $(<"$private/complete") != "${packages[*]}" ]]; then
  download >"$private.log" 2>&1 || tap_skip_all "the armhf packages can't be had: $(tail -n 1 "$private.log")"
  tap_run "armhf packages unpack" unpack
fi

export PKG_CONFIG_SYSROOT_DIR=$sysroot PKG_CONFIG_PATH=
export PKG_CONFIG_LIBDIR=$sysroot/usr/lib/$host/pkgconfig:$sysroot/usr/share/pkgconfig
variant_build armhf --host=$host --enable-werror --without-hdf5 CC="$host-gcc --sysroot=$sysroot"
tap_is "the service is an ARM program" ARM \
  "$($host-readelf -h "$variant_dir/postured" | sed -n 's/^ *Machine: *//p')"
# An hour of faults takes minutes here.
export FAULT_SEED=1 FAULT_MINUTES=20
for test in $(variant_tests); do
  case $test in
    tests/unit/test-i2c-dev) tap_skip "$test" "qemu-arm does not pass I2C ioctls on" ;;
    *) variant_run "$test" qemu-arm -L "$sysroot" ;;
  esac
done
tap_done
