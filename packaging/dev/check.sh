# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# check.sh - every check of the project, and how many test points passed.

# Counts the test points that automake's TAP driver left in build/tests, whichever pass they came from.
check_count()
{
  find build/tests -name '*.trs' -exec cat {} + 2>/dev/null | awk '
    /^:test-result: (PASS|XFAIL)/ { passed++ }
    /^:test-result: (FAIL|XPASS|ERROR)/ { failed++ }
    /^:test-result: SKIP/ { skipped++ }
    END { print passed + 0, failed + 0, skipped + 0 }'
}

check_failures()
{
  grep -rhE --include='*.log' '^(FAIL|XPASS|ERROR): ' build/tests | sort -u
}

# check_summary STATUS: the last line. A step that failed without a failed test point counts as one, and so does a run
# that tested nothing.
check_summary()
{
  local passed failed skipped
  read -r passed failed skipped < <(check_count)
  if [[ $failed -gt 0 ]]; then
    check_failures
  elif [[ $1 -ne 0 || $passed -eq 0 ]]; then
    failed=1
  fi
  echo "$passed passed, $failed failed, $skipped skipped"
  [[ $failed -eq 0 ]]
}

# The results of an earlier run must not count.
check_forget()
{
  [[ ! -d build/tests ]] || find build/tests \( -name '*.trs' -o -name '*.log' \) -delete
}

# The steps, in a shell of their own: the first that breaks the build ends them, a failing test does not.
check_steps()
{
  local status=0
  deps_install --all
  build_configure --enable-werror
  build_make
  build_make -k check </dev/null || status=1
  [[ $1 == --quick ]] || build_make -k check-extra </dev/null || status=1
  return $status
}

check_run()
{
  local status=0
  check_forget
  set +e
  (
    set -e
    check_steps "$1"
  )
  status=$?
  set -e
  check_summary $status
}
