#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# mqtt-tls.sh - encrypted ways to the broker: CA, client certificates, pre-shared key, and all that must be refused.
# Certificates are made here and live as long as the test.
set -u
# shellcheck source=tests/system/broker.sh
. "${top_srcdir:?}/tests/system/broker.sh"
need openssl
cd "$work" || exit 1

key()
{
  openssl ecparam -name prime256v1 -genkey -noout -out "$1.key" 2>>openssl.log
}

# authority NAME
authority()
{
  key "$1"
  openssl req -x509 -new -key "$1.key" -subj "/CN=$1" -days 2 -out "$1.crt" 2>>openssl.log
}

# certificate NAME AUTHORITY SUBJECT-ALT-NAME [x509 OPTION...]
certificate()
{
  local name=$1 ca=$2 san=$3
  shift 3
  key "$name"
  openssl req -new -key "$name.key" -subj "/CN=$name" -out "$name.csr" 2>>openssl.log
  openssl x509 -req -in "$name.csr" -CA "$ca.crt" -CAkey "$ca.key" -CAcreateserial -out "$name.crt" \
    -extfile <(echo "subjectAltName=$san") "$@" 2>>openssl.log
}

authority ca
authority stranger
certificate broker ca IP:127.0.0.1,DNS:localhost -days 2
certificate elsewhere ca DNS:broker.example -days 2
certificate client ca DNS:client -days 2
certificate unknown stranger DNS:client -days 2
# Notes its own end: it was valid for a moment of the past.
openssl x509 -req -in broker.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out expired.crt -days -1 \
  -extfile <(echo "subjectAltName=IP:127.0.0.1") 2>>openssl.log
cp broker.key expired.key

# tls_broker CERTIFICATE [CONFIG LINE...]: a broker of its own for each question.
tls_broker()
{
  local name=$1
  shift
  [[ -z ${broker_pid-} ]] || end "$broker_pid"
  broker_start 'allow_anonymous true' "certfile $work/$name.crt" "keyfile $work/$name.key" "cafile $work/ca.crt" "$@"
}

# accepted NAME SETTING...
accepted()
{
  local name=$1
  shift
  driver_start tls=yes "$@"
  say 'posture Like'
  tap_run "$name: connects" eventually 5 said 'notice 5 connected to mqtts://'
  tap_run "$name: publishes" eventually 3 health_published
  driver_end
}

health_published()
{
  (($(health acknowledged) >= 3))
}

# refused NAME PATTERN SETTING...
refused()
{
  local name=$1 pattern=$2
  shift 2
  driver_start tls=yes "$@"
  tap_run "$name: the reason is told" eventually 5 said "notice 4 .*$pattern"
  tap_is "$name: not connected" 0 "$(health connects)"
  driver_end
}

tls_broker broker
accepted 'CA' ca_file=ca.crt
accepted 'host name' ca_file=ca.crt host=localhost
refused 'wrong CA' 'not trusted' ca_file=stranger.crt
refused "the system's CAs" 'not trusted'
refused 'CA file that is not there' "mqtt.ca_file: can't read nothing.crt" ca_file=nothing.crt
accepted 'verify = no' ca_file=stranger.crt verify=no
tls_broker elsewhere
refused 'wrong host name' 'not made for "127.0.0.1"' ca_file=ca.crt
tls_broker expired
refused 'expired certificate' 'not trusted: check .* dates' ca_file=ca.crt
tls_broker broker 'require_certificate true'
accepted 'client certificate' ca_file=ca.crt cert_file=client.crt key_file=client.key
refused 'no client certificate' '.' ca_file=ca.crt
refused "a stranger's client certificate" '.' ca_file=ca.crt cert_file=unknown.crt key_file=unknown.key

end "$broker_pid"
echo 'sensor:00112233445566778899aabbccddeeff' >psk
broker_start 'allow_anonymous true' 'psk_hint test' "psk_file $work/psk"
accepted 'pre-shared key' psk_identity=sensor psk_file=psk
echo '00112233445566778899aabbccddee00' >wrong
refused 'wrong pre-shared key' 'TLS' psk_identity=sensor psk_file=wrong
echo 'not hexadecimal' >wrong
refused 'a key that is none' 'mqtt.psk_file: .* hexadecimal' psk_identity=sensor psk_file=wrong
tap_is 'no key and no password was ever told' 0 "$(grep -rlc '00112233445566' "$work"/driver.log "$work"/mosquitto.log | grep -c .)"
tap_done
