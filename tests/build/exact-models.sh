#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# exact-models.sh - every model of the team's library as an exported module: the same bytes as the runtime, in plain C on
# the PC; some of each kind on Cortex-M4 and Cortex-A7 as well, with the core's own kernels. And no C library.
set -u
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"
# shellcheck source=tests/bench/export-cores.sh
. "$top_srcdir/tests/bench/export-cores.sh"
models=${POSTURED_SHARED:-$top_srcdir/../shared}/data/models
[[ -d $models ]] || tap_skip_all "no models at $models"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# exact WHAT MODEL CORE MACHINE
exact()
{
  local dir=$scratch/$3
  rm -rf "$dir"
  cores_vectors "$dir" "$3" runtime 1 "$2" >"$scratch/log" 2>&1 || {
    tap_not_ok "$1 is exported for $3" "$(<"$scratch/log")"
    return
  }
  cores_check "$1: $3" "$dir" "$4" -O2
}

# Arenas that were promised, in bytes.
promise()
{
  tap_is "$1: arena with workspace at most $2 bytes" yes \
    "$(sed -n 's/.*ARENA_BYTES = \([0-9]*\),/\1/p' "$scratch/m4/net.h" | awk -v most="$2" '{ print $1 <= most ? "yes" : $1 }')"
}

no_library()
{
  cores_have m4 || return
  tap_empty "$1: nothing but itself is called on the M4" "$(arm-none-eabi-nm -u "$scratch/m4/net.o")"
}

declare -A seen
while read -r file; do
  name=${file#"$models"/}
  hash=$(sha256sum <"$file")
  [[ -z ${seen[$hash]:-} ]] || continue # the same file once more
  seen[$hash]=1
  if ! "${top_builddir:?}/posture-model" import "$file" -o "$scratch/model.pnn" >"$scratch/log" 2>&1; then
    if grep -q 'built without' "$scratch/log"; then
      tap_skip "$name" "$(<"$scratch/log")"
    else
      tap_not_ok "$name is imported" "$(<"$scratch/log")"
    fi
    continue
  fi
  exact "$name" "$scratch/model.pnn" generic host
  case $name in
    */network_CIFAR10/network_with_quant.tflite | */network_MNIST/network_with_quant.tflite | *quantization/network_FIQ_int_only_IIOT.tflite | \
      tflm/*.tflite | seed0/trained_model.onnx | */network_INT16_INT8*.tflite | st/VL53L8CX/*.h5)
      for core in m4 a7; do
        exact "$name" "$scratch/model.pnn" "$core" "$core"
      done
      no_library "$name"
      ;;
  esac
  case $name in
    */network_CIFAR10/network_with_quant.tflite) promise "$name" 44646 ;;
    */network_MNIST/network_with_quant.tflite) promise "$name" 1198 ;;
  esac
done < <(find "$models" \( -name '*.tflite' -o -name '*.onnx' -o -name '*.h5' \) | sort)
tap_done
