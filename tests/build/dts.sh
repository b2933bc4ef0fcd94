#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# dts.sh - the device-tree overlays compile without a warning, can be applied, and then say what they are for; the Cortex-M4's
# memory in them is the one that its firmware's lint knows.
set -u
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"
cd "${top_builddir:?}" || exit 1
for tool in dtc fdtoverlay fdtget; do
  command -v "$tool" >/dev/null || tap_skip_all "$tool is missing: device-tree-compiler brings it"
done
dts=$top_srcdir/etc/dts
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# compile SOURCE NAME: NAME.dtb, with its labels kept. An overlay of / repeats what / has, which is no fault.
compile()
{
  dtc -@ -Wno-avoid_unnecessary_addr_size -I dts -O dtb -o "$scratch/$2.dtb" "$1" 2>&1
}

# apply NAME...: overlays over the board, to board-NAME.dtb of the last.
apply()
{
  local name overlays=()
  for name; do
    overlays+=("$scratch/$name.dtb")
  done
  fdtoverlay -i "$scratch/board.dtb" -o "$scratch/board-$name.dtb" "${overlays[@]}"
}

# get NAME FDTGET-ARGUMENT...: from the board with that overlay.
get()
{
  local name=$1
  shift
  fdtget "$scratch/board-$name.dtb" "$@"
}

# node NAME LABEL: its path.
node()
{
  get "$1" /__symbols__ "$2"
}

# phandles NAME LABEL...: their numbers, one line.
phandles()
{
  local name=$1 label
  shift
  for label; do
    get "$name" "$(node "$name" "$label")" phandle
  done | tr '\n' ' ' | sed 's/ $//'
}

# regions NAME: the reserved memory in m4-lint's form.
regions()
{
  local label reg
  for label in retram mcuram2 mcuram vdev0vring0 vdev0vring1 vdev0buffer; do
    read -ra reg < <(get "$1" -t x "$(node "$1" "$label")" reg)
    echo "$label 0x${reg[0]} 0x${reg[1]}"
  done
}

