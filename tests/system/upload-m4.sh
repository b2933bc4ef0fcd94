#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# upload-m4.sh - models that are sent to the firmware in QEMU (Cortex-M4 code): networks of every arithmetic, each result
# with the bytes that this core makes, and a running service that changes its model.
set -u
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"
# shellcheck source=tests/offload/m4.sh
. "$top_srcdir/tests/offload/m4.sh"
[[ -z $(m4_have) ]] || tap_skip_all "$(m4_have | head -n 1)"
work=$(mktemp -d)
service=
trap 'm4_end; [[ -z $service ]] || kill "$service" 2>/dev/null; rm -rf "$work"' EXIT
frames=$top_builddir/tests/offload/m4-frames
model=$top_builddir/posture-model
float=$top_srcdir/tests/golden/handposture.pnn
export STATE_DIRECTORY=$work/state # without the models that this machine was taught
shared=${POSTURED_SHARED:-$top_srcdir/../shared}
st=$shared/data/models/st/VL53L8CX/CNN2D_ST_HandPosture_8classes.h5
"$top_builddir/posture-scene" -o "$work/scene" demo 100 >/dev/null

# arrives NAME MODEL RECORDINGS
arrives()
{
  local said
  # shellcheck disable=SC2119 # no further options
  "$frames" -m "$2" ask "$work/in.bin" "$3" >/dev/null && m4_answer &&
    said=$("$frames" -m "$2" check "$work/out.bin" "$3" 2>&1)
  tap_is "$1: taken, and every result is that of this core" 0 $?
  echo "# $1: ${said:-}"
  tap_is "$1: 256 bytes of the stack are left at least" yes \
    "$(awk '{ print ($(NF - 1) >= 256 ? "yes" : $(NF - 1)) }' <<<"${said:-}")"
}

arrives float32 "$float" "$work/scene"
for mode in int8 int16x8 uint8 drq weights8 float16; do
  "$model" quantize "$float" --mode=$mode --calibrate "$work/scene" -o "$work/$mode.pnn" >/dev/null
  arrives "$mode" "$work/$mode.pnn" "$work/scene"
done
if [[ -r $st && -d $shared/data/handposture ]] && "$model" import "$st" -o "$work/st.pnn" >/dev/null 2>&1; then
  arrives "ST's network" "$work/st.pnn" "$shared/data/handposture"
else
  tap_skip "ST's network" "no $st, or built without libhdf5"
fi

# --- a running service ---------------------------------------------------------------------------------------------

# ready: waits until its log tells once more of a core that is ready, and repeats what else it says there.
told=0
ready()
{
  local tries
  for ((tries = 0; tries < 300; tries++)); do
    [[ $(grep -c 'm4: ready' "$work/log") -le $told ]] || break
    sleep 0.1
  done
  grep 'm4: ready' "$work/log" | sed -n "$((told + 1)),\$s/.*firmware postured-m4 1//p" | head -n 1
}

# change COMMAND...: sets said, to what ready() tells after the command.
change()
{
  told=$(grep -c 'm4: ready' "$work/log")
  "$@"
  said=$(ready)
}

# configure LINE...: the service's file anew, and the service is told.
configure()
{
  printf '%s\n' '[mqtt]' 'enabled = no' '[classifier]' 'backend = both' 'm4_deadline_ms = 1000' \
    "m4_channel = stream:$work/m4.sock" "$@" >"$work/postured.conf"
  [[ -z $service ]] || kill -HUP "$service"
}

reboot()
{
  # shellcheck disable=SC2317 # called by change
  echo system_reset >"$work/monitor.in"
}

mkfifo "$work/monitor.in" "$work/monitor.out"
m4_serve "$work/m4.sock" -monitor "pipe:$work/monitor" || tap_not_ok "the board serves a socket"
cat "$work/monitor.out" >/dev/null &
cp "$float" "$work/model.pnn"
configure "model = $work/model.pnn"
"$top_builddir/postured" --config "$work/postured.conf" --emulator --stdout >/dev/null 2>"$work/log" &
service=$!
tap_is "a service with another model sends it" ", the model was sent to it" "$(ready)"
cp "$work/int8.pnn" "$work/new.pnn" && mv "$work/new.pnn" "$work/model.pnn"
change kill -HUP "$service"
tap_is "the file has changed, and a reload: the new one is sent" ", the model was sent to it" "$said"
change reboot
tap_is "the M4 reboots, and has lost it: it is sent again" ", the model was sent to it" "$said"
change configure
tap_is "back to the one that is baked in: nothing is sent" "" "$said"
tap_is "and it is ready" yes "$([[ $(grep -c 'm4: ready' "$work/log") -gt $told ]] && echo yes)"
sleep 1
kill "$service"
wait "$service"
service=
tap_is "none was refused" 0 "$(grep -c 'm4: not used: the other core refuses' "$work/log")"
compared=$(grep -o 'both: .*' "$work/log" | tail -n 1)
echo "# $compared"
tap_is "results were compared, and none differs" 1 \
  "$(grep -cE '^both: [1-9][0-9]* of [0-9]+ results compared, 0 differ' <<<"$compared")"
tap_is "not before either" 0 "$(grep -c 'results differ' "$work/log")"
tap_done
