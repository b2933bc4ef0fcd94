#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bench-offload.sh - what a frame costs on Linux' side with backend local and with m4, what it costs on the Cortex-M4, and its
# bytes on the wire. Run by `make bench-offload`, which sets sources.
#
# Instructions are counted exactly, by QEMU, and are not cycles. Of the Cortex-A7 they are those of the program: an emulator
# of one process has no kernel, so that system calls are counted by kind, not by what the kernel does for them. (It has no
# vDSO either: on a board clock_gettime is no system call.) Nor is the event loop's own share there: a frame for the other
# core wakes it once more.
set -euo pipefail
# shellcheck source=tests/offload/m4.sh
. "${top_srcdir:?}/tests/offload/m4.sh"
missing=$(m4_have)
[[ -z $missing ]] || { echo "bench-offload: $missing" >&2; exit 1; }
work=$(mktemp -d)
driver=
trap '[[ -z $driver ]] || kill "$driver"; rm -rf "$work"' EXIT
frames=$m4_build/tests/offload/m4-frames
count=260
gcc -shared -fPIC -O2 -o "$work/icount.so" "$top_srcdir/nn/bench/icount.c"

# plugin NM PROGRAM START STOP: counts instructions between two functions.
plugin()
{
  local symbols
  symbols=$("$1" "$2")
  echo "$work/icount.so,start=$(sed -n "s/^\([0-9a-f]*\) T $3\$/\1/p" <<<"$symbols"),stop=$(
    sed -n "s/^\([0-9a-f]*\) T $4\$/\1/p" <<<"$symbols")"
}

# Mean, least and most of what the plugin has counted.
counted()
{
  sed -n 's/^runs \([0-9]*\) least \([0-9]*\) most \([0-9]*\) mean \([0-9.]*\)$/\4 (\2 to \3, \1 times)/p'
}

# --- Cortex-A7 ------------------------------------------------------------------------------------------------

build_a7()
{
  mkdir "$work/include"
  echo '#define PACKAGE_VERSION "bench"' >"$work/include/config.h"
  # shellcheck disable=SC2086 # a list
  (cd "$top_srcdir" && arm-linux-gnueabihf-gcc -std=gnu11 -O3 -D_GNU_SOURCE -mcpu=cortex-a7 -mfpu=neon-vfpv4 \
    -ffp-contract=off -fno-math-errno -w -static -ffunction-sections -Wl,--gc-sections -Wa,-I. -I"$work/include" -I. \
    -o "$work/frame-cost" ${sources:?} -lpthread -lm)
}

# Another core behind a socket that keeps messages whole, as an RPMsg channel does.
start_driver()
{
  "$m4_build/tests/system/m4-driver" "$work/m4" >/dev/null &
  driver=$!
  m4_wait "$work/m4"
}

a7_instructions()
{
  qemu-arm -cpu cortex-a7 -plugin "$(plugin arm-linux-gnueabihf-nm "$work/frame-cost" frame_begins frame_ends)" -d plugin \
    "$work/frame-cost" "$1" "unix:$work/m4" "$work/in.bin" "$count" 2>&1 | counted
}

# calls BACKEND COUNT: "KIND N" of all system calls.
calls()
{
  qemu-arm -cpu cortex-a7 -strace "$work/frame-cost" "$1" "unix:$work/m4" "$work/in.bin" "$2" 2>"$work/strace" >/dev/null || return
  sed -n 's/^[0-9]* \([a-z][a-z0-9_]*\)(.*/\1/p' "$work/strace" | sort | uniq -c | awk '{ print $2, $1 }'
}

# The difference that so many frames make. One after the other: the other core has one channel.
a7_calls()
{
  if ! calls "$1" "$count" >"$work/many" || ! calls "$1" 0 >"$work/few"; then
    grep '^frame-cost:' "$work/strace"
    return
  fi
  join -a 1 "$work/many" "$work/few" | awk -v n="$count" '
    { each = ($2 - $3) / n; if (each > 0.005) { sum += each; list = list sprintf("%s%s %.2f", list == "" ? "" : ", ", $1, each) } }
    END { printf "%.2f%s\n", sum, list == "" ? "" : ": " list }'
}

a7()
{
  local backend
  for backend in local m4; do
    printf '  backend %-6s instructions of the program  %s\n' $backend "$(a7_instructions $backend)"
    printf '                 system calls                 %s\n' "$(a7_calls $backend)"
  done
}

"$m4_build/posture-scene" -o "$work/scene" demo 300 >/dev/null
"$frames" ask "$work/in.bin" "$work/scene" >/dev/null
echo "Cortex-A7, a frame of posture-scene demo, without what the kernel does:"
if command -v arm-linux-gnueabihf-gcc >/dev/null && command -v qemu-arm >/dev/null && [[ -x $m4_build/tests/system/m4-driver ]]; then
  build_a7
  start_driver
  a7
else
  echo "  arm-linux-gnueabihf-gcc, qemu-arm or cmocka is missing"
fi

# --- Cortex-M4 ------------------------------------------------------------------------------------------------

# m4_instructions START STOP
m4_instructions()
{
  m4_answer -plugin "$(plugin arm-none-eabi-nm "$m4_build/cortex-m4/mps2-files.elf" "$1" "$2")" 2>&1 | counted
}

echo "Cortex-M4, instructions:"
echo "  a frame: message, rings, preprocessing, network, reply   $(m4_instructions message_begins message_ends)"
echo "  of it preprocessing and network                          $(m4_instructions inference_begins inference_ends)"
"$frames" ping "$work/in.bin" 300
echo "  a message without work (PING)                            $(m4_instructions message_begins message_ends)"

echo "Bytes a frame on the wire, RPMsg's headers of 16 each included:"
outputs=$(sed -n 's/.*NET_OUTPUTS = \([0-9]*\),/\1/p' "$m4_build/cortex-m4/net.h")
[[ $(<"$m4_build/cortex-m4/net.h") == *'const int8_t *net_output'* ]] || outputs=$((4 * outputs))
echo "  question $((24 + 408 + 16)), answer with a hand $((24 + 40 + outputs + 16)), without $((24 + 40 + 16))"

# A model that is sent: the float sibling of the shipped one.
float=$top_srcdir/tests/golden/handposture.pnn
size=$(wc -c <"$float")
chunks=$(((size + 447) / 448))
"$frames" -m "$float" upload "$work/in.bin"
sent=$(m4_instructions message_begins message_ends)
"$frames" -m "$float" ask "$work/in.bin" "$work/scene" >/dev/null
echo "A float32 model of $size bytes that is sent:"
echo "  messages                                                 $((chunks + 2)) and as many answers"
echo "  bytes on the wire, RPMsg's headers included              $((size + chunks * 48 + 80 + 72 + (chunks + 2) * 48))"
echo "  instructions a message, HELLO's too; the most: COMMIT    $sent"
echo "  a frame with it: preprocessing and network               $(m4_instructions inference_begins inference_ends)"
