#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh - posture-model run from the outside: arrays, pictures, recordings, real networks on real digits, and .tflite
# files of our own.
set -u
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"
shared=${POSTURED_SHARED:-$top_srcdir/../shared}/data/models
model=${top_builddir:?}/posture-model
nets=$top_srcdir/tests/fuzz/corpus/tflite
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# npy DESCR SHAPE BYTES FILE: an array of zeros but for what BYTES (a printf format) says first.
npy()
{
  local header length
  header="{'descr': '$1', 'fortran_order': False, 'shape': ($2), }"
  length=$(((${#header} + 10 + 1 + 63) / 64 * 64 - 10))
  # shellcheck disable=SC2059
  {
    printf '\x93NUMPY\x01\x00'
    printf "\\x$(printf %02x $((length % 256)))\\x$(printf %02x $((length / 256)))"
    printf "%-$((length - 1))s\n" "$header"
    printf "$3"
  } >"$4"
}

# zeros N: so many bytes of a printf format.
zeros()
{
  printf '\\x00%.0s' $(seq "$1")
}

# refusal ARGUMENT...: what run says on stderr, and its exit status.
refusal()
{
  "$model" run "$@" 2>&1 >/dev/null
  echo "|$?"
}

check_arrays()
{
  npy '<f4' '2, 8, 8, 2' "$(zeros 1024)" "$scratch/f4.npy"
  npy '<f8' '8, 8, 2' "$(zeros 1024)" "$scratch/f8.npy"
  npy '|u1' '1, 8, 8, 2' "$(zeros 128)" "$scratch/u1.npy"
  npy '|i1' '1, 8, 8, 2' "$(zeros 128)" "$scratch/i1.npy"
  npy '<f4' '8, 8' "$(zeros 256)" "$scratch/small.npy"
  npy '>f4' '1, 8, 8, 2' "$(zeros 512)" "$scratch/big.npy"
  head -c 300 "$scratch/f4.npy" >"$scratch/short.npy"

  local one
  one=$("$model" run "$nets/float.tflite" "$scratch/f8.npy")
  tap_is "one line of five outputs a sample" "5" "$(wc -w <<<"$one")"
  tap_is "a batch has a line for each sample" "$one"$'\n'"$one" "$("$model" run "$nets/float.tflite" "$scratch/f4.npy")"
  tap_is "probabilities add up to 1" "1.000" \
    "$(awk '{ for (i = 1; i <= NF; i++) sum += $i; printf "%.3f", sum }' <<<"$one")"
  npy '<f4' '1, 2, 8, 8' "$(zeros 252)\x00\x00\x80\x3f$(zeros 256)" "$scratch/first.npy"
  npy '<f4' '1, 8, 8, 2' "$(zeros 504)\x00\x00\x80\x3f$(zeros 4)" "$scratch/last.npy"
  npy '<f4' '3, 128' "$(zeros 1536)" "$scratch/flat.npy"
  npy '<f4' '16, 2, 4' "$(zeros 512)" "$scratch/other.npy"
  tap_is "channels may come first, as in PyTorch's arrays" "$("$model" run "$nets/float.tflite" "$scratch/last.npy")" \
    "$("$model" run "$nets/float.tflite" "$scratch/first.npy")"
  tap_is "samples may be flat" "3" "$("$model" run "$nets/float.tflite" "$scratch/flat.npy" | wc -l)"
  tap_is "another shape is refused with both" \
    "posture-model run: $scratch/other.npy: the array is 16x2x4, the network takes samples of 8x8x2|1" \
    "$(refusal "$nets/float.tflite" "$scratch/other.npy" | tr -d '\n')"
  tap_is "the largest come first" "$(tr ' ' '\n' <<<"$one" | sort -gr | head -2 | xargs)" \
    "$("$model" run --top=2 "$nets/float.tflite" "$scratch/f8.npy" | sed 's/[^ ]*=//g')"
  tap_is "--raw gives integers of an int8 network" "5" \
    "$("$model" run --raw "$nets/int8.tflite" "$scratch/i1.npy" | tr ' ' '\n' | grep -cx -- '-\{0,1\}[0-9]*')"
  tap_is "bytes of a uint8 network go in as they are" "5" \
    "$("$model" run "$nets/uint8.tflite" "$scratch/u1.npy" | wc -w)"
  tap_is "bytes with a meaning are values" "$one" \
    "$("$model" run --preprocess=scale "$nets/float.tflite" "$scratch/u1.npy")"
  tap_is "bytes without a meaning are refused" "yes|1" "$(refusal "$nets/float.tflite" "$scratch/u1.npy" |
    sed 's/.*say with --preprocess what they mean.*/yes/' | tr -d '\n')"
  tap_is "half a sample is refused" "yes|1" "$(refusal "$nets/float.tflite" "$scratch/small.npy" |
    sed 's/.*64 numbers are no whole samples of 128/yes/' | tr -d '\n')"
  tap_is "big-endian is refused" "yes|1" "$(refusal "$nets/float.tflite" "$scratch/big.npy" |
    sed 's/.*this type is not supported.*/yes/' | tr -d '\n')"
  tap_is "a cut file is refused" "yes|1" "$(refusal "$nets/float.tflite" "$scratch/short.npy" |
    sed 's/.*more or fewer items than its shape says/yes/' | tr -d '\n')"
}

