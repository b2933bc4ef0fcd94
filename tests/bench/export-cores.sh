# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# export-cores.sh - compiles an exported module with its driver for a core, runs it and counts. Source it.
#
#   cores_have CORE               0 when compiler and emulator are there
#   cores_vectors DIR CORE MODE COUNT [MODEL [RECORDINGS]]     see export-vectors.c; prints the number of inputs
#   cores_build DIR CORE FLAG...  DIR/net-CORE from DIR/net.c. CORE: host, a7, m4; for the runtime also armhf, Debian's
#   cores_compile_runtime DIR CORE FLAG...   those of the table-driven runtime's objects that are not yet in DIR
#   cores_build_runtime DIR CORE MODEL OBJECTS   DIR/net-CORE of those objects in the folder OBJECTS, and MODEL
#   cores_build_random DIR CORE OBJECTS     DIR/net-CORE that compares the core's kernels with the portable ones
#   cores_run DIR CORE            makes DIR/out.bin; prints what the painted stack says. cores_cpu: QEMU's name of the
#                                 processor, cortex-a7 when it is empty
#   cores_count DIR CORE          the same, and instructions executed: many times slower (a7, m4)
#   cores_compare DIR             prints the number of bytes of out.bin that are not want.bin's
#   cores_check WHAT DIR CORE FLAG...  a point of tests/tap.sh: builds and runs DIR's module, compares
#   cores_callgrind DIR           instructions of one run on the host

cores_bench=${top_srcdir:?}/nn/bench
cores_m4=(-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16 -ffreestanding -ffunction-sections -fdata-sections)
cores_a7=(-mcpu=cortex-a7 -mfpu=neon-vfpv4 -mfloat-abi=hard -mthumb -static)
# As Debian compiles for armhf: what NEON takes is asked of the system when it runs.
cores_armhf=(-march=armv7-a+fp -mfloat-abi=hard -mthumb -static -Wl,-u,getauxval)

cores_have()
{
  local command
  case $1 in
    host) set -- gcc ;;
    a7 | armhf) set -- gcc arm-linux-gnueabihf-gcc qemu-arm ;;
    m4) set -- gcc arm-none-eabi-gcc qemu-system-arm ;;
  esac
  for command in "$@"; do
    command -v "$command" >/dev/null || return 1
  done
}

# ST's network is the one that is counted and compared, when no other is named; the shipped one has another shape.
cores_vectors()
{
  mkdir -p "$1"
  "${top_builddir:?}/tests/bench/export-vectors" "${@:1:4}" "${5:-$top_srcdir/tests/golden/handposture.pnn}" "${@:6}"
}

cores_plugin()
{
  [[ -e $1 ]] || gcc -shared -fPIC -O2 -o "$1" "$cores_bench/icount.c"
}

cores_build()
{
  local dir=$1 core=$2
  shift 2
  set -- -std=gnu11 -Wall "-I$dir" "-I$top_srcdir" "$@"
  case $core in
    host) gcc "$@" -o "$dir/net-host" "$dir/net.c" "$cores_bench/export-drive.c" "$cores_bench/export-host.c" ;;
    a7)
      arm-linux-gnueabihf-gcc "${cores_a7[@]}" "$@" -o "$dir/net-a7" "$dir/net.c" "$cores_bench/export-drive.c" \
        "$cores_bench/export-host.c"
      ;;
    m4)
      arm-none-eabi-gcc "${cores_m4[@]}" "$@" -c -o "$dir/net.o" "$dir/net.c" &&
        arm-none-eabi-gcc "${cores_m4[@]}" -O2 "-I$dir" "-I$top_srcdir" -nostdlib -T "$cores_bench/m4.ld" -Wl,--gc-sections \
          -o "$dir/net-m4" "$dir/net.o" "$cores_bench/export-drive.c" "$cores_bench/m4-start.c" -lgcc
      ;;
  esac
}

# The compiler for Linux has the C headers that a bare one may lack; what is linked is for bare metal.
cores_runtime_compiler()
{
  case $1 in
    host) echo gcc ;;
    a7) echo arm-linux-gnueabihf-gcc "${cores_a7[@]}" ;;
    armhf) echo arm-linux-gnueabihf-gcc "${cores_armhf[@]}" ;;
    m4) echo arm-linux-gnueabihf-gcc "${cores_m4[@]}" -fno-pic -fno-stack-protector ;;
  esac
}

