# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# demo.sh - the whole way from the emulated chip to an MQTT subscriber, private and gone when it ends.

demo_dir=
demo_pids=()

# demo_start LOG COMMAND...: in the background, its output in the log unless LOG is "-".
demo_start()
{
  local log=$1
  shift
  if [[ $log == - ]]; then
    "$@" </dev/null &
  else
    "$@" </dev/null >"$log" 2>&1 &
  fi
  demo_pids+=($!)
}

demo_alive()
{
  kill -0 "$1" 2>/dev/null
}

# Ends what was started, newest first, and leaves nothing behind. Runs once, whatever ended the demo.
demo_end()
{
  local pid i tries
  trap '' INT TERM HUP
  for ((i = ${#demo_pids[@]} - 1; i >= 0; i--)); do
    pid=${demo_pids[i]}
    kill -TERM "$pid" 2>/dev/null || true
    for ((tries = 0; tries < 30; tries++)); do
      demo_alive "$pid" || break
      sleep 0.1
    done
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  [[ -z $demo_dir ]] || rm -rf "$demo_dir"
}

demo_listening()
{
  (: >"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# A broker for this demo alone, on a free loopback port: sets demo_port.
demo_broker()
{
  local attempt tries pid
  local mosquitto=/usr/sbin/mosquitto
  [[ -x $mosquitto ]] || mosquitto=$(command -v mosquitto)
  for ((attempt = 0; attempt < 20; attempt++)); do
    demo_port=$((20000 + (RANDOM << 15 | RANDOM) % 12000))
    ! demo_listening "$demo_port" || continue
    printf '%s\n' "listener $demo_port 127.0.0.1" 'allow_anonymous true' 'persistence false' 'log_dest stderr' \
      >"$demo_dir/mosquitto.conf"
    demo_start "$demo_dir/mosquitto.log" "$mosquitto" -c "$demo_dir/mosquitto.conf"
    pid=${demo_pids[-1]}
    for ((tries = 0; tries < 50; tries++)); do
      demo_alive "$pid" || break # somebody took the port
      ! demo_listening "$demo_port" || return 0
      sleep 0.1
    done
  done
  echo "bootstrap: mosquitto does not start:" >&2
  cat "$demo_dir/mosquitto.log" >&2
  return 1
}

demo_config()
{
  cat >"$demo_dir/postured.conf" <<END
[mqtt]
enabled = yes
host = 127.0.0.1
port = $demo_port
node = demo
frame = yes
frame_hz = 15
END
}

# Waits until the subscriber ends; a dead service or a silent subscriber ends the demo too.
demo_wait()
{
  local subscriber=$1 service=$2 limit=$3 status=0
  while demo_alive "$subscriber"; do
    if ! demo_alive "$service"; then
      echo "bootstrap: postured ended:" >&2
      tail -n 20 "$demo_dir/postured.log" >&2
      return 1
    fi
    if [[ $limit -gt 0 && $SECONDS -gt $limit ]]; then
      echo "bootstrap: the subscriber does not end after $limit s" >&2
      return 1
    fi
    sleep 0.2
  done
  wait "$subscriber" || status=$?
  return $status
}

# demo_run [SECONDS]
demo_run()
{
  local seconds=$1 verb=monitor options=() service limit=0
  build_configure
  build_make postured posturectl
  trap demo_end EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  trap 'exit 129' HUP
  demo_dir=$(mktemp -d "${TMPDIR:-/tmp}/postured-demo.XXXXXX")
  demo_broker
  demo_config
  demo_start "$demo_dir/postured.log" build/postured --config "$demo_dir/postured.conf" --emulator
  service=${demo_pids[-1]}
  [[ ! -t 1 ]] || verb=watch
  if [[ -n $seconds ]]; then
    options=(--seconds "$seconds" --summary --expect 3)
    SECONDS=0
    limit=$((seconds + 10))
  fi
  demo_start - build/posturectl "$verb" --broker "mqtt://127.0.0.1:$demo_port" --node demo "${options[@]}"
  demo_wait "${demo_pids[-1]}" "$service" "$limit"
}