tap_empty "the board compiles" "$(compile "$top_srcdir/tests/build/stm32mp15.dts" board)"
for source in "$dts"/*.dtso; do
  name=$(basename "$source" .dtso)
  tap_empty "$name compiles without a warning" "$(compile "$source" "$name")"
  tap_run "$name can be applied" apply "$name"
done

for speed in 400k:400000:185 1m:1000000:100; do
  IFS=: read -r name hz rising_ns <<<"$speed"
  name=stm32mp15-vl53l8cx-$name
  bus=$(node "$name" i2c5)
  tap_is "$name: on, at its speed, with the pins of PA11 and PA12" \
    "okay $hz $rising_ns 20 $(phandles "$name" i2c5_pins_a i2c5_sleep_pins_a)" \
    "$(for property in status clock-frequency i2c-scl-rising-time-ns i2c-scl-falling-time-ns pinctrl-0 pinctrl-1; do
      get "$name" "$bus" $property
    done | tr '\n' ' ' | sed 's/ $//')"
  tap_is "$name: line 10 of port E is INT, line 15 of port D is LPn" "TOF_INT TOF_LPN 16 16" \
    "$(for line in gpioe:11 gpiod:16; do
      get "$name" "$(node "$name" "${line%:*}")" gpio-line-names | tr ' ' '\n' | sed -n "${line#*:}p"
    done | tr '\n' ' ')$(for bank in gpioe gpiod; do
      get "$name" "$(node "$name" $bank)" gpio-line-names | wc -w
    done | tr '\n' ' ' | sed 's/ $//')"
done
# The driver of Linux takes what is above 120 ns for 400 kHz.
tap_is "1 MHz: edges fast enough for Linux" yes \
  "$([[ $(get stm32mp15-vl53l8cx-1m "$(node stm32mp15-vl53l8cx-1m i2c5)" i2c-scl-rising-time-ns) -le 120 ]] && echo yes)"

tap_run "speed and DMA go together" apply stm32mp15-vl53l8cx-1m stm32mp15-i2c5-dma
mux=$(phandles stm32mp15-i2c5-dma dmamux1)
tap_is "I2C5 has its DMA requests and keeps its speed" "$mux 115 1024 1 $mux 116 1024 1 1000000" \
  "$(get stm32mp15-i2c5-dma "$(node stm32mp15-i2c5-dma i2c5)" dmas) $(get stm32mp15-i2c5-dma "$(node stm32mp15-i2c5-dma i2c5)" clock-frequency)"

core=$(node stm32mp15-m4 m4_rproc)
tap_is "the Cortex-M4's memory is what m4-lint takes it for" "$(./m4-lint --regions)" "$(regions stm32mp15-m4)"
tap_is "it is all the core's, in Linux' order" \
  "$(phandles stm32mp15-m4 retram mcuram mcuram2 vdev0vring0 vdev0vring1 vdev0buffer)" \
  "$(get stm32mp15-m4 "$core" memory-region)"
tap_empty "Linux itself keeps off all of it" "$(for label in retram mcuram mcuram2 vdev0vring0 vdev0vring1 vdev0buffer; do
  get stm32mp15-m4 "$(node stm32mp15-m4 $label)" -p | grep -qx no-map || echo "$label can be mapped"
done)"
ipcc=$(phandles stm32mp15-m4 ipcc)
tap_is "mailboxes in the order of enum m4_doorbell" "vq0 vq1 shutdown detach: $ipcc 0 $ipcc 1 $ipcc 2 $ipcc 3" \
  "$(get stm32mp15-m4 "$core" mbox-names): $(get stm32mp15-m4 "$core" mboxes)"
tap_is "the watchdog's interrupt" "$(phandles stm32mp15-m4 exti): 68 1" \
  "$(get stm32mp15-m4 "$core" interrupt-parent): $(get stm32mp15-m4 "$core" interrupts)"
tap_is "both are on" "okay okay" "$(get stm32mp15-m4 "$core" status) $(get stm32mp15-m4 "$(node stm32mp15-m4 ipcc)" status)"

tap_is "docs/stm32mp1.md has every overlay, and no other" "$(cd "$dts" && LC_ALL=C ls -- *.dtso)" \
  "$(grep -o 'stm32mp15-[a-z0-9-]*\.dtso' "$top_srcdir/docs/stm32mp1.md" | LC_ALL=C sort -u)"

# Each of these has to be noticed.
broken()
{
  sed "$2" "$dts/$1.dtso" >"$scratch/broken.dtso"
  ! cmp -s "$dts/$1.dtso" "$scratch/broken.dtso" && cp "$dts"/*.dtsi "$scratch/" && compile "$scratch/broken.dtso" broken
}

broken stm32mp15-m4 's/0x10000>;/0x10000>/' >"$scratch/said"
tap_is "can fail: a syntax error" 1 "$(grep -c 'syntax error' "$scratch/said")"
broken stm32mp15-m4 's/reg = <0x10000000/where = <0x10000000/' >"$scratch/said"
tap_is "can fail: a node whose name has an address that it has not" 1 "$(grep -c 'Warning (unit_address_vs_reg)' "$scratch/said")"
broken stm32mp15-vl53l8cx-1m 's/&i2c5/\&i2c9/' >"$scratch/said"
tap_is "can fail: a bus that the board has not" "" "$(apply broken >"$scratch/said" 2>&1 && echo applied)"
broken stm32mp15-m4 's/<0x10041000 0x1000>/<0x10041000 0x2000>/' >"$scratch/said"
apply broken >"$scratch/said" 2>&1
tap_is "can fail: memory that m4-lint does not know" "vdev0vring1 0x10041000 0x2000" \
  "$(regions broken | grep -vxFf <(./m4-lint --regions))"
tap_done
