# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# deps.sh - the Debian packages that building, the demo and the checks need (names of Debian 12, bookworm).

# What builds and runs the demo.
deps_build=(
  autoconf automake gcc libc6-dev make pkg-config
  libcjson-dev libgpiod-dev libinih-dev libpaho-mqtt-dev libssl-dev libsystemd-dev libzip-dev
  mosquitto
)

# What ./bootstrap check needs besides.
deps_check=(
  libcmocka-dev libhdf5-dev liblbfgs-dev libpng-dev libprotobuf-c-dev protobuf-c-compiler libyaml-dev libumockdev-dev umockdev
  libxnnpack-dev libpthreadpool-dev
  dbus jq mosquitto-clients openssl procps strace python3-jsonschema systemd systemd-container mmdebstrap xz-utils
  clang clang-format-14 libclang-rt-14-dev llvm-14 valgrind
  gcc-arm-linux-gnueabihf libc6-dev-armhf-cross qemu-user gcc-arm-none-eabi qemu-system-arm device-tree-compiler
)

# deps_missing PACKAGE...: those that are not installed, one a line.
deps_missing()
{
  local installed
  installed=" $(dpkg-query -W -f '${db:Status-Status}=${Package} ' "$@" 2>/dev/null || true)"
  local package
  for package in "$@"; do
    [[ $installed == *" installed=$package "* ]] || echo "$package"
  done
}

# deps_install [--all]: does nothing, and needs no network, when everything is there.
deps_install()
{
  local wanted=("${deps_build[@]}") missing as_root=()
  [[ ${1-} != --all ]] || wanted+=("${deps_check[@]}")
  if ! command -v dpkg-query >/dev/null; then
    echo "bootstrap: not a Debian system; make sure that these are there: ${wanted[*]}" >&2
    return 0
  fi
  mapfile -t missing < <(deps_missing "${wanted[@]}")
  [[ ${#missing[@]} -gt 0 ]] || return 0

  echo "bootstrap: installing ${missing[*]}" >&2
  if [[ $(id -u) -ne 0 ]]; then
    command -v sudo >/dev/null || {
      echo "bootstrap: run './bootstrap deps' as root once, or install sudo" >&2
      return 1
    }
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get -qq update </dev/null >&2
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 install "${missing[@]}" </dev/null >&2
}
