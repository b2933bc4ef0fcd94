#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# mqtt-schema.sh - the service on the emulated chip, a real broker, and every kind of payload as it came through it
# against its JSON Schema.
set -u
# shellcheck source=tests/system/broker.sh
. "${top_srcdir:?}/tests/system/broker.sh"
python=/usr/bin/python3
"$python" -c 'import jsonschema' 2>/dev/null || {
  echo '1..0 # SKIP python3-jsonschema is not installed'
  exit 0
}

broker_start
mosquitto_sub -p "$port" -V 5 -t '#' -F '%t %p' >"$work/received" &
track $!
mosquitto_sub -p "$port" -V 5 -t 'postured/test/event' -C 1 -F '%C %E' -W 20 >"$work/properties" &
properties=$!
track "$properties"
cat >"$work/postured.conf" <<END
[mqtt]
host = 127.0.0.1
port = $port
node = test
frame = yes
diagnostics_s = 1
END
"$top_builddir/postured" --config "$work/postured.conf" --emulator >"$work/postured.log" 2>&1 &
service=$!
track "$service"

tap_run 'an event comes' eventually 15 came "$work/received" '^postured/test/event \{'
tap_run 'diagnostics come' eventually 5 came "$work/received" '^postured/test/diagnostics \{'
tap_run 'status says that the service is online' \
  "$posturectl" status --broker "127.0.0.1:$port" --node test --seconds 5
wait "$properties"
tap_is 'MQTT 5: content type and time to live of an event' 'application/json 60' "$(cat "$work/properties")"
kill -TERM "$service"
wait "$service"
tap_is 'the service ends cleanly' 0 $?
tap_run 'and says offline' eventually 2 came "$work/received" '^postured/test/availability offline'

"$python" "$top_srcdir/tests/system/schema-check.py" "$top_srcdir/docs/schema" "$work/received" >"$work/verdict" 2>&1
for kind in posture event frame diagnostics availability discovery; do
  line=$(grep "^$kind " "$work/verdict" || tail -n 3 "$work/verdict")
  if [[ $line == "$kind "[1-9]*' ok' ]]; then tap_ok "$line"; else tap_not_ok "$kind" "$line"; fi
done
tap_done
