#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# firmware.sh - the Cortex-M4's firmware as it is built: its size without the model, what Linux' loader would say.
set -u
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"
cd "${top_builddir:?}" || exit 1
elf=cortex-m4/postured-m4.elf
[[ -e $elf ]] || tap_skip_all "configured without the Cortex-M4's firmware"

# section ELF NAME...: bytes of these sections together.
section()
{
  local file=$1
  shift
  arm-none-eabi-size -A "$file" | awk -v names=" $* " 'index(names, " " $1 " ") { sum += $2 } END { print sum + 0 }'
}

# The exported network: code, constants and arena are its own; so are the 352 bytes of its file (identity, preprocessing).
model_text=$(arm-none-eabi-size cortex-m4/net.o | awk 'NR == 2 { print $1 + 352 }')
arena=$(sed -n 's/.*ARENA_BYTES = \([0-9]*\),/\1/p' cortex-m4/net.h)
text=$(($(section $elf .vectors .text .rodata) - model_text))
ram=$(($(section $elf .data .bss .stack) - arena))
echo "# without the model: text $text bytes, data, bss and stack $ram bytes; the model: text $model_text, arena $arena bytes"
tap_is "text without the model is at most 8 KiB" yes "$([[ $text -le 8192 ]] && echo yes || echo "$text")"
tap_is "RAM without the model is at most 6 KiB" yes "$([[ $ram -le 6144 ]] && echo yes || echo "$ram")"
tap_is "can fail: the model counts, if it is not taken off" no \
  "$([[ $(section $elf .vectors .text .rodata) -le 8192 ]] && echo yes || echo no)"
tap_run "Linux can load it" ./m4-lint $elf
tap_is "nothing is undefined" "" "$(arm-none-eabi-nm -u $elf)"
tap_done
