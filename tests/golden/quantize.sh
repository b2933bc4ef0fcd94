#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# quantize.sh - posture-model quantize, validate and bench from the outside, on recordings made here and on ST's.
set -u
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"
shared=${POSTURED_SHARED:-$top_srcdir/../shared}
model=${top_builddir:?}/posture-model
# The shipped model is int8 already.
float=$top_srcdir/tests/golden/handposture.pnn
modes="int8 int16x8 uint8 drq weights8 float16"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# status COMMAND...: its exit status, silently.
status()
{
  "$@" >"$scratch/out" 2>"$scratch/err" </dev/null
  echo $?
}

# refused COMMAND...: its last line on stderr and exit status.
refused()
{
  local s
  s=$(status "$@")
  echo "$(tail -n 1 "$scratch/err")|$s"
}

# accuracy MODEL DATA: in percent.
accuracy()
{
  "$model" eval --json "$1" "$2" | sed -n 's/^[[:space:]]*"accuracy":[[:space:]]*\([0-9.]*\),$/\1/p' |
    awk 'NR == 1 { print 100 * $1 }'
}

# within LIMIT A B: "yes" when they differ by no more, or both.
within()
{
  awk -v limit="$1" -v a="$2" -v b="$3" 'BEGIN { d = a - b; print (d * d <= limit * limit ? "yes" : a " and " b) }'
}

check_modes()
{
  local mode
  for mode in $modes; do
    tap_is "a float model becomes $mode" 0 \
      "$(status "$model" quantize "$float" --mode="$mode" --calibrate "$scratch/one" --evaluate "$scratch/two" \
        -o "$scratch/$mode.pnn")"
    tap_is "$mode is as good as float, within 0.5 points" yes \
      "$(within 0.5 "$(accuracy "$float" "$scratch/two")" "$(accuracy "$scratch/$mode.pnn" "$scratch/two")")"
    tap_is "$mode says so in its file" 1 "$("$model" info "$scratch/$mode.pnn" | grep -c "^  quantise.mode=$mode$")"
    tap_is "$mode agrees with float" yes \
      "$("$model" validate "$float" "$scratch/$mode.pnn" --data "$scratch/two" |
        awk '$1 == "agreement" { print ($2 >= 98 ? "yes" : $2) }')"
  done
  tap_is "int8 is smaller than half the file" yes \
    "$(awk -v a="$(wc -c <"$scratch/int8.pnn")" -v b="$(wc -c <"$float")" 'BEGIN { print (2 * a < b ? "yes" : a) }')"
}

check_provenance()
{
  local key
  "$model" info "$scratch/int8.pnn" >"$scratch/info"
  for key in quantise.range=minmax calibration.sha256= calibration.samples= evaluation.sha256= accuracy.float= \
    accuracy.quantised= "evaluation.overlap=0 files, 0 samples" source.sha256=; do
    tap_is "the file says $key" 1 "$(grep -c "^  $key" "$scratch/info")"
  done
}

check_repetition()
{
  "$model" quantize "$float" --mode=int8 --calibrate "$scratch/one" --evaluate "$scratch/two" \
    -o "$scratch/again.pnn" >/dev/null
  tap_run "quantising twice gives the same bytes" cmp "$scratch/int8.pnn" "$scratch/again.pnn"
  local way
  for way in --range=percentile --range=percentile=99.99 --range=mse --per-tensor --rounding=double \
    --input-type=f32 --output-type=f32 --input-type=u8; do
    tap_is "$way makes a model" 0 \
      "$(status "$model" quantize "$float" --mode=int8 --calibrate "$scratch/one" "$way" -o "$scratch/way.pnn")"
    tap_is "$way makes another one" 1 "$(status cmp "$scratch/int8.pnn" "$scratch/way.pnn")"
    tap_is "$way keeps accuracy" yes \
      "$(within 1 "$(accuracy "$float" "$scratch/two")" "$(accuracy "$scratch/way.pnn" "$scratch/two")")"
  done
}

