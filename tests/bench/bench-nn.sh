#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bench-nn.sh - counts what exported modules cost: ST's CNN2D_ST_HandPosture shape (2,752 parameters, 7,744
# multiplications), instructions executed (not timed), bytes of code and constants, arena, painted stack.
set -u
# shellcheck source=tests/bench/export-cores.sh
. "${top_srcdir:?}/tests/bench/export-cores.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
inputs=200

row()
{
  printf '%-34s %10s %10s %10s   %s\n' "$@"
}

# measure CORE MODE FLAG...: prints "instructions text const arena stack"
measure()
{
  local core=$1 mode=$2 machine=$1 dir=$scratch/$1-$2
  shift 2
  [[ $core != x86 ]] || machine=host
  cores_have "$machine" || {
    echo "- - - - -"
    return
  }
  cores_vectors "$dir" "$core" "$mode" "$inputs" >/dev/null && cores_build "$dir" "$machine" "$@" || {
    echo "? ? ? ? ?"
    return
  }
  if [[ $machine == host ]]; then
    command -v valgrind >/dev/null && echo "$(cores_callgrind "$dir" "$inputs") - - - -" || echo "- - - - -"
    return
  fi
  counts "$dir" "$core"
}

# counts DIR CORE: runs what was built; prints as measure()
counts()
{
  local dir=$1 core=$2 log
  log=$(cores_count "$dir" "$core")
  [[ $(cores_compare "$dir") == 0 ]] || echo "bench-nn: $dir: outputs differ" >&2
  echo "$(sed -n 's/.*mean \([0-9]*\).*/\1/p' <<<"$log") $(sizes "$dir" "$core") $(sed -n 's/NET_ARENA_BYTES = \([0-9]*\),/\1/p' \
    "$dir/net.h" | tr -d '\t') $(sed -n 's/.*stack 0*\([0-9]*\).*/\1/p' <<<"$log")"
}

# sizes DIR CORE: bytes of code and of constants, without the self-test's
sizes()
{
  [[ $2 == m4 ]] || {
    echo "- -"
    return
  }
  arm-none-eabi-size -A "$1/net.o" | awk '
    $1 ~ /^\.text/ && $1 !~ /selftest/ { text += $2 }
    $1 ~ /^\.rodata/ && $1 !~ /sample/ { constants += $2 }
    END { print text + 0, constants + 0 }'
}

# measure_model FILE: an int8 network of the team's library on the M4; prints "multiplications instructions text const arena
# stack". Multiplications are those of convolutions and dense layers.
measure_model()
{
  local dir=$scratch/model
  rm -rf "$dir"
  mkdir -p "$dir"
  { cores_have m4 && [[ -e $1 ]]; } || {
    echo "- - - - - -"
    return
  }
  "${top_builddir:?}/posture-model" import "$1" -o "$dir/model.pnn" >/dev/null &&
    cores_vectors "$dir" m4 runtime 1 "$dir/model.pnn" >/dev/null && cores_build "$dir" m4 -O2 || {
    echo "? ? ? ? ? ?"
    return
  }
  echo "$("$top_builddir/posture-model" info "$dir/model.pnn" | awk '/^ +(conv2d|depthwise|dense)/ {
    for (i = 1; i < NF; i++) if ($(i + 1) ~ /^multiplications/) n += $i } END { print n + 0 }') $(counts "$dir" m4)"
}

# model_rows NAME FILE MUST AIM PEER UNIT: UNIT is MAC when must and aim are instructions for each multiplication
model_rows()
{
  local macs m4 text constants arena stack each=- table
  read -r macs m4 text constants arena stack < <(measure_model "$2")
  [[ $macs == [-?] ]] || each=$(awk -v n="$m4" -v macs="$macs" 'BEGIN { printf "%.3f", n / macs }')
  if [[ $6 == MAC ]]; then
    row "$1, exported, gcc -O2" "$m4" - - "-"
    row "  for each of $macs MACs" "$each" "$3" "$4" "$5"
  else
    row "$1, exported, gcc -O2" "$m4" "$3" "$4" "$5"
    row "  for each of $macs MACs" "$each" - - "-"
  fi
  row "  text, bytes" "$text" - - "-"
  row "  constants, bytes" "$constants" - - "-"
  row "  arena with workspace, bytes" "$arena" "$7" - "$8"
  row "  stack, bytes" "$stack" - - "-"
  table=$(measure_runtime "$(imported "$2")" 1)
  if [[ $6 == MAC && $table == [0-9]* && $macs == [0-9]* ]]; then
    row "  table-driven, for each MAC" "$(awk -v n="$table" -v macs="$macs" 'BEGIN { printf "%.3f", n / macs }')" "${@:3:3}"
  else
    row "  table-driven" "$table" "${@:3:3}"
  fi
}

# measure_runtime MODEL COUNT [CORE]: instructions of the table-driven runtime with an int8 model, on the M4 if no core is
# named. Its kernels are built for speed where there is room for them.
measure_runtime()
{
  local dir=$scratch/runtime core=${3:-m4} speed=-O2
  [[ $core == m4 ]] || speed=-O3
  { cores_have m4 && cores_have a7 && [[ -n $1 ]]; } || {
    echo -
    return
  }
  [[ -d $scratch/objects-$core ]] || cores_compile_runtime "$scratch/objects-$core" "$core" "$speed" || return
  rm -rf "$dir"
  cores_vectors "$dir" - runtime "$2" "$1" >/dev/null && cores_build_runtime "$dir" "$core" "$1" "$scratch/objects-$core" || return
  cores_count "$dir" "$core" | sed -n 's/.*mean \([0-9]*\).*/\1/p'
  [[ $(cores_compare "$dir") == 0 ]] || echo "bench-nn: runtime: outputs differ" >&2
}

