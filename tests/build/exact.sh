#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# exact.sh - exported modules and the table-driven runtime make the same bytes on x86-64, Cortex-A7 and Cortex-M4, vectorised
# and in plain C, in both rounding modes, for random inputs and for all recordings of the team's library; networks of
# convolutions and of all operators among them.
set -u
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"
# shellcheck source=tests/bench/export-cores.sh
. "$top_srcdir/tests/bench/export-cores.sh"
shared=${POSTURED_SHARED:-$top_srcdir/../shared}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
recordings=()
[[ ! -d $shared/data/handposture ]] || recordings=("$shared/data/handposture")
st=$shared/data/models/st/VL53L8CX/CNN2D_ST_HandPosture_8classes.h5

# portable_layers MODULE: calls of the kernels that a core with vectors has its own for; a depthwise one of floats may have a
# multiplier, which they don't take.
portable_layers()
{
  grep -E '^\s+nn_((depthwise_)?conv_2d_(i8|i16|hybrid)|conv_2d_f32|dense_f32|max_pool_2d_[a-z0-9]+)\(' "$1"
}

# module CORE MODE COUNT [MODEL [RECORDINGS]]: on every machine that its code is meant for.
module()
{
  local core=$1 mode=$2 dir=$scratch/$1-$2 count
  shift 2
  count=$(cores_vectors "$dir" "$core" "$mode" "$@") || {
    tap_not_ok "$core $mode is exported" ""
    return
  }
  case $core in
    x86 | a7) tap_empty "$core, $mode: no layer by portable C" "$(portable_layers "$dir/net.c")" ;;
  esac
  cores_check "$core, $mode, $count inputs: plain C on x86-64" "$dir" host -O1 -DNN_PLAIN_C
  case $core in
    x86)
      cores_check "$core, $mode: SSE2 on x86-64" "$dir" host -O2
      if grep -q ' avx2 ' /proc/cpuinfo; then
        cores_check "$core, $mode: AVX2 on x86-64" "$dir" host -O3 -mavx2
      fi
      ;;
    a7) cores_check "$core, $mode: NEON on Cortex-A7" "$dir" a7 -O2 ;;
    m4) cores_check "$core, $mode: DSP and FPU on Cortex-M4" "$dir" m4 -O2 ;;
    generic)
      cores_check "$core, $mode: Cortex-A7" "$dir" a7 -O2
      cores_check "$core, $mode: Cortex-M4" "$dir" m4 -O2
      ;;
  esac
}

# compile NAME CORE FLAG...: the runtime's objects in $scratch/objects-NAME; the flags are about nn/runtime/cores alone.
compile()
{
  local name=$1 core=$2 objects=$scratch/objects-$1 rest=$scratch/rest-$2
  shift 2
  if ! cores_have "$core"; then
    tap_skip "runtime, $name" "no compiler or emulator for $core"
    return 1
  fi
  [[ ! -d $rest ]] || cp -r "$rest" "$objects"
  if ! cores_compile_runtime "$objects" "$core" -O2 "$@" >"$scratch/log" 2>&1; then
    tap_not_ok "runtime, $name: is compiled" "$(<"$scratch/log")"
    return 1
  fi
  [[ -d $rest ]] || { cp -r "$objects" "$rest" && rm "$rest"/cores-*; }
}

