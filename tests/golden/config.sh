#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# config.sh - the configuration as its user meets it: faults, dump, template, manual page, command line.
set -u
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
postured=${top_builddir:?}/postured

# refuses NAME MESSAGE ARGUMENT...: status 1, and the message is a line of what it says, with $tmp taken out.
refuses()
{
  local name=$1 message=$2 output status=0
  shift 2
  output=$("$postured" "$@" 2>&1 </dev/null) || status=$?
  output=${output//"$tmp/"/}
  if [[ $status -eq 1 ]] && grep -qxF -- "$message" <<<"$output"; then
    tap_ok "$name"
  else
    tap_not_ok "$name" "status $status, wanted: $message"$'\n'"$output"
  fi
}

# refuses_file MESSAGE LINE...: a file with these lines.
refuses_file()
{
  local message=$1
  shift
  printf '%s\n' "$@" >"$tmp/c.conf"
  refuses "$message" "$message" --config "$tmp/c.conf" --check-config
}

refuses_file 'c.conf:2: decide.treshold: unknown key, did you mean threshold?' '[decide]' 'treshold = 0.5'
refuses_file 'c.conf:2: decide.xyzzy: unknown key, see postured.conf(5)' '[decide]' 'xyzzy = 1'
refuses_file 'c.conf:2: decide.port: unknown key, it belongs in [mqtt]' '[decide]' 'port = 1'
refuses_file 'c.conf:1: [sensr]: unknown section, did you mean [sensor]?' '[sensr]'
refuses_file 'c.conf:3: decide.threshold: `1.5` is not allowed: 0 to 1' '# comment' '[decide]' 'threshold = 1.5'
refuses_file 'c.conf:2: sensor.order: `closets` is not allowed: closest or strongest, did you mean closest?' \
  '[sensor]' 'order = closets'
refuses_file 'c.conf:2: neither [section] nor key = value' '[decide]' 'hold'
refuses_file 'c.conf:1: hold_ms: before the first [section]' 'hold_ms = 1'
refuses_file "c.conf:2: mqtt.password: a password does not belong in this file: write it to a file that only root reads\
 and name that in password_file, or give the unit LoadCredential=mqtt-password:FILE" '[mqtt]' 'password = x'
refuses_file 'decide.min_mm: 300 is not below max_mm, which is 200' '[decide]' 'min_mm = 300' 'max_mm = 200'
refuses_file "c.conf:2: longer than 199 characters" '[mqtt]' "host = $(printf 'x%.0s' {1..300})"
refuses 'a missing file' 'nothing.conf: No such file or directory' --config "$tmp/nothing.conf" --check-config

# All faults of all files at once.
printf '[decide]\nx = 1\nthreshold = 9\n' >"$tmp/c.conf"
mkdir "$tmp/c.conf.d"
printf '[log]\nlevel = 7\n' >"$tmp/c.conf.d/a.conf"
printf 'x = 1\n' >"$tmp/c.conf.d/a.txt"
"$postured" --config "$tmp/c.conf" --check-config 2>"$tmp/faults"
tap_is "all faults of all files" 'c.conf:2 c.conf:3 c.conf.d/a.conf:2' \
  "$(sed -E "s|^$tmp/([^:]*:[0-9]+).*|\1|" "$tmp/faults" | xargs)"

# --- what is right ---
printf '[mqtt]\nhost = a\nnode = a\n' >"$tmp/c.conf"
printf '[mqtt]\nnode = b\n[posture Like]\nthreshold = 0.625\n' >"$tmp/c.conf.d/a.conf"
tap_is "a good configuration is silent" "0:" \
  "$(output=$("$postured" --config "$tmp/c.conf" --check-config 2>&1); echo "$?:$output")"
"$postured" --config "$tmp/c.conf" --dump-config >"$tmp/dump"
tap_is "the drop-in counts" "threshold = 0.625 host = a node = b" \
  "$(grep -E '^(host|node|threshold = 0.625)' "$tmp/dump" | xargs)"
tap_is "the dump reads back as the same" "$(<"$tmp/dump")" "$("$postured" --config "$tmp/dump" --dump-config)"
"$postured" --config /dev/null --dump-config >"$tmp/defaults"
tap_is "the installed file is the defaults" "$(<"$tmp/defaults")" \
  "$("$postured" --config "$top_srcdir/etc/postured.conf" --dump-config)"
sed -E 's/^#([a-z_]+ =)/\1/; s/^#\[posture Like\]//' "$top_srcdir/etc/postured.conf" |
  sed '/^# Values of one posture/,/^# The broker/{/=/d}' >"$tmp/uncommented"
tap_is "and so are its comments, taken off" "$(<"$tmp/defaults")" \
  "$("$postured" --config "$tmp/uncommented" --dump-config)"

# --- documents that come from the table: make update-config-docs ---
tap_is "etc/postured.conf" "$("$postured" --dump-config=template)" "$(<"$top_srcdir/etc/postured.conf")"
tap_is "the keys of postured.conf(5)" "$("$postured" --dump-config=man)" \
  "$(sed '1,/^\.\\" keys begin/d; /^\.\\" keys end/,$d' "$top_srcdir/man/postured.conf.5")"
missing=$(
  "$postured" --help | grep -oE -- '--[a-z-]+' | sort -u | while read -r option; do
    grep -qF -- "${option//-/\\-}" "$top_srcdir/man/postured.8" || echo "$option"
  done
)
tap_empty "every option is in postured(8)" "$missing"

# --- the command line ---
refuses 'an unknown option' 'See --help.' --bogus
refuses 'an argument' 'postured: what is `x`?, see --help' x
refuses 'replay and emulator' 'postured: --replay and --emulator exclude each other, see --help' --replay / --emulator
refuses 'fast without a source for it' 'postured: --fast needs --replay or --emulator, see --help' --fast
refuses 'loop without a recording' \
  'postured: --loop needs --replay (the emulator has --emulator=loop:RECORDING), see --help' --emulator --loop
refuses 'faults without the emulator' 'postured: --faults needs --emulator, see --help' --faults x
refuses 'a rate' 'postured: --rate: `61` is not a number from 1 to 60' --rate 61
refuses 'a rate that the chip has not' 'sensor.rate_hz: at most 15 at 8x8' --config /dev/null --emulator --rate 16
refuses 'a level' 'postured: --log-level: `loud` is not allowed: error, warning, notice, info or debug' --log-level loud
refuses 'a form of dump' 'postured: --dump-config: `x` is none of effective, template, man, see --help' --dump-config=x
tap_run "--help" "$postured" --help
tap_is "--version" "postured Paho model" "$("$postured" --config /dev/null --version | sed 's/ .*//' | xargs)"
tap_is "--list-postures shows each posture's rule" "Like threshold 0.625, 5 frames" \
  "$("$postured" --config "$tmp/c.conf" --list-postures | grep '^Like' | xargs)"
dump_of()
{
  "$postured" --config "$1" --dump-config "${@:3}" | sed '1,/^\[mqtt\]/d' | grep -qx "enabled = $2"
}
tap_run "the emulator with a file that names a broker uses it" dump_of "$tmp/c.conf" yes --emulator
tap_run "without one it does not" dump_of /dev/null no --emulator
tap_run "nor when told so" dump_of "$tmp/c.conf" no --emulator --no-mqtt
tap_run "the sensor does by default" dump_of /dev/null yes
tap_done
