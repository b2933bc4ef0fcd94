#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bench-runtime.sh - the exported C and the table-driven runtime beside each other: on x86-64 nanoseconds as a ratio to plain
# portable C in the same run (the least of many, programs taking turns), and instructions executed on x86-64 and Cortex-A7.
set -u
# shellcheck source=tests/bench/export-cores.sh
. "${top_srcdir:?}/tests/bench/export-cores.sh"
shared=${POSTURED_SHARED:-$top_srcdir/../shared}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
turns=10

# stopwatch NAME DIR CORE FLAG...: $scratch/time/NAME, the exported module in DIR with a stopwatch
stopwatch()
{
  local name=$1 dir=$2
  shift 2
  gcc -std=gnu11 "$@" "-I$dir" "-I$top_srcdir" -o "$scratch/time/$name" "$dir/net.c" "$cores_bench/export-drive.c" \
    "$top_srcdir/tests/bench/time-host.c"
}

# stopwatch_runtime NAME MODEL OBJECTS: likewise the runtime
stopwatch_runtime()
{
  gcc -std=gnu11 -O2 "-I$top_srcdir" "-DMODEL_FILE=\"$2\"" -DROOM_BYTES=4194304 -o "$scratch/time/$1" \
    "$cores_bench/runtime-drive.c" "$top_srcdir/tests/bench/time-host.c" "$3"/*.o -lm
}

# least_times IN NAME...: sets least[NAME], nanoseconds
declare -A least
least_times()
{
  local in=$1 name time i
  shift
  least=()
  for ((i = 0; i < turns; i++)); do
    for name; do
      time=$("$scratch/time/$name" "$in" 2>/dev/null) || continue
      [[ -n ${least[$name]:-} && ${least[$name]} -le $time ]] || least[$name]=$time
    done
  done
}

row()
{
  printf '%-34s %12s %10s %14s\n' "$@"
}

# a7_count DIR OBJECTS: instructions of one run of DIR/model.pnn on Cortex-A7
a7_count()
{
  cores_build_runtime "$1" a7 "$1/model.pnn" "$2" >/dev/null 2>&1 || {
    echo '?'
    return
  }
  cores_count "$1" a7 | sed -n 's/.*mean \([0-9]*\).*/\1/p'
  [[ $(cores_compare "$1") == 0 ]] || echo "bench-nn: $1: outputs differ" >&2
}

# x86_count PROGRAM DIR COUNT: instructions of one nn_run()
x86_count()
{
  local total
  total=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect=nn_run "$1" "$2/in.bin" "$2/out.bin" 2>&1 |
    sed -n 's/.*Collected : //p')
  echo $((total / $3))
}

# measure WHAT COUNT MODEL: one table
measure()
{
  local what=$1 count=$2 dir=$scratch/model name instructions
  rm -rf "$dir" "$scratch/time"
  mkdir -p "$dir/plain" "$dir/x86" "$scratch/time"
  cp "$3" "$dir/model.pnn"
  cores_vectors "$dir" - runtime "$count" "$dir/model.pnn" >/dev/null
  local names=()
  cores_vectors "$dir/plain" generic runtime 2 "$3" >/dev/null 2>&1 &&
    stopwatch plain-c "$dir/plain" -O3 -DNN_PLAIN_C 2>/dev/null && names+=(plain-c)
  cores_vectors "$dir/x86" x86 runtime 2 "$3" >/dev/null 2>&1 &&
    stopwatch exported-avx2 "$dir/x86" -O3 -mavx2 2>/dev/null && names+=(exported-avx2)
  for name in portable sse2 avx2; do
    stopwatch_runtime "runtime-$name" "$dir/model.pnn" "$scratch/$name" && names+=("runtime-$name")
  done
  least_times "$dir/in.bin" "${names[@]}"
  echo
  row "$what" "x86-64 ns" "ratio" "instructions"
  for name in "${names[@]}"; do
    instructions=-
    if [[ $name == runtime-* ]] && command -v valgrind >/dev/null; then
      cores_build_runtime "$dir" host "$dir/model.pnn" "$scratch/${name#runtime-}" >/dev/null 2>&1 &&
        instructions=$(x86_count "$dir/net-host" "$dir" "$count")
    fi
    row "  $name" "${least[$name]:--}" "$(awk -v a="${least[$name]:-0}" -v b="${least[plain-c]:-0}" \
      'BEGIN { if (b > 0) printf "%.3f", a / b; else print "-" }')" "$instructions"
  done
  for name in a7-portable a7-neon; do
    [[ ! -d $scratch/$name ]] || row "  runtime on Cortex-A7, ${name#a7-}" - - "$(a7_count "$dir" "$scratch/$name")"
  done
}

cores_compile_runtime "$scratch/portable" host -O3 -DNN_PLAIN_C
cores_compile_runtime "$scratch/sse2" host -O3 -DNN_NO_AVX2
cores_compile_runtime "$scratch/avx2" host -O3
if cores_have a7; then
  cores_compile_runtime "$scratch/a7-portable" a7 -O3 -DNN_PLAIN_C
  cores_compile_runtime "$scratch/a7-neon" a7 -O3
fi
recordings=$top_srcdir/tests/golden/recordings
float=$top_srcdir/tests/golden/handposture.pnn
echo
echo "Exported C and the table-driven runtime. ns: the least of $turns turns of 50 ms each, which other load can still disturb;"
echo "ratio: to plain portable C. Without AVX2 avx2 is sse2."
for mode in int8 int16x8; do
  "${top_builddir:?}/posture-model" quantize --mode="$mode" --calibrate="$recordings" -o "$scratch/$mode.pnn" "$float" >/dev/null &&
    measure "ST's network, $mode" 200 "$scratch/$mode.pnn"
done
measure "ST's network, float" 200 "$float"
cifar10=$shared/data/models/seed3/network_CIFAR10/network_with_quant.tflite
if [[ -e $cifar10 ]]; then
  "$top_builddir/posture-model" import -o "$scratch/cifar10.pnn" "$cifar10" >/dev/null && measure "CIFAR10, int8" 2 "$scratch/cifar10.pnn"
fi