# runtime NAME CORE FLAG...: the table-driven runtime with every model that has vectors in $scratch/runtime.
runtime()
{
  local name=$1 core=$2 dir built
  compile "$@" || return
  for dir in "$scratch"/runtime/*/; do
    built=$(cores_build_runtime "$dir" "$core" "$dir/model.pnn" "$scratch/objects-$name" 2>&1) || {
      tap_not_ok "runtime, $name: is linked" "$built"
      continue
    }
    cores_run "$dir" "$core" >"$dir/log" 2>&1
    tap_is "runtime, $(basename "$dir"), $(<"$dir/count") inputs: $name" 0 "$(cores_compare "$dir")"
  done
  random "$name" "$core"
}

# random NAME CORE: that runtime's kernels of the core against the portable ones, random operators and shapes.
random()
{
  local name=$1 core=$2 what=$1 dir=$scratch/random report
  mkdir -p "$dir"
  : >"$dir/in.bin"
  [[ -d $scratch/objects-$name ]] || name=${name%%,*}
  report=$(cores_build_random "$dir" "$core" "$scratch/objects-$name" 2>&1) || {
    tap_not_ok "random operators, $name: is linked" "$report"
    return
  }
  report=()
  cores_run "$dir" "$core" >"$dir/log" 2>&1
  # As struct cores_report says: cases, taken by a kernel of the core, together, wrong.
  read -r -a report < <(od -An -tu4 "$dir/out.bin" 2>/dev/null)
  tap_is "random operators, ${report[1]-0} of ${report[0]-0} by kernels of the core: $what" "0 wrong" "${report[3]--} wrong"
  taken=${report[1]-0}
}

# What is compiled for any armhf takes NEON's kernels where the processor has NEON, and does without where it has none.
armhf()
{
  local with
  compile "armhf" armhf || return
  random "armhf" armhf
  with=$taken
  cores_cpu=cortex-a7,neon=off
  random "armhf, no NEON" armhf
  cores_cpu=
  tap_is "armhf: more kernels where there is NEON" yes "$([[ $with -gt $taken ]] && echo yes)"
}

# Models for the runtime, and what its portable kernels, as they are built here, make of their inputs.
runtime_models()
{
  local mode rounding dir inputs
  for mode in "int8 single" "int8 double" "int16x8 single" "int16x8 double" "drq single"; do
    read -r mode rounding <<<"$mode"
    inputs=("${recordings[@]}")
    [[ $mode != drq ]] || inputs=()
    dir=$scratch/runtime/$mode-$rounding
    mkdir -p "$dir"
    if ! "${top_builddir:?}/posture-model" quantize --mode="$mode" --rounding="$rounding" \
      --calibrate="$top_srcdir/tests/golden/recordings" -o "$dir/model.pnn" "${1:-$top_srcdir/tests/golden/handposture.pnn}" \
      >/dev/null 2>&1 || ! cores_vectors "$dir" - runtime 500 "$dir/model.pnn" "${inputs[@]}" >"$dir/count"; then
      tap_not_ok "runtime, $mode, $rounding: a model" ""
      rm -r "$dir"
    fi
  done
}

model=
if [[ -e $st ]] && "${top_builddir:?}/posture-model" import "$st" -o "$scratch/st.pnn" >/dev/null 2>&1; then
  model=$scratch/st.pnn
fi
for core in generic x86 a7 m4; do
  integers=(convs operators-int8 operators-int16x8)
  floats=(float drq)
  case $core in
    generic | m4) # of these x86 and a7 have no kernels of their own, their modules are generic's
      integers+=(operators-uint8)
      floats+=(float16 weights8)
      ;;
  esac
  for rounding in single double; do
    for mode in "${integers[@]}"; do
      module "$core" "$mode-$rounding" 30
    done
  done
  for form in "${floats[@]}"; do
    module "$core" "operators-$form-single" 30
  done
  for mode in float single double; do
    module "$core" "$mode" 500 "$model" "${recordings[@]}"
  done
done
runtime_models "$model"
runtime "plain C on x86-64" host -DNN_PLAIN_C
runtime "SSE2 on x86-64" host -DNN_NO_AVX2
if grep -q ' avx2 ' /proc/cpuinfo; then
  runtime "AVX2 on x86-64" host
fi
runtime "plain C on Cortex-A7" a7 -DNN_PLAIN_C
runtime "NEON on Cortex-A7" a7
runtime "DSP on Cortex-M4" m4
armhf
tap_done
