#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bus-completion.sh - bash's completion of posturectl, held to what the program itself knows.
# shellcheck disable=SC2034 # COMP_* are read by the completion
set -u
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"
export DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nowhere
# shellcheck source=systemd/completion/posturectl
. "$top_srcdir/systemd/completion/posturectl"
posturectl=${top_builddir:?}/posturectl

# completes WORD...: what the last word may become, in one line.
completes()
{
  COMP_WORDS=(posturectl "$@")
  COMP_CWORD=$#
  COMPREPLY=()
  _posturectl
  printf '%s\n' "${COMPREPLY[@]}" | xargs
}

help=$("$posturectl" --help)
commands=$(sed -nE 's/^  ([a-z]+) .*/\1/p' <<<"$help" | sort | xargs)
tap_is 'every command of --help, and no other' "$commands" "$(completes '' | tr ' ' '\n' | grep -v '^-' | sort | xargs)"
known=$(for command in $commands; do completes "$command" --; done | tr ' ' '\n' | sort -u)
options=$(grep -oE -- '--[a-z][a-z-]*' <<<"$help" | sort -u)
tap_is 'every option of --help' '' "$(comm -23 <(echo "$options") <(echo "$known"))"
tap_is 'and none that the program does not know' '' "$(for option in $known; do
  "$posturectl" status "$option" --help 2>&1 </dev/null | grep -q 'unrecognized option' && echo "$option"; done)"
tap_is 'the start of a command' 'watch' "$(completes wa)"
tap_is 'postures to record, without a service those of the built-in model' \
  'None FlatHand Like Love Dislike BreakTime CrossHands Fist' "$(completes record '')"
tap_is 'a posture by its start' 'FlatHand Fist' "$(completes record F)"
tap_is 'a posture for --posture' 'Like Love' "$(completes threshold 0.8 --posture L)"
tap_is 'buses' 'system session' "$(completes status --bus '')"
tap_is 'status does not record' '' "$(completes status --countdown)"
tap_is 'it is registered' 'complete -F _posturectl posturectl' "$(complete -p posturectl)"
tap_done