check_overlap()
{
  tap_is "data apart: no warning" "0 0" \
    "$(status "$model" quantize "$float" --mode=int8 --calibrate "$scratch/one" --evaluate "$scratch/two" \
      -o "$scratch/x.pnn" | tr '\n' ' '; grep -c warning "$scratch/err")"
  tap_is "the same data: a warning, no failure" "0 1" \
    "$(status "$model" quantize "$float" --mode=int8 --calibrate "$scratch/one" --evaluate "$scratch/one" \
      -o "$scratch/x.pnn" | tr '\n' ' '; grep -c "warning.*are in --calibrate, too" "$scratch/err")"
}

# compared A B: agreement in percent, largest and mean difference.
compared()
{
  "$model" validate "$1" "$2" --data "$scratch/two" |
    awk '$1 == "agreement" { a = $2 } $2 == "difference" { d = d " " $3 } END { print a d }'
}

# The built-in model; and halves, which are read as the floats they stand for.
check_inputs()
{
  tap_is "the built-in model is quantised already" 1 \
    "$(status "$model" quantize "" --mode=int8 --calibrate "$scratch/one" -o "$scratch/builtin.pnn")"
  tap_is "halves become halves" 0 "$(status "$model" quantize "$scratch/float16.pnn" --mode=float16 -o "$scratch/half.pnn")"
  tap_is "the same ones" "100.00 0 0" "$(compared "$scratch/float16.pnn" "$scratch/half.pnn")"
  tap_is "halves become integers" 0 \
    "$(status "$model" quantize "$scratch/float16.pnn" --mode=int8 --calibrate "$scratch/one" -o "$scratch/half8.pnn")"
  tap_is "that agree with those of floats" yes \
    "$(compared "$scratch/half8.pnn" "$scratch/int8.pnn" | awk '{ print ($1 >= 98 ? "yes" : $1) }')"
}

check_refusals()
{
  local quantize=("$model" quantize "$float" -o "$scratch/no.pnn")
  tap_is "integers need --calibrate" \
    "posture-model quantize: --mode int8 needs --calibrate with data like those of later use|1" \
    "$(refused "${quantize[@]}" --mode=int8)"
  tap_is "a quantised model is refused" 1 \
    "$(status "$model" quantize "$scratch/int8.pnn" --mode=drq -o "$scratch/no.pnn"; grep -c 'from the float one' \
      "$scratch/err" >"$scratch/n")"
  tap_is "it says what to do" 1 "$(<"$scratch/n")"
  tap_is "int16x8 has no 8-bit input" "posture-model quantize: $float: input and output of this mode are f32 or i16|1" \
    "$(refused "${quantize[@]}" --mode=int16x8 --calibrate "$scratch/one" --input-type=i8)"
  tap_is "an unknown mode is wrong use" 2 "$(status "${quantize[@]}" --mode=int4)"
  tap_is "an unknown range is wrong use" 2 "$(status "${quantize[@]}" --mode=int8 --range=percentile=10)"
  tap_is "no mode is wrong use" 2 "$(status "${quantize[@]}")"
  tap_is "nothing was written" no "$([[ -e $scratch/no.pnn ]] && echo yes || echo no)"
}

check_validate()
{
  tap_is "a model agrees with itself" "100.00 0 0" "$(compared "" "$top_srcdir/nn/models/handposture.pnn")"
  "$model" validate "$float" "$float" --data "$scratch/two" >"$scratch/same"
  tap_is "all its layers are compared" 6 "$(grep -cE '^(conv2d|max-pool2d|reshape|dense|softmax) ' "$scratch/same")"
  tap_is "validate without data is wrong use" 2 "$(status "$model" validate "$float" "$float")"
}

check_bench()
{
  tap_is "bench counts as ST does" "8520" "$("$model" bench --runs=1 "$float" | awk '/^MACC .ST, network/ { print $4 }')"
  tap_is "a model that fits" 0 "$(status "$model" bench --runs=1 --target=mp1 "$float")"
  tap_is "one that does not fit in RAM" 1 "$(status "$model" bench --runs=1 --ram=1K "$float")"
  tap_is "one that does not fit in flash" 1 "$(status "$model" bench --runs=1 --flash=4K "$float")"
  tap_is "it fits quantised" 0 "$(status "$model" bench --runs=1 --ram=1K --flash=4K "$scratch/int8.pnn")"
  tap_is "two side by side" 0 "$(status "$model" bench --runs=1 --compare "$float" "$scratch/int8.pnn" --data "$scratch/two")"
  tap_is "accuracy too" 1 "$(grep -c '^accuracy' "$scratch/out")"
  tap_is "--compare needs two" 2 "$(status "$model" bench --compare "$float")"
  tap_is "bytes are checked" 2 "$(status "$model" bench --ram=much "$float")"
}

