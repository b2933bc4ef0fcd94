#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# firmware-m4.sh - the firmware's rings, protocol and network as Cortex-M4 code in QEMU: every result of every recording has
# the bytes that this core makes.
set -u
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"
# shellcheck source=tests/offload/m4.sh
. "$top_srcdir/tests/offload/m4.sh"
[[ -z $(m4_have) ]] || tap_skip_all "$(m4_have | head -n 1)"
work=$(mktemp -d)
export STATE_DIRECTORY=$work/state # no model that this machine was taught
trap 'm4_end; rm -rf "$work"' EXIT
frames=$top_builddir/tests/offload/m4-frames
shared=${POSTURED_SHARED:-$top_srcdir/../shared}/data/handposture

# same NAME RECORDINGS
same()
{
  "$frames" ask "$work/in.bin" "$2" >"$work/asked" || return
  tap_run "$1: the M4 answers" m4_answer
  tap_run "$1: every result is that of this core" "$frames" check "$work/out.bin" "$2"
  echo "# $1: $("$frames" check "$work/out.bin" "$2")"
}

"$top_builddir/posture-scene" -o "$work/scene" demo 300 >/dev/null
same "generated recordings" "$work/scene"
tap_is "its stack has 256 bytes left at least" yes \
  "$("$frames" check "$work/out.bin" "$work/scene" | awk '{ print ($(NF - 1) >= 256 ? "yes" : $(NF - 1)) }')"

# A float of the first result, turned by one bit, with its check sum made right again: somebody has to notice.
if command -v python3 >/dev/null; then
  python3 - "$work/out.bin" <<'END'
import struct, sys, zlib
data = bytearray(open(sys.argv[1], "rb").read())
place = 0
while True:
    size = 24 + struct.unpack_from("<H", data, place + 4)[0]
    if data[place + 3] == 0x90 and size > 64:
        break
    place += size
data[place + 24 + 40] ^= 1
data[place + 20:place + 24] = bytes(4)
data[place + 20:place + 24] = struct.pack("<I", zlib.crc32(data[place:place + size]))
open(sys.argv[1], "wb").write(data)
END
  tap_is "can fail: one bit of one result" "1 differ" \
    "$("$frames" check "$work/out.bin" "$work/scene" 2>&1 | grep -o '[0-9]* differ')"
else
  tap_skip "can fail: one bit of one result" "python3 is not installed"
fi

if [[ -d $shared ]]; then
  same "the team's recordings" "$shared"
else
  tap_skip "the team's recordings" "no recordings at $shared"
fi

m4_serve "$work/m4.sock" || tap_not_ok "the board serves a socket"
tap_run "both cores by the service's classifier, over the socket" timeout 60 "$frames" live "stream:$work/m4.sock" "$work/scene"

m4_end

# answers RECORDINGS BACKEND: the service's, as lines; what it says goes to $work/said.
answers()
{
  timeout 110 "$top_builddir/postured" --config "$work/postured.conf" --replay "$1" --fast --frames --backend "$2" \
    --channel "stream:$work/blocks.sock" 2>"$work/said"
}

# service NAME RECORDINGS: as many results as frames, all compared, none different, the same answers whoever gives them.
service()
{
  local frames_there
  frames_there=$("$frames" ask "$work/in.bin" "$2" | awk '{ print $1 }')
  answers "$2" local >"$work/local"
  answers "$2" both >"$work/both"
  tap_is "$1: postured answers every frame" "$frames_there" "$(wc -l <"$work/local")"
  tap_run "$1: the same answers with both cores as with its own" cmp "$work/local" "$work/both"
  tap_is "$1: every result was compared, and none differs" \
    "both: $frames_there of $frames_there results compared, 0 differ" "$(grep -o 'both: .*' "$work/said")"
  answers "$2" m4 >"$work/m4"
  tap_run "$1: the same answers when the M4 gives them" cmp "$work/local" "$work/m4"
}

printf '%s\n' '[classifier]' 'm4_deadline_ms = 1000' >"$work/postured.conf"
m4_serve_blocks "$work/blocks.sock" || tap_not_ok "the board serves a socket by its files"
service "a scene" "$work/scene"
if [[ -d $shared ]]; then
  service "the team's recordings" "$shared"
else
  tap_skip "postured with both cores on the team's recordings" "no recordings at $shared"
fi
m4_end
tap_done