check_export()
{
  local kind
  for kind in float int8 int16x8 uint8 hybrid; do
    "$model" export --tflite "$scratch/again.tflite" "$nets/$kind.tflite" >/dev/null
    tap_is "$kind out as .tflite and in again says the same" "$("$model" run "$nets/$kind.tflite" "$scratch/f4.npy")" \
      "$("$model" run "$scratch/again.tflite" "$scratch/f4.npy")"
  done
}

check_recordings()
{
  tap_is "a recording gives a line for each frame" "yes" \
    "$("$model" run --top=1 "" "$top_srcdir/tests/golden/recordings" | grep -vcE '^([A-Za-z]+=[0-9.e-]+|no hand)$' |
      sed 's/^0$/yes/')"
}

# right LABELS: how many lines on stdin begin with the label.
right()
{
  cut -d= -f1 | paste -d= - "$1" | awk -F= '$1 == $2 { n++ } END { print n + 0 }'
}

check_real()
{
  if [[ ! -r $shared/mnist100/labels.csv ]]; then
    tap_skip "real networks" "data/models is not there"
    return
  fi
  sed 1d "$shared/mnist100/labels.csv" | cut -d, -f2 >"$scratch/digits"
  sed 1d "$shared/cifar9/labels.csv" | cut -d, -f3 >"$scratch/things"
  local net
  for net in network network_with_quant; do
    tap_is "MNIST $net: 98 of 100" 98 "$("$model" run --top=1 --preprocess=scale \
      "$shared/seed3/network_MNIST/$net.tflite" "$shared/mnist100/images_u8_100x28x28.npy" | right "$scratch/digits")"
    tap_is "CIFAR10 $net: 9 of 9" 9 "$("$model" run --top=1 --preprocess=.1307,.3081 \
      "$shared/seed3/network_CIFAR10/$net.tflite" "$shared/cifar9/images_u8_9x32x32x3.npy" | right "$scratch/things")"
  done
}

# A digit of 28x28 as PGM, PPM and BMP must say the same as the array.
check_pictures()
{
  local net=$shared/seed3/network_MNIST/network.tflite row expected
  if [[ ! -r $net ]]; then
    tap_skip "pictures" "data/models is not there"
    return
  fi
  { printf 'P5\n# a digit\n28 28\n255\n'; tail -c +129 "$shared/mnist100/images_u8_100x28x28.npy" | head -c 784; } >"$scratch/d.pgm"
  tail -c 784 "$scratch/d.pgm" >"$scratch/pixels"
  { printf 'P6 28 28 255\n'; od -An -v -tx1 -w1 "$scratch/pixels" |
    sed 's/ *\(..\)/\\x\1\\x\1\\x\1/' | tr -d '\n' | xargs -0 printf '%b'; } >"$scratch/d.ppm"
  { # 8-bit grey palette, lowest row first
    printf 'BM\0\0\0\0\0\0\0\0\x36\x04\0\0\x28\0\0\0\x1c\0\0\0\x1c\0\0\0\x01\0\x08\0\0\0\0\0'
    printf '\0%.0s' {1..20}
    printf '%b' "$(for row in {0..255}; do printf '\\x%02x\\x%02x\\x%02x\\0' "$row" "$row" "$row"; done)"
    for row in {27..0}; do tail -c +$((row * 28 + 1)) "$scratch/pixels" | head -c 28; done
  } >"$scratch/d.bmp"
  expected=$("$model" run --preprocess=scale "$net" "$shared/mnist100/images_u8_100x28x28.npy" | head -1)
  for row in pgm ppm bmp; do
    tap_is "a .$row picture is the array" "$expected" "$("$model" run --preprocess=scale "$net" "$scratch/d.$row")"
  done
  tap_is "a picture of another size is refused" "yes|1" "$(refusal "$net" "$shared/tflm/person.bmp" |
    sed 's/.*is 96x96, the network takes 784 numbers/yes/' | tr -d '\n')"
}

check_arrays
check_export
check_recordings
check_real
check_pictures
tap_done
