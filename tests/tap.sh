# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# tap.sh - the few words that a shell test says to the harness. Source it; end with tap_done.
#
#   tap_ok NAME                      the point passed
#   tap_not_ok NAME [DETAIL]         it failed; the lines of DETAIL explain
#   tap_skip NAME WHY
#   tap_is NAME WANTED GOT           passes when both texts are equal
#   tap_empty NAME TEXT              passes when there is nothing to complain about
#   tap_run NAME COMMAND...          passes when the command exits 0; its output explains a failure
#   tap_skip_all WHY                 no points, ends the test
#   tap_done                         prints the plan, ends the test

tap_points=0
tap_failed=0

tap_ok()
{
  tap_points=$((tap_points + 1))
  echo "ok $tap_points - $1"
}

tap_not_ok()
{
  tap_points=$((tap_points + 1))
  tap_failed=$((tap_failed + 1))
  echo "not ok $tap_points - $1"
  [[ -z ${2-} ]] || printf '# %s\n' "${2//$'\n'/$'\n'# }"
}

tap_skip()
{
  tap_points=$((tap_points + 1))
  echo "ok $tap_points - $1 # SKIP $2"
}

tap_is()
{
  if [[ $2 == "$3" ]]; then
    tap_ok "$1"
  else
    tap_not_ok "$1" "$(diff <(echo "$2") <(echo "$3") | sed -n 's/^</wanted:/p; s/^>/got:   /p')"
  fi
}

tap_empty()
{
  if [[ -z $2 ]]; then
    tap_ok "$1"
  else
    tap_not_ok "$1" "$2"
  fi
}

tap_run()
{
  local name=$1 output
  shift
  if output=$("$@" 2>&1 </dev/null); then
    tap_ok "$name"
  else
    tap_not_ok "$name" "$(tail -n 40 <<<"$output")"
  fi
}

tap_skip_all()
{
  echo "1..0 # SKIP $1"
  exit 0
}

tap_done()
{
  echo "1..$tap_points"
  exit $((tap_failed > 0))
}
