# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# build.sh - autoreconf, configure and make in build/, each only when something asks for it.

build_jobs=$(nproc 2>/dev/null || echo 2)

build_autoreconf()
{
  autoreconf -i
}

# build_configure FLAG...: configures build/ unless it already is, with these flags at least.
build_configure()
{
  local had='' flag
  if [[ ! -e configure || -n $(find configure.ac Makefile.am m4/*.m4 -newer configure -print -quit) ]]; then
    build_autoreconf
  fi
  mkdir -p build
  if [[ -e build/Makefile && -e build/.configured ]]; then
    had=$(<build/.configured)
    for flag in "$@"; do
      [[ " $had " == *" $flag "* ]] || had=
    done
    [[ -z $had && $# -gt 0 ]] || return 0
    make -s -C build clean # objects do not know that the flags changed
  fi
  (cd build && ../configure --quiet "$@")
  echo "$*" >build/.configured
}

# build_make TARGET...
build_make()
{
  make -s -C build -j"$build_jobs" "$@"
}
