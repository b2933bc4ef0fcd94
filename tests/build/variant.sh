# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# variant.sh - a second build of the tree with other flags, below the build directory and kept for the next time.
# Source it after tap.sh.
#
#   variant_build NAME FLAG...    configures and makes everything and the unit tests; sets variant_dir. 2 points
#   variant_tests                 the names of the unit tests, in variant_dir
#   variant_run TEST COMMAND...   runs a unit test by that command; passes when it exits 0 with no failed point
#   variant_skip_without COMMAND...

# This may run below a `make check TESTS=...`, which must not reach into the variant's own make.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES TESTS
variant_jobs=${CHECK_JOBS:-2}
variant_dir=

variant_make()
{
  make -s -C "$variant_dir" -j"$variant_jobs" "$@"
}

# The files that the unit tests are made of, without running any.
variant_programs()
{
  variant_make all && variant_make check TESTS=
}

variant_configure()
{
  mkdir -p "$variant_dir"
  [[ -e $variant_dir/Makefile && $(<"$variant_dir/.flags") == "$*" ]] || {
    (cd "$variant_dir" && "${top_srcdir:?}/configure" --quiet "$@") && echo "$*" >"$variant_dir/.flags"
  }
}

variant_build()
{
  local name=$1
  shift
  variant_dir=${top_builddir:?}/variants/$name
  tap_run "configure for $name" variant_configure "$@"
  tap_run "make for $name" variant_programs
  [[ ${tap_failed:?} -eq 0 ]] || tap_done
}

variant_tests()
{
  variant_make print-unit-tests | grep '^tests/'
}

variant_run()
{
  local test=$1 output status
  shift
  output=$(cd "$variant_dir" && CMOCKA_MESSAGE_OUTPUT=TAP top_builddir=$variant_dir "$@" "./$test" 2>&1 </dev/null)
  status=$?
  if [[ $status -eq 0 ]]; then
    tap_ok "$test"
  else
    tap_not_ok "$test" "exit status $status
$(grep -v '^ok' <<<"$output" | tail -n 60)"
  fi
}

variant_skip_without()
{
  local command
  for command; do
    command -v "$command" >/dev/null || tap_skip_all "$command is not installed"
  done
}
