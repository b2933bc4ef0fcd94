#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# teach-dialogue.sh - posturectl teach as it is used by hand, on a terminal of its own: questions and every answer to them,
# takes that are refused, Ctrl-C wherever it may come, the way back; and the same lesson twice.
set -u
# shellcheck source=tests/system/session-bus.sh
. "${top_srcdir:?}/tests/system/session-bus.sh"
for tool in jq script; do
  command -v "$tool" >/dev/null || tap_skip_all "$tool is not installed"
done
"${top_builddir:?}/posture-model" train --networks >/dev/null 2>&1 || tap_skip_all 'posture-model was built without training'
data=$work/data
said=$work/said
export STATE_DIRECTORY=$work/state TMPDIR=$work TERM=xterm
mkfifo "$work/keys"

# see SCENE-LINE...: another service that sees this, then for ever a hand that moves.
see()
{
  [[ -z ${service-} ]] || end "$service"
  printf '%s\n' "$@" >"$work/scene"
  for _ in {1..99}; do printf '0.5 hand:ThumbSideways@%d\n' 265 290 310 330 310 285; done >>"$work/scene"
  service_start --emulator="script:$work/scene"
  eventually 5 on_bus
  eventually 5 property_is SensorState '"running"'
}

# teach ARGUMENT...: begins a lesson on a terminal; keys are typed by write to descriptor 9.
teach()
{
  : >"$said"
  script -qefc "stty -echo; exec '$posturectl' teach --dir '$data' --user Anna --countdown 0 --seconds 2 $*" "$said" \
    <"$work/keys" >/dev/null 2>&1 &
  lesson=$!
  track "$lesson"
  exec 9>"$work/keys"
}

type_keys()
{
  printf '%b' "$1" >&9
}

# says TIMES PATTERN: that often so far.
says()
{
  (($(tr -d '\r' <"$said" | grep -oE -- "$2" | wc -l) >= $1))
}

# asked NAME TIMES PATTERN KEYS: waits for a question, answers it.
asked()
{
  tap_run "$1" eventually 10 says "$2" "$3"
  type_keys "$4"
}

# ended NAME STATUS: how the lesson came to its end.
ended()
{
  local status=0
  wait "$lesson" || status=$?
  exec 9>&-
  tap_is "$1" "$2" "$status"
}

takes()
{
  find "$data" -maxdepth 2 -name 'log__*' 2>/dev/null | wc -l
}

nothing_half_done()
{
  tap_is "$1: nothing stays behind" '' "$(find "$work" -maxdepth 1 -name 'posturectl-teach*')"
  tap_is "$1: nobody follows the frames" 'u 0' "$(property Clients .Frames)"
  tap_is "$1: the model is the one that it was" 's "built-in"' "$(property ModelOrigin)"
}

bus_start

# --- answers --------------------------------------------------------------------------------------------------

see '1 empty'
teach Like Fist
asked 'it asks for the first posture' 1 '^Like: 2 takes of 2 s\? \[Y/n/q\]' 'what?\n'
asked 'what is no answer is asked again' 2 'Like: 2 takes of 2 s\?' 'n\n'
asked 'no: the next one' 1 'Fist: 2 takes of 2 s\?' 'q\n'
ended 'q: the end, with a status that says so' 1
has 'and in words' 'ended; the takes that are good are kept' "$(cat "$said")"
teach Like
asked 'the end of the input' 1 'Like: 2 takes' '\004'
ended 'is the end, too' 1
tap_is 'no take was made' 0 "$(takes)"
nothing_half_done 'after that'

# --- Ctrl-C ---------------------------------------------------------------------------------------------------

teach --new ThumbSideways
asked 'at a question' 1 'ThumbSideways: 2 takes' '\003'
ended 'Ctrl-C ends it' 1
teach --countdown 9 --new ThumbSideways Like
asked 'a long countdown' 1 'Like: 2 takes' '\n'
asked 'is counted aloud' 1 '^8\.\.\.' '\003'
ended 'Ctrl-C ends it at once' 1
tap_is 'without a take' 0 "$(grep -c '^Now' "$said")"
teach --seconds 60 Like
asked 'a take of a minute' 1 'Like: 2 takes of 60 s' 'y\n'
tap_run 'has begun' eventually 5 property_is Clients 'u 1' .Frames
type_keys '\003'
ended 'Ctrl-C ends it as well' 1
has 'it says what is kept' 'ended; the takes that are good are kept' "$(cat "$said")"
tap_is 'a half take is none' 0 "$(takes)"
nothing_half_done 'after three of them'

# --- a lesson -------------------------------------------------------------------------------------------------

see '4 empty'
teach --new ThumbSideways ThumbSideways --takes 1
asked 'a take while nothing is there' 1 'ThumbSideways: 1 take of 2 s' '\n'
tap_run 'is refused, and says why' eventually 10 says 1 '^not kept: only [0-9]+ of [0-9]+ frames show a hand in the gate'
tap_run 'a hand comes' eventually 10 property_is DistanceMm 'd [1-9]'
asked 'again, of course' 1 '^Again\? \[Y/n/q\]' '\n'
asked 'now it is good; and the second one' 2 'ThumbSideways: 1 take of 2 s' 'y\n'
tap_run 'two are kept' eventually 15 says 2 '^kept in '
tap_run 'training begins' eventually 5 says 1 '^Training 1 of'
type_keys '\003'
ended 'Ctrl-C while it trains' 1
nothing_half_done 'it has learnt nothing'
tap_is 'but the takes are there' 2 "$(takes)"

teach --no-record
ended 'they can be learnt from without another one' 0
has 'the table' 'ThumbSideways +2 +[0-9]+ +unknown +[0-9.]+ %' "$(tr -d '\r' <"$said")"
tap_run 'the model is in use' property_is ModelOrigin '"taught 1"'
first=$(property ModelSha256)
teach --rollback
ended 'back' 0
tap_run 'to the built-in one' property_is ModelOrigin '"built-in"'
teach --no-record --json
ended 'and forth' 0
tap_is 'from the same takes it is the same model, every byte' "$first" "$(property ModelSha256)"
tap_done
