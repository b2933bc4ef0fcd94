#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bus-m4.sh - what the service and posturectl say of the other core: one that works, one that is silent, of another version,
# with another model, that has gone; and of none that is wanted.
set -u
# shellcheck source=tests/system/session-bus.sh
. "${top_srcdir:?}/tests/system/session-bus.sh"
command -v jq >/dev/null || tap_skip_all 'jq is not installed'
driver=${top_builddir:?}/tests/system/m4-driver
[[ -x $driver ]] || tap_skip_all 'configured without cmocka'

# m4_start [HOW]: sets m4.
m4_start()
{
  rm -f "$work/m4"
  "$driver" "$work/m4" "$@" >/dev/null &
  m4=$!
  track "$m4"
  eventually 5 test -S "$work/m4"
}

# with BACKEND [HOW]: a service and another core; waits until the link is where it ends.
with()
{
  [[ $# -eq 1 ]] || m4_start "$2"
  printf '%s\n' '[mqtt]' 'enabled = no' '[classifier]' "backend = $1" "m4_channel = unix:$work/m4" \
    'm4_deadline_ms = 1000' >"$work/postured.conf"
  service_start --config "$work/postured.conf"
  eventually 5 on_bus
}

# status_has NAME PATTERN: in the text of posturectl status, soon.
status_has()
{
  if eventually 8 eval "\"$posturectl\" status | grep -qE -- '$2'"; then
    tap_ok "$1"
  else
    tap_not_ok "$1" "wanted $2 in: $("$posturectl" status)"
  fi
}

bus_start
with m4 fine
tap_run 'it gets ready' eventually 5 property_is M4State '"ready"'
tap_run 'it tells how it is' eventually 5 property_is M4Counters '"own_run_us_average" 495'
status_has 'status: whose results' '^  m4        ready, fake; results are the m4.s$'
status_has 'status: what was counted here' \
  '^            results: [1-9][0-9]* of the m4, 2[0-9] of this core \(0 for want of an answer\); 20 compared, 0 differ$'
status_has 'status: what was counted there' \
  '^            it says: [0-9]+ frames, 0 refused as busy, 0 late, 0 bad messages, 0 replies lost$'
status_has 'status: its times and its stack' '^                     495 us a frame \(480 to 520\), 632 bytes of stack never used$'
"$posturectl" status --json | jq .diagnostics >"$work/diagnostics.json"
tap_is 'status --json' 'ready|m4|632|5' \
  "$(jq -r '.coprocessor | "\(.state)|\(.results_of)|\(.own.stack_free_least_bytes)|\(.own.uptime_s)"' "$work/diagnostics.json")"
if python3 -c 'import jsonschema' 2>/dev/null; then
  tap_run 'it has the schema of MQTT' python3 -c 'import json, sys, jsonschema
jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))' "$work/diagnostics.json" \
    "$top_srcdir/docs/schema/diagnostics.json"
else
  tap_skip 'it has the schema of MQTT' 'python3-jsonschema is not installed'
fi
end "$m4" KILL
tap_run 'when it has gone, so have its counters' eventually 5 eval "! property M4Counters | grep -q own_"
tap_run 'and why is told' eventually 5 property_is M4Reason 'no channel|the channel has gone'
end "$service"

with local
eventually 5 property_is SensorState '"running"'
tap_is 'backend local: nothing is said of another core' 's "" a{st} 0' "$(property M4State) $(property M4Counters)"
end "$service"
tap_done
