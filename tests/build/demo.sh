#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# demo.sh - what the README promises of ./bootstrap demo: three postures through the broker, and nothing left behind.
set -u
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES TESTS
[[ ${top_builddir:?} -ef $top_srcdir/build ]] || tap_skip_all "the demo builds in build/ of the source tree"
TMPDIR=$(mktemp -d)
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT

# left NAME: no file, and no process that was told of the demo's folder.
left()
{
  tap_empty "$1: no file is left" "$(ls -A "$TMPDIR")"
  tap_empty "$1: no process is left" "$(pgrep -af "$TMPDIR")"
}

tap_run "demo 20 sees three different postures" "$top_srcdir/bootstrap" demo 20
left "after demo 20"

for signal in INT TERM; do
  rm -f "$TMPDIR.out"
  # Background children of a script ignore INT, unless they are started by somebody who does not.
  env --default-signal=INT "$top_srcdir/bootstrap" demo >"$TMPDIR.out" 2>&1 </dev/null &
  demo=$!
  for ((i = 0; i < 100; i++)); do
    [[ ! -s $TMPDIR.out ]] || break # the first posture came
    sleep 0.2
  done
  tap_is "demo runs until SIG$signal" running "$([[ -s $TMPDIR.out ]] && kill -0 $demo && echo running)"
  kill -s "$signal" "$demo"
  wait "$demo"
  status=$?
  tap_is "SIG$signal ends it" $((128 + $(kill -l "$signal"))) $status
  left "after SIG$signal"
done
rm -f "$TMPDIR.out"

tap_is "can fail: three postures do not come in one second" refused \
  "$("$top_srcdir/bootstrap" demo 1 >/dev/null 2>&1 || echo refused)"
left "after a demo that failed"
tap_done
