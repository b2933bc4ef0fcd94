#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # jq's variables
# bench.sh - posture-model bench on other cores: what it says of a float model and its integer form.
set -u
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export TMPDIR=$scratch
model=${top_builddir:?}/posture-model
float=$top_srcdir/tests/golden/handposture.pnn

have()
{
  local command
  for command; do
    command -v "$command" >/dev/null || return 1
  done
}

# bench NAME ARGUMENT...: output in $scratch/NAME.json; prints the exit status.
bench()
{
  local name=$1
  shift
  "$model" bench --json "$@" >"$scratch/$name.json" 2>"$scratch/error"
  echo $?
}

get()
{
  jq -r "$2" "$scratch/$1.json"
}

check_core()
{
  local core=$1
  tap_is "$core: counted" 0 "$(bench "$core" --core="$core" --compare "$float" "$scratch/i8.pnn")"
  tap_is "$core: both are exported" "true true" "$(get "$core" 'map(.exported) | join(" ")')"
  tap_is "$core: integers come out as here" 0 "$(get "$core" '.[1].output_bytes_that_differ')"
  tap_is "$core: integers are less work" true "$(get "$core" '.[1].instructions < .[0].instructions')"
  tap_is "$core: there is code, constants, arena, stack" true \
    "$(get "$core" 'all(.code_bytes > 500 and .weights_bytes > 2800 and .arena_bytes >= 128 and .stack_bytes > 15)')"
  tap_is "$core: the calls are nearly the whole" true \
    "$(get "$core" 'all((.layers | map(.instructions) | add) as $sum | $sum > 0.9 * .instructions and $sum < 1.1 * .instructions)')"
  tap_is "$core: time is instructions by clock" true \
    "$(get "$core" 'all((.instructions / .clock_mhz - .estimated_us_at_1_cycle) | fabs < 0.001)')"
}

# The shipped network has 11 filters, which fill no vector.
check_odd()
{
  tap_is "a7: channels that fill no vector have a kernel of their own" "0 0 true" \
    "$(bench odd --core=a7 "") $(get odd '.[0].output_bytes_that_differ') $(get odd '.[0].layers | map(.call) | join(" ") | test("nn_conv_a7")')"
}

# The table-driven runtime, which also takes what can't be exported.
check_runtime()
{
  tap_is "the runtime is counted" "0 false" \
    "$(bench runtime --core=a7 --runtime "$scratch/i8.pnn") $(get runtime '.[0].exported')"
  tap_is "its integers come out as here" 0 "$(get runtime '.[0].output_bytes_that_differ')"
  tap_is "all its operators are counted" true \
    "$(get runtime '.[0] | (.layers | map(.operators) | add) >= 5 and (.layers | map(.instructions) | add) > 0.9 * .instructions')"
  tap_is "a module is less work" true \
    "$(jq -s '.[0][0].instructions > .[1][1].instructions' "$scratch/runtime.json" "$scratch/a7.json")"
}

check_budget()
{
  tap_is "mp1 has room for it" 0 "$(bench fit --core=m4 --target=mp1-retram "$scratch/i8.pnn")"
  tap_is "code, constants and data count" true \
    "$(get fit '.[0] | .fits[0].needed_bytes == .code_bytes + .weights_bytes + .arena_bytes + .stack_bytes')"
  tap_is "too little flash" "1 false" \
    "$(bench no --core=m4 --flash=4000 --ram=1K "$scratch/i8.pnn") $(get no '.[0].fits | map(select(.memory == "flash"))[0].fits')"
}

# A folder of commands without the compilers.
check_missing()
{
  mkdir "$scratch/bin"
  ln -s "$(command -v sh)" "$scratch/bin/sh"
  PATH=$scratch/bin "$model" bench --core=m4 "$float" 2>"$scratch/error"
  tap_is "without tools it names packages" \
    "1 apt install gcc qemu-system-arm gcc-arm-none-eabi" "$? $(grep -o 'apt install.*' "$scratch/error")"
  tap_is "nothing is left behind" "" "$(find "$scratch" -name 'posture-model.*')"
}

check_here()
{
  tap_is "here: json" "0 8520" "$(bench here --runs=1 "$float") $(get here '.[0].macc')"
  tap_is "here: layers" 6 "$(get here '.[0].layers | length')"
  tap_is "an unknown core is wrong use" 2 "$(bench x --core=riscv "")"
  tap_is "a clock of nothing is wrong use" 2 "$(bench x --core=m4 --clock=0 "")"
  tap_is "an unknown target is wrong use" 2 "$(bench x --target=moon "")"
}

have jq || tap_skip_all "jq is not installed"
"$model" quantize --mode=int8 --calibrate "$top_srcdir/tests/golden/recordings" -o "$scratch/i8.pnn" "$float" >/dev/null || exit 1
check_here
check_missing
if have gcc arm-none-eabi-gcc qemu-system-arm; then
  check_core m4
  check_budget
else
  tap_skip "m4" "arm-none-eabi-gcc or qemu-system-arm is not installed"
fi
if have gcc arm-linux-gnueabihf-gcc qemu-arm; then
  check_core a7
  check_odd
  check_runtime
else
  tap_skip "a7" "arm-linux-gnueabihf-gcc or qemu-arm is not installed"
fi
tap_done