# ST's network, with its recordings for both: the overlap is meant, so that nothing but arithmetic differs.
check_st()
{
  local h5=$shared/data/models/st/VL53L8CX/CNN2D_ST_HandPosture_8classes.h5 recordings=$shared/data/handposture
  if [[ ! -r $h5 || ! -d $recordings ]]; then
    tap_skip "ST's network in int8 is as good as float" "no $shared"
    tap_skip "ST's network in int8 agrees with float" "no $shared"
    return
  fi
  if [[ $(status "$model" quantize "$h5" --mode=int8 --calibrate "$recordings" -o "$scratch/st.pnn") == 1 ]] &&
    grep -q "without libhdf5" "$scratch/err"; then
    tap_skip "ST's network in int8 is as good as float" "built without libhdf5"
    tap_skip "ST's network in int8 agrees with float" "built without libhdf5"
    return
  fi
  "$model" validate "$h5" "$scratch/st.pnn" --data "$recordings" >"$scratch/st"
  tap_is "ST's network in int8 is as good as float" yes \
    "$(within 0.5 "$(awk '$2 == "A" { print $3 }' "$scratch/st")" "$(awk '$2 == "B" { print $3 }' "$scratch/st")")"
  tap_is "ST's network in int8 agrees with float" yes \
    "$(awk '$1 == "agreement" { print ($2 >= 99 ? "yes" : $2) }' "$scratch/st")"
}

check_mnist()
{
  local mnist=$shared/data/models/seed3/network_MNIST images=$shared/data/models/mnist100
  if [[ ! -d $mnist || ! -d $images ]]; then
    tap_skip "MNIST with arrays" "no $shared"
    return
  fi
  tap_is "MNIST with arrays" 0 \
    "$(status "$model" quantize "$mnist/network.tflite" --mode=int8 --preprocess=scale -o "$scratch/mnist.pnn" \
      --calibrate "$images/images_u8_100x28x28.npy" --evaluate "$images/images_u8_100x28x28.npy" \
      --labels "$images/labels.csv")"
  tap_is "is right in 98 of 100, before and after" "accuracy 98.00 % before, 98.00 % after, on 100 samples" \
    "$(grep ^accuracy "$scratch/out")"
  tap_is "one-hot labels are the same" 98.00 \
    "$("$model" validate "$mnist/network.tflite" "$mnist/network_with_quant.tflite" --preprocess=scale \
      --data "$images/images_u8_100x28x28.npy" --labels "$mnist/output.npy" | awk '$2 == "A" { print $3 }')"
}

# CIFAR100 has its normalisations behind the ReLUs: folded into limits for each channel they cost no precision.
check_folding()
{
  local net=$shared/data/models/seed3/network_CIFAR100/network_without_optim.tflite
  local pictures=$shared/data/models/cifar9/images_u8_9x32x32x3.npy way
  if [[ ! -r $net || ! -r $pictures ]]; then
    tap_skip "folded normalisations halve the difference to float" "no $shared"
    return
  fi
  for way in "" --keep; do
    "$model" quantize "$net" --mode=int8 --preprocess=.1307,.3081 --calibrate "$pictures" ${way:+"$way"} \
      -o "$scratch/folded.pnn" >/dev/null
    "$model" validate "$net" "$scratch/folded.pnn" --preprocess=.1307,.3081 --data "$pictures" |
      awk '/^mean difference/ { print $3 }'
  done >"$scratch/differences"
  tap_is "folded normalisations halve the difference to float" yes \
    "$(awk 'NR == 1 { a = $1 } END { print (NR == 2 && 2 * a < $1 ? "yes" : a " and " $1) }' "$scratch/differences")"
}

"$top_builddir/posture-scene" -s 21 -a 2 -H -o "$scratch/one" demo 240 >/dev/null
"$top_builddir/posture-scene" -s 84 -a 2 -H -o "$scratch/two" demo 240 >/dev/null
check_modes
check_provenance
check_repetition
check_overlap
check_inputs
check_refusals
check_validate
check_bench
check_st
check_mnist
check_folding
tap_done
