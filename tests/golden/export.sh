#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# export.sh - `posture-model export` from the outside: files, names, refusals, and modules that compile without a warning
# and pass their self-test, for every core and both kinds of numbers.
set -u
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"
model=${top_builddir:?}/posture-model
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cc=${CC:-cc}

refusal()
{
  "$model" export "$@" 2>&1 >/dev/null </dev/null
}

check_command_line()
{
  tap_is "the files have the model's name" "$scratch/named/handposture.h $scratch/named/handposture.c" \
    "$("$model" export --c "$scratch/named" | grep -v '^arena' | xargs)"
  tap_is "an empty name is the built-in model" "$scratch/empty/handposture.h $scratch/empty/handposture.c" \
    "$("$model" export --c "$scratch/empty" "" | grep -v '^arena' | xargs)"
  tap_is "an unknown core is refused" 'posture-model export: core "z80": m4, a7, x86 and generic are there' \
    "$(refusal --c "$scratch/no" --core z80)"
  tap_is "a name must be one of C" \
    'posture-model export: name "7up": letters, digits and _ make a C identifier, up to 47 of them' \
    "$(refusal --c "$scratch/no" --name 7up)"
  tap_is "nothing is written then" no "$([[ -e $scratch/no ]] && echo yes || echo no)"
  "$model" export >/dev/null 2>&1
  tap_is "without a folder it is wrong use" 2 $?
}

# build DIR: the module and a program around its self-test
build()
{
  cat >"$1/main.c" <<'END'
#include "net.h"

static unsigned char arena[NET_ARENA_BYTES] __attribute__((aligned(16)));

int main(void)
{
	return net_selftest(arena) ? 1 : 0;
}
END
  "$cc" -std=gnu11 -O2 -Wall -Wextra -Wconversion -Werror "-I$1" -o "$1/selftest" "$1/net.c" "$1/main.c"
}

# The M4's own instructions are only in what its compiler sees.
check_m4_compiles()
{
  command -v arm-none-eabi-gcc >/dev/null || {
    tap_skip "modules for m4 compile without a warning" "no arm-none-eabi-gcc"
    return
  }
  local kind
  for kind in float int8; do
    tap_run "$kind for m4 compiles without a warning" arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -O2 -ffreestanding -std=gnu11 \
      -Wall -Wextra -Wshadow -Wconversion -Werror -c -o /dev/null "$scratch/m4-$kind/net.c"
  done
}

check_core()
{
  local core=$1 kind=$2 dir=$scratch/$1-$2
  tap_run "$kind is exported for $core" "$model" export --c "$dir" --core "$core" --name net "$3"
  tap_run "$kind for $core compiles, here in plain C" build "$dir"
  tap_run "$kind for $core passes its self-test" "$dir/selftest"
  tap_is "$kind for $core includes nothing of ours" "" "$(grep '#include "' "$dir/net.c" | grep -v '"net.h"')"
  sed -i 's/sample_out\[\] = {/&\n 77, /' "$dir/net.c"
  build "$dir" >/dev/null 2>&1
  "$dir/selftest" && tap_not_ok "$kind for $core: a wrong result fails" "" || tap_ok "$kind for $core: a wrong result fails"
}

check_command_line
command -v "$cc" >/dev/null || {
  tap_skip "modules compile" "no C compiler"
  tap_done
}
"$model" quantize --mode=int8 --calibrate="$top_srcdir/tests/golden/recordings" -o "$scratch/int8.pnn" \
  "$top_srcdir/tests/golden/handposture.pnn" >"$scratch/log" 2>&1 || tap_not_ok "the model becomes int8" "$(<"$scratch/log")"
for core in generic m4 a7 x86; do
  check_core "$core" float "$top_srcdir/tests/golden/handposture.pnn"
  check_core "$core" int8 "$scratch/int8.pnn"
done
check_m4_compiles
tap_done
