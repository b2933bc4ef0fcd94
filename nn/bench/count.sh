#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# count.sh - what a network costs on another core, told line by line. `posture-model bench` writes all that this needs into
# a folder and runs it there.
#
#   count.sh a7|m4 module|runtime ROOM
#
# Compiles net.c (an exported module) or the table-driven runtime with model.pnn, runs it in QEMU on in.bin, writes out.bin.
# ROOM: bytes for the runtime's arena and weights. Prints, one a line:
#   code BYTES, constants BYTES, stack BYTES, room BYTES, state BYTES, instructions MEAN,
#   layer OPERATORS INSTRUCTIONS (runtime), layer INSTRUCTIONS CALL (module)
set -eu
core=$1 kind=$2 room=$3

missing=
need()
{
  command -v "$1" >/dev/null || missing="$missing $2"
}
need gcc gcc
case $core in
  a7)
    cross=arm-linux-gnueabihf
    need qemu-arm qemu-user ;;
  m4)
    cross=arm-none-eabi
    need qemu-system-arm qemu-system-arm
    # The C headers of the bare compiler are a package of their own; those of Linux' serve as well.
    [ "$kind" = module ] || need arm-linux-gnueabihf-gcc gcc-arm-linux-gnueabihf ;;
esac
need "$cross-gcc" "gcc-$cross"
# The Linux compiler is installed without its C library, unless that is asked for.
[ "$core" != a7 ] || [ -n "$missing" ] || [ "$("$cross-gcc" -print-file-name=libc.a)" != libc.a ] ||
  missing="$missing libc6-dev-armhf-cross"
[ -z "$missing" ] || {
  echo "compiler or emulator is missing; on Debian: apt install$missing" >&2
  exit 3
}

m4="-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16 -ffreestanding"
a7="-mcpu=cortex-a7 -mfpu=neon-vfpv4 -mfloat-abi=hard -mthumb"
common="-std=gnu11 -O2 -ffunction-sections -fdata-sections -ffp-contract=off -fno-pic -fno-stack-protector -w -I."
[ "$core" = m4 ] && flags="$m4 $common" || flags="$a7 $common"

# compile OBJECT SOURCE FLAG...
compile()
{
  object=$1 source=$2
  shift 2
  # shellcheck disable=SC2086
  "$compiler" $flags "$@" -c -o "$object" "$source"
}

# link PROGRAM OBJECT...
link()
{
  program=$1
  shift
  # shellcheck disable=SC2086
  case $core in
    m4)
      "$compiler_of_start" $flags -c -o start.o nn/bench/m4-start.c
      "$cross-gcc" $m4 -nostdlib -T nn/bench/m4.ld -Wl,--gc-sections -o "$program" "$@" start.o -lgcc 2>link.log ;;
    a7)
      "$cross-gcc" $flags -c -o start.o nn/bench/export-host.c
      "$cross-gcc" $a7 -static -Wl,--gc-sections -o "$program" "$@" start.o -lm 2>link.log ;;
  esac || {
    grep -qE 'overflowed|will not fit' link.log && echo "too large for the emulated board (4 MiB of code, 4 MiB of data)" >&2
    cat link.log >&2
    exit 4
  }
}

# sizes OBJECT...: bytes of code and of constants.
sizes()
{
  "$cross-size" -A "$@" | awk '
    $1 ~ /^\.text/ { code += $2 }
    $1 ~ /^\.rodata/ { constants += $2 }
    END { print "code", code + 0; print "constants", constants + 0 }'
}

address()
{
  "$cross-nm" "$1" | sed -n "s/^\([0-9a-f]*\) T $2\$/\1/p"
}

# execute PROGRAM [OPTION]: what the program tells goes to told, the counter's lines to counted.
execute()
{
  plugin=./icount.so,start=$(address "$1" bench_start),stop=$(address "$1" bench_stop)${2:+,$2}
  case $core in
    a7) timeout 900 qemu-arm -cpu cortex-a7 -plugin "$plugin" "./$1" in.bin out.bin ;;
    m4)
      timeout 900 qemu-system-arm -M mps2-an386 -display none -serial null -monitor none \
        -semihosting-config enable=on,target=native -plugin "$plugin" -kernel "$1" ;;
  esac >told 2>counted </dev/null || {
    echo "the emulator failed: $(tail -n 1 counted)" >&2
    exit 5
  }
  # Semihosting writes where the counter does.
  grep -hE '^(stack|room|state|together) ' told counted >kept || true
}

tell_run()
{
  sed -n 's/^\(stack\|room\|state\) 0*\([0-9]\)/\1 \2/p' kept
  sed -n 's/^runs .* mean \([0-9]*\).*/instructions \1/p' counted
}

# A marker behind each statement of net_run(), which is a call or loops around one.
mark()
{
  awk '
    NR == 1 { print "void bench_start(void);\nvoid bench_stop(void);" }
    { print }
    /^void net_run\(/ { inside = 1 }
    /^}/ { inside = 0 }
    inside && /;$/ && !/^\t\(void\)/ { print "\tbench_stop();\n\tbench_start();" }' net.c
}

calls()
{
  awk '
    /^void net_run\(/ { inside = 1; next }
    /^}/ { inside = 0 }
    inside && /;$/ && !/^\t\(void\)/ { sub(/^\t+/, ""); print }' net.c
}

module()
{
  compiler=$cross-gcc compiler_of_start=$cross-gcc
  compile net.o net.c
  compile drive.o nn/bench/export-drive.c -DWITHOUT_SELFTEST
  link net net.o drive.o
  sizes net.o
  mark >marked.c
  compile marked.o marked.c
  link marked marked.o drive.o
  execute marked list=on
  calls >calls.txt
  # One input's counts; behind the last call there is nothing.
  sed -n 's/^count //p' counted | head -n "$(wc -l <calls.txt)" | paste -d ' ' - calls.txt | sed 's/^/layer /'
  execute net
  tell_run
}

runtime()
{
  compiler=arm-linux-gnueabihf-gcc compiler_of_start=$compiler
  mkdir -p objects
  find nn/runtime -name '*.c' | sort >sources.txt
  # Kernels are built for speed in the service, too.
  # shellcheck disable=SC2086,SC2016
  xargs -P 2 -I {} sh -c 'case $0 in */kernels/* | */cores/*) set -- "$@" -O3 ;; esac
    exec "$@" -c -o "objects/$(echo "$0" | tr / _).o" "$0"' {} "$compiler" $flags <sources.txt
  set -- objects/*.o
  sizes "$@"
  compile drive.o nn/bench/runtime-drive.c "-DROOM_BYTES=$room" '-DMODEL_FILE="model.pnn"'
  link net "$@" drive.o
  compile layers.o nn/bench/runtime-drive.c "-DROOM_BYTES=$room" '-DMODEL_FILE="model.pnn"' -DLAYERS
  link layers "$@" layers.o
  execute layers list=on
  sed -n 's/^together 0*\([0-9]\)/\1/p' kept >together.txt
  sed -n 's/^count //p' counted | paste -d ' ' together.txt - | sed "s/^/layer /"
  execute net
  tell_run
}

gcc -shared -fPIC -O2 -o icount.so nn/bench/icount.c
"$kind"