# measure_a7 MODEL: instructions of a module for the A7.
measure_a7()
{
  local dir=$scratch/a7-model
  { cores_have a7 && [[ -n $1 ]]; } || {
    echo -
    return
  }
  cores_vectors "$dir" a7 runtime 1 "$1" >/dev/null && cores_build "$dir" a7 -O2 || return
  cores_count "$dir" a7 | sed -n 's/.*mean \([0-9]*\).*/\1/p'
  [[ $(cores_compare "$dir") == 0 ]] || echo "bench-nn: a7: outputs differ" >&2
}

# quantised ROUNDING: a model file of ST's shape with integers
quantised()
{
  "${top_builddir:?}/posture-model" quantize --mode=int8 --rounding="$1" --calibrate="$top_srcdir/tests/golden/recordings" \
    -o "$scratch/$1.pnn" "$top_srcdir/tests/golden/handposture.pnn" >/dev/null && echo "$scratch/$1.pnn"
}

# imported FILE: a model file of a network of the team's library
imported()
{
  "$top_builddir/posture-model" import "$1" -o "$scratch/imported.pnn" >/dev/null && echo "$scratch/imported.pnn"
}

echo "ST's CNN2D_ST_HandPosture, instructions of one run; peers as measured on 2026-11-21 with their latest versions"
row "" "ours" "must" "aim" "best peer"
read -r m4 text constants arena stack < <(measure m4 single -O3)
row "M4 int8, exported, gcc -O3" "$m4" 12000 9000 "54964 CMSIS-NN"
read -r m4 text constants arena stack < <(measure m4 single -O2)
row "M4 int8, exported, gcc -O2" "$m4" 12000 9000 "54964 CMSIS-NN"
row "  text, bytes" "$text" 3584 2560 "16128 CMSIS-NN"
row "  constants, bytes" "$constants" 3481 3379 "3248 CMSIS-NN"
row "  arena with input and output, bytes" "$arena" 560 512 "488 CMSIS-NN"
row "  stack, bytes" "$stack" 256 160 "1036 CMSIS-NN"
read -r m4 text constants arena stack < <(measure m4 double -O2)
row "M4 int8, double rounding, -O2" "$m4" 12000 9000 "54964 CMSIS-NN"
row "M4 int8, table-driven, gcc -O2" "$(measure_runtime "$(quantised single)" "$inputs")" 18000 13000 "56447 TFLM+CMSIS-NN"
row "M4 int8, table-driven, double, -O2" "$(measure_runtime "$(quantised double)" "$inputs")" 18000 13000 "56447 TFLM+CMSIS-NN"
read -r m4 text constants arena stack < <(measure m4 float -O2)
row "M4 float, exported, gcc -O2" "$m4" 24000 18500 "42524 onnx2c"
row "  text, bytes" "$text" - - "2324 onnx2c"
read -r a7 _ < <(measure a7 single -O2)
row "A7 int8, NEON, gcc -O2" "$a7" 5000 4000 "10320 XNNPACK"
read -r a7 _ < <(measure a7 float -O2)
row "A7 float, NEON, gcc -O2" "$a7" 7500 5000 "10819 XNNPACK"
read -r x86 _ < <(measure x86 single -O3 -mavx2)
row "x86-64 int8, AVX2, gcc -O3" "$x86" 4000 2300 "13298 XNNPACK"
read -r x86 _ < <(measure x86 float -O3 -mavx2)
row "x86-64 float, AVX2, gcc -O3" "$x86" 4000 2300 "15068 XNNPACK"
models=${POSTURED_SHARED:-$top_srcdir/../shared}/data/models
if [[ -d $models ]]; then
  model_rows "M4 CIFAR10 int8" "$models/seed3/network_CIFAR10/network_with_quant.tflite" 1.5 1.0 "2.5 TFLM+CMSIS-NN" MAC \
    44646 "73012 TFLM"
  model_rows "M4 CIFAR100 int8" \
    "$models/seed3/network_CIFAR100/pruning_model/pruning_network_FIQ_int_only_IIOT.tflite" 50000000 35000000 \
    "128980000 TFLM+CMSIS-NN" all - "83732 TFLM"
  model_rows "M4 MNIST int8" "$models/seed3/network_MNIST/network_with_quant.tflite" 399838 - "399838 TFLM+CMSIS-NN" all \
    1198 "1844 TFLM"
  cifar=$(imported "$models/seed3/network_CIFAR10/network_with_quant.tflite")
  row "A7 CIFAR10 int8, exported, gcc -O2" "$(measure_a7 "$cifar")" - - -
  row "  table-driven" "$(measure_runtime "$cifar" 1 a7)" - - -
fi
cat <<'END'

Commands, for a module in DIR (tests/bench/export-cores.sh has them in full):
  posture-model export --c DIR --core m4 --name net MODEL
  arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16 -ffreestanding -O2 -c DIR/net.c
  qemu-system-arm -M mps2-an386 -plugin icount.so,start=...,stop=... -kernel net-m4      executed instructions
  qemu-arm -cpu cortex-a7 -plugin icount.so,start=...,stop=... net-a7 in.bin out.bin
  valgrind --tool=callgrind --toggle-collect=net_run net-host in.bin out.bin
  arm-none-eabi-size -A net.o                                                            text, constants
END