cores_compile_runtime()
{
  local dir=$1 compiler file object
  read -ra compiler < <(cores_runtime_compiler "$2")
  shift 2
  mkdir -p "$dir"
  for file in "$top_srcdir"/nn/runtime/*.c "$top_srcdir"/nn/runtime/*/*.c; do
    object=${file#"$top_srcdir"/nn/runtime/}
    object=$dir/${object//\//-}.o
    [[ -e $object ]] || "${compiler[@]}" -std=gnu11 -ffp-contract=off -fno-math-errno "$@" "-I$top_srcdir" -c -o "$object" "$file" ||
      return
  done
}

# cores_link_runtime DIR CORE OBJECTS ARGUMENT...: the arguments are flags and sources of a driver.
cores_link_runtime()
{
  local dir=$1 core=$2 objects=$3 compiler
  read -ra compiler < <(cores_runtime_compiler "$core")
  shift 3
  set -- -std=gnu11 -O2 "-I$top_srcdir" "$@"
  if [[ $core == m4 ]]; then
    rm -f "$dir"/*.o
    (cd "$dir" && "${compiler[@]}" "$@" "$cores_bench/m4-start.c" -c) || return
    arm-none-eabi-gcc "${cores_m4[@]}" -nostdlib -T "$cores_bench/m4.ld" -Wl,--gc-sections -o "$dir/net-m4" "$dir"/*.o \
      "$objects"/*.o -lgcc 2>/dev/null
  else
    "${compiler[@]}" "$@" "$cores_bench/export-host.c" "$objects"/*.o -o "$dir/net-$core" -lm
  fi
}

cores_build_runtime()
{
  cores_link_runtime "$1" "$2" "$4" "-DMODEL_FILE=\"$3\"" -DROOM_BYTES=2097152 "$cores_bench/runtime-drive.c"
}

cores_build_random()
{
  cores_link_runtime "$1" "$2" "$3" "$top_srcdir/tests/bench/cores-drive.c" "$top_srcdir/tests/unit/cores-check.c" \
    "$top_srcdir/tests/unit/cores-model.c"
}

# address FILE SYMBOL
cores_address()
{
  arm-linux-gnueabihf-nm "$1" | sed -n "s/^\([0-9a-f]*\) T $2\$/\1/p"
}

cores_run()
{
  local dir=$1 core=$2
  shift 2
  rm -f "$dir/out.bin"
  case $core in
    host) "$dir/net-host" "$dir/in.bin" "$dir/out.bin" ;;
    a7 | armhf) (cd "$dir" && timeout 300 qemu-arm -cpu "${cores_cpu:-cortex-a7}" "$@" "./net-$core" in.bin out.bin) 2>&1 ;;
    m4)
      (cd "$dir" && timeout 300 qemu-system-arm -M mps2-an386 -display none -serial null -monitor none \
        -semihosting-config enable=on,target=native "$@" -kernel net-m4) 2>&1
      ;;
  esac
}

cores_count()
{
  local program=$1/net-$2
  cores_plugin "$1/icount.so"
  cores_run "$1" "$2" -plugin \
    "$1/icount.so,start=$(cores_address "$program" bench_start),stop=$(cores_address "$program" bench_stop)"
}

cores_compare()
{
  if [[ $(stat -c %s "$1/out.bin" 2>/dev/null) != $(stat -c %s "$1/want.bin") ]]; then
    echo "not all outputs are there"
  else
    cmp -l "$1/out.bin" "$1/want.bin" | wc -l
  fi
}

cores_check()
{
  local what=$1 dir=$2 machine=$3
  shift 3
  if ! cores_have "$machine"; then
    tap_skip "$what" "no compiler or emulator for $machine"
  elif ! cores_build "$dir" "$machine" "$@" >"$dir/log" 2>&1; then
    tap_not_ok "$what" "$(<"$dir/log")"
  else
    cores_run "$dir" "$machine" >"$dir/log" 2>&1
    tap_is "$what" 0 "$(cores_compare "$dir")"
  fi
}

cores_callgrind()
{
  local dir=$1 total
  head -c "$((20 * $(stat -c %s "$dir/in.bin") / $2))" "$dir/in.bin" >"$dir/few.bin"
  total=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect=net_run "$dir/net-host" "$dir/few.bin" \
    "$dir/out.bin" 2>&1 | sed -n 's/.*Collected : //p')
  echo $((total / 21)) # twenty inputs and the self-test
}
