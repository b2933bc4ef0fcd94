# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# m4.sh - the firmware's core in QEMU (mps2-an386), for tests and benchmarks that source this. $work is a directory of theirs.
#
#   m4_have                   says what is missing, if anything is
#   m4_answer [OPTION...]     answers $work/in.bin in $work/out.bin; further options for QEMU
#   m4_serve SOCKET [OPTION...]   serves the socket until m4_end, by the board's serial line: a byte at a time
#   m4_serve_blocks SOCKET    the same by its files, many times as fast
#   m4_end

m4_qemu=(qemu-system-arm -M mps2-an386 -display none -monitor none)
m4_pids=()

m4_have()
{
  [[ -e $top_builddir/cortex-m4/mps2-files.elf ]] || echo "configured without the Cortex-M4's firmware"
  command -v qemu-system-arm >/dev/null || echo "qemu-system-arm is not installed"
}

m4_answer()
{
  (cd "$work" && timeout 300 "${m4_qemu[@]}" -serial null -semihosting-config enable=on,target=native \
    -kernel "$m4_build/cortex-m4/mps2-files.elf" "$@" </dev/null)
}

# m4_wait FILE: until it is there.
m4_wait()
{
  for _ in {1..100}; do
    [[ ! -e $1 ]] || return 0
    sleep 0.1
  done
  return 1
}

m4_serve()
{
  local socket=$1
  shift
  timeout 600 "${m4_qemu[@]}" -serial "unix:$socket,server=on,wait=off" \
    -kernel "$m4_build/cortex-m4/mps2-uart.elf" "$@" </dev/null >/dev/null 2>&1 &
  m4_pids+=($!)
  m4_wait "$socket"
}

# The bridge comes first: QEMU, which waits in a read, ends when it has gone.
m4_serve_blocks()
{
  mkdir -p "$work/line"
  timeout 600 "$m4_build/tests/offload/m4-bridge" "$1" "$work/line" &
  m4_pids+=($!)
  m4_wait "$work/line/out.bin" || return
  (cd "$work/line" && exec timeout 600 "${m4_qemu[@]}" -serial null -semihosting-config enable=on,target=native \
    -kernel "$m4_build/cortex-m4/mps2-files.elf" </dev/null >/dev/null 2>&1) &
}

m4_end()
{
  [[ ${#m4_pids[@]} -eq 0 ]] || kill "${m4_pids[@]}" 2>/dev/null
  m4_pids=()
}

m4_build=$(cd "${top_builddir:?}" && pwd)
