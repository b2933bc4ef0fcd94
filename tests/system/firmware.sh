#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# firmware.sh - the Cortex-M4's firmware as it is built: its size without the model and without what uploads need, what
# these add, what Linux' loader would say.
set -u
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"
cd "${top_builddir:?}" || exit 1
elf=cortex-m4/postured-m4-core.elf full=cortex-m4/postured-m4.elf
[[ -e $elf ]] || tap_skip_all "configured without the Cortex-M4's firmware"

# section ELF NAME...: bytes of these sections together.
section()
{
  local file=$1
  shift
  arm-none-eabi-size -A "$file" | awk -v names=" $* " 'index(names, " " $1 " ") { sum += $2 } END { print sum + 0 }'
}

# operators: the kernels that the table of operators is made of.
operators()
{
  sed '/^nn_operator_run /,/;/!d' | grep -o 'nn_run_[a-z0-9_]*' | sort -u
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

# With uploads: the runtime and what looks after models; activations; two slots.
runtime=$(section $full .runtime)
upload=$(($(section $full .text .rodata) - $(section $elf .text .rodata)))
data=$(($(section $full .data .bss .stack) - arena))
echo "# uploads: runtime $runtime bytes, further text $upload bytes, data, bss and stack $data bytes," \
  "room $(section $full .room) bytes, slots $(section $full .slots) bytes"
tap_is "the runtime is at most 56 KiB, what looks after models at most 8 KiB" yes \
  "$([[ $runtime -le 57344 && $upload -le 8192 ]] && echo yes || echo "$runtime $upload")"
tap_is "RAM with uploads is at most 9 KiB besides room and slots" yes "$([[ $data -le 9216 ]] && echo yes || echo "$data")"
tap_is "every operator and every type is there" "" \
  "$(comm -23 <(operators <"$top_srcdir/nn/runtime/ops.h") <(arm-none-eabi-nm $full | awk '{ print $3 }' | sort -u))"
tap_run "Linux can load both" ./m4-lint $elf $full
tap_is "nothing is undefined" "" "$(arm-none-eabi-nm -u $elf $full | grep -v '^$\|:$')"
tap_done
