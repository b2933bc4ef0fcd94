#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bench-offload.sh - what a frame costs when the Cortex-M4 does it: instructions there (QEMU, counted exactly), bytes on the
# wire. Instructions are not cycles. Run by `make bench-offload`.
set -euo pipefail
# shellcheck source=tests/offload/m4.sh
. "${top_srcdir:?}/tests/offload/m4.sh"
missing=$(m4_have)
[[ -z $missing ]] || { echo "bench-offload: $missing" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
frames=$m4_build/tests/offload/m4-frames
gcc -shared -fPIC -O2 -o "$work/icount.so" "$top_srcdir/nn/bench/icount.c"

# counted START STOP [OUT]: mean, least and most instructions between two functions while in.bin is answered.
counted()
{
  m4_answer -plugin "$work/icount.so,start=$(address "$1"),stop=$(address "$2")" 2>&1 |
    sed -n 's/^runs \([0-9]*\) least \([0-9]*\) most \([0-9]*\) mean \([0-9.]*\)$/\4 (\2 to \3, \1 times)/p'
}

address()
{
  arm-none-eabi-nm "$m4_build/cortex-m4/mps2-files.elf" | sed -n "s/^\([0-9a-f]*\) T $1\$/\1/p"
}

"$m4_build/posture-scene" -o "$work/scene" demo 300 >/dev/null
"$frames" ask "$work/in.bin" "$work/scene" >/dev/null
echo "Cortex-M4, instructions of 300 frames of posture-scene demo:"
echo "  a frame: message, rings, preprocessing, network, reply   $(counted message_begins message_ends)"
echo "  of it preprocessing and network                          $(counted inference_begins inference_ends)"
"$frames" ping "$work/in.bin" 300
echo "  a message without work (PING)                            $(counted message_begins message_ends)"
echo "bytes a frame on the wire, RPMsg's headers of 16 each included:"
outputs=$(sed -n 's/.*NET_OUTPUTS = \([0-9]*\),/\1/p' "$m4_build/cortex-m4/net.h")
[[ $(<"$m4_build/cortex-m4/net.h") == *'const int8_t *net_output'* ]] || outputs=$((4 * outputs))
echo "  question $((24 + 408 + 16)), answer with a hand $((24 + 40 + outputs + 16)), without $((24 + 40 + 16))"
