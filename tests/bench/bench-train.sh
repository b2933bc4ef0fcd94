#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bench-train.sh - instructions per sample of training, counted by callgrind, and for the Cortex-A7 by QEMU, where these
# are there; then seconds and memory. Called by `make bench-train`.
set -eu
program=${top_builddir:?}/tests/bench/bench-train
samples=2048
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# host WHAT: instructions of all samples.
host()
{
  valgrind --tool=callgrind --callgrind-out-file="$scratch/out" --toggle-collect=bench_work "$program" count "$1" 2>&1 |
    sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

# cortex WHAT: the same on the emulated Cortex-A7.
cortex()
{
  local address
  address=$(arm-linux-gnueabihf-nm "$scratch/a7" | awk '/ bench_begin$/ { b = $1 } / bench_end$/ { e = $1 } END { print "start=0x" b ",stop=0x" e }')
  qemu-arm -cpu cortex-a7 -plugin "$scratch/icount.so,$address" -d plugin "$scratch/a7" count "$1" 2>&1 |
    sed -n 's/.*mean \([0-9]*\).*/\1/p'
}

# report NAME COUNTER: per sample; what a training does besides the way forward is the way back with the optimiser.
report()
{
  local name=$1 counter=$2 augment forward train
  augment=$(($("$counter" augment) / samples))
  forward=$(($("$counter" forward) / samples))
  train=$(($("$counter" train) / samples))
  echo "$name.augment $augment"
  echo "$name.forward $forward"
  echo "$name.backward $((train - forward))"
  echo "$name.sample $((train + augment))"
  total=$((train + augment))
}

build_a7()
{
  cd "${top_srcdir:?}"
  mkdir "$scratch/include"
  echo '#define PACKAGE_VERSION "bench"' >"$scratch/include/config.h"
  gcc -shared -fPIC -O2 -w -o "$scratch/icount.so" nn/bench/icount.c
  # shellcheck disable=SC2086,SC2154 # a list, set by make
  arm-linux-gnueabihf-gcc -std=gnu11 -O3 -D_GNU_SOURCE -mcpu=cortex-a7 -mfpu=neon-vfpv4 -ffp-contract=off \
    -fno-math-errno -fno-trapping-math -w -static -ffunction-sections -Wl,--gc-sections -I"$scratch/include" -I. \
    -o "$scratch/a7" $sources -lpthread -lm
}

if command -v valgrind >/dev/null; then
  report instructions host
else
  echo "instructions: valgrind is missing"
fi
if command -v arm-linux-gnueabihf-gcc >/dev/null && command -v qemu-arm >/dev/null; then
  (build_a7)
  report a7 cortex
  # In order, partly dual issue: about one instruction a cycle when floats wait for floats and memory is near.
  awk -v n="$total" 'BEGIN { printf "a7.minutes_of_150_epochs_at_650_MHz %.1f (one instruction a cycle)\n", n * 150 * 8500 / 650e6 / 60 }'
else
  echo "a7: arm-linux-gnueabihf-gcc or qemu-arm is missing"
fi
"$program" time
