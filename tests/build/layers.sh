#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2317,SC2034 # called and read by name
# layers.sh - who may include and call whom (ARCHITECTURE.md), read from every #include and from the symbols of the
# archives, one test point a rule. Each include rule then has to object to a violation that is planted in an empty tree.
set -u
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Name @ where it holds @ exempt paths (regex, - = none) @ forbidden includes (regex) @ violation: file and include.
# Headers of the C library are a question of symbols, below.
include_rules()
{
  cat <<'END'
sensor/frame.h includes nothing but stdint @ sensor/frame.h @ - @ ^(?!stdint\.h$) @ sensor/frame.h stddef.h
sensor/ does not include nn/ @ sensor @ - @ ^nn/ @ sensor/bus.c nn/classifier.h
nn/ takes nothing of sensor/ but frame.h @ nn @ ^nn/(tool|train)/ @ ^sensor/(?!frame\.h$) @ nn/local.c sensor/recording.h
nn/tool/ and nn/train/ take frame.h and the recordings @ nn/tool nn/train @ - @ ^sensor/(?!(frame|recording)\.h$) @ nn/tool/eval.c sensor/source.h
mcu-offload/ takes nn/runtime, the classifier and frame.h @ mcu-offload @ - @ ^(sensor/(?!frame\.h$)|nn/(?!runtime/|classifier\.h$)) @ mcu-offload/link.c nn/tool/eval.h
nothing below daemon/ includes daemon/ @ sensor nn mcu-offload @ - @ ^daemon/ @ nn/tool/eval.c daemon/log.h
nothing below daemon/ includes systemd or syslog @ sensor nn mcu-offload @ - @ ^(systemd/|syslog\.h$) @ sensor/bus.c systemd/sd-event.h
Paho stands in daemon/mqtt-link.c alone @ daemon sensor nn mcu-offload @ ^daemon/mqtt-link\.c$ @ ^MQTT @ daemon/publish-mqtt.c MQTTAsync.h
libgpiod stands in sensor/gpio-v1.c and gpio-v2.c alone @ daemon sensor nn mcu-offload @ ^sensor/gpio-v[12]\.c$ @ ^gpiod\.h$ @ sensor/bus.c gpiod.h
libhdf5 stands in nn/import/ alone @ daemon sensor nn mcu-offload @ ^nn/import/ @ ^hdf5(_hl)?\.h$ @ nn/tool/eval.c hdf5.h
protobuf-c stands in nn/import/onnx* alone @ daemon sensor nn mcu-offload @ ^nn/import/onnx @ ^(protobuf-c/|nn/import/onnx\.pb-c\.h$) @ nn/tool/eval.c protobuf-c/protobuf-c.h
libyaml stands in nn/train/yaml-tree.c alone @ daemon sensor nn mcu-offload @ ^nn/train/yaml-tree\.c$ @ ^yaml\.h$ @ nn/tool/eval.c yaml.h
liblbfgs stands in nn/train/trainer-lbfgs.c alone @ daemon sensor nn mcu-offload @ ^nn/train/trainer-lbfgs\.c$ @ ^lbfgs\.h$ @ nn/tool/eval.c lbfgs.h
libzip stands in sensor/npz*.c alone @ daemon sensor nn mcu-offload @ ^sensor/npz[a-z-]*\.c$ @ ^zip\.h$ @ sensor/replay.c zip.h
inih stands in daemon/config*.c alone @ daemon sensor nn mcu-offload @ ^daemon/config[a-z-]*\.c$ @ ^ini\.h$ @ sensor/bus.c ini.h
sd-bus stands in the service's dbus publisher and posturectl's client alone @ daemon sensor nn mcu-offload @ ^daemon/(dbus-(private\.h|object\.c|frames\.c)|publish-dbus\.c|posturectl/bus-(client\.c|models\.c|private\.h|decode\.[ch]))$ @ ^systemd/sd-bus @ daemon/app.c systemd/sd-bus.h
nn/runtime/ includes itself, frame.h and freestanding headers @ nn/runtime @ - @ ^(?!nn/runtime/|sensor/frame\.h$|(stdint|stddef|stdbool|limits|float|string|math|emmintrin|immintrin|cpuid|arm_neon)\.h$) @ nn/runtime/model.c stdlib.h
the wire of mcu-offload/ is freestanding @ mcu-offload/protocol.h mcu-offload/protocol.c mcu-offload/framing.h mcu-offload/framing.c @ - @ ^(?!mcu-offload/(protocol|framing)\.h$|nn/runtime/|(stdint|stddef|stdbool)\.h$) @ mcu-offload/protocol.h string.h
includes are written from the top @ daemon sensor nn mcu-offload tests @ - @ ^\.\.?/ @ nn/tool/eval.c ../classifier.h
END
}

# "path:line:include" of every C file below the folders that exist.
includes_of()
{
  local folder
  for folder; do
    [[ ! -e $folder ]] || find "$folder" -name '*.[ch]' -exec grep -nHoP '^\s*#\s*include\s*[<"]\K[^>"]+' {} +
  done
}

# places FIELD OPTION REGEX: numbers of the lines of $scratch/includes whose field fits. One grep for all: there are thousands.
places()
{
  cut -d: -f"$1" "$scratch/includes" | grep -n"$2" -e "$3" | cut -d: -f1
}

# violations FOLDERS EXEMPT FORBIDDEN: what breaks the rule in the current folder.
violations()
{
  # shellcheck disable=SC2086
  includes_of $1 >"$scratch/includes"
  awk -F: -v part=0 'FNR == 1 { part++ } part == 1 { exempt[$1] } part == 2 { forbidden[$1] }
    part == 3 && FNR in forbidden && !(FNR in exempt) { print $1 ":" $2 ": includes " $3 }' \
    <(echo; [[ $2 == - ]] || places 1 E "$2") <(echo; places 3 P "$3") "$scratch/includes"
}

split_rule()
{
  local -n fields=$2
  mapfile -t fields <<<"${1// @ /$'\n'}"
}

check_includes()
{
  local rule part
  while read -r rule; do
    split_rule "$rule" part
    tap_empty "${part[0]}" "$(cd "$top_srcdir" && violations "${part[@]:1:3}")"
  done < <(include_rules)
}

check_planted()
{
  local rule part file include
  while read -r rule; do
    split_rule "$rule" part
    read -r file include <<<"${part[4]}"
    rm -rf "$scratch/planted"
    mkdir -p "$scratch/planted/$(dirname "$file")"
    echo "#include \"$include\"" >"$scratch/planted/$file"
    tap_is "can fail: ${part[0]}" "$file:1: includes $include" \
      "$(cd "$scratch/planted" && violations "${part[@]:1:3}")"
  done < <(include_rules)
}

# undefined ARCHIVE, defined ARCHIVE: "member symbol", sorted by symbol.
undefined()
{
  nm -A -u "${top_builddir:?}/$1" 2>/dev/null | sed -E 's/^[^:]*:([^:]*): +[Uwv] /\1 /' | sort -u -k2
}

defined()
{
  nm -A --defined-only -g "$top_builddir/$1" 2>/dev/null | sed -E 's/^[^:]*:([^:]*):[0-9a-f]* +[A-Z] /\1 /' | sort -u -k2
}

# calls_into USER OWNER: what the user takes from the owner.
calls_into()
{
  join -1 2 -2 2 -o '1.1 0' <(undefined "$1" | sort -k2) <(defined "$2" | sort -k2) | sed "s/\$/ (of $2)/"
}

# uses ARCHIVE REGEX [EXEMPT]: members that take a symbol which fits, but for exempt members.
uses()
{
  undefined "$1" | awk -v symbol="$2" -v exempt="${3:-^$}" '$2 ~ symbol && $1 !~ exempt'
}

# members_of PREFIX FOLDER: regex of the archive members made of the sources in and below this folder.
members_of()
{
  local file names=
  while read -r file; do
    names+="|$(basename "$file" .c)"
  done < <(find "$top_srcdir/$2" -name '*.c')
  echo "^$1-(${names#|})\\.o\$"
}

# foreign ARCHIVE MEMBERS ALLOWED: what these members take that neither they nor the list provide.
foreign()
{
  undefined "$1" | awk -v members="$2" '$1 ~ members' | awk -v allowed="$3" '$2 !~ allowed' |
    join -v 1 -1 2 -2 2 -o '1.1 0' - <(defined "$1" | awk -v members="$2" '$1 ~ members' | sort -k2)
}

# mutable ARCHIVE MEMBERS: bytes in .data and .bss.
mutable()
{
  size -A "$top_builddir/$1" 2>/dev/null | awk -v members="$2" '
    / :$|\(ex / { member = $1 }
    member ~ members && ($1 ~ /^\.(data|bss)($|\.)/ && $1 !~ /^\.data\.rel\.ro/) && $2 > 0 { print member, $1, $2 " bytes" }'
}

check_symbols()
{
  local memory='^(memcpy|memmove|memset|memcmp|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_|__mem[a-z]+_chk)$'
  local mathematics='^(exp|log|sqrt|fabs|fmin|fmax|floor|ceil|round|lround|rint|lrint|nearbyint|ldexp|tanh|erf)f$'
  local runtime
  runtime=$(members_of 'lib(nn|kernels)_a' nn/runtime)

  tap_empty "libsensor.a takes nothing of libhall.a" "$(calls_into libsensor.a libhall.a)"
  tap_empty "libsensor.a takes nothing of libnn.a" "$(calls_into libsensor.a libnn.a)"
  tap_empty "libmcu.a takes nothing of libhall.a" "$(calls_into libmcu.a libhall.a)"
  tap_empty "libmcu.a takes nothing of libsensor.a" "$(calls_into libmcu.a libsensor.a)"
  tap_empty "libnn.a takes nothing of libmcu.a" "$(calls_into libnn.a libmcu.a)"
  tap_empty "libnn.a takes nothing of libhall.a" "$(calls_into libnn.a libhall.a)"
  tap_empty "libnn.a takes nothing of libsensor.a" "$(calls_into libnn.a libsensor.a)"
  tap_empty "libmodels.a, which makes models, takes nothing of libsensor.a" "$(calls_into libmodels.a libsensor.a)"
  tap_empty "libhall.a, which serves, takes nothing of libmodels.a" "$(calls_into libhall.a libmodels.a)"
  local archive
  for archive in libsensor.a libnn.a libmcu.a libmodels.a; do
    tap_empty "$archive says nothing: no terminal, no journal" \
      "$(uses $archive '^(stdout|stderr|printf|__printf_chk|vprintf|puts|putchar|perror|v?syslog|v?warnx?|v?errx?|sd_journal_.*)$')"
    tap_empty "$archive knows neither systemd nor Paho" "$(uses $archive '^(sd_|MQTT)')"
  done
  tap_empty "libhall.a calls Paho from mqtt-link alone" "$(uses libhall.a '^MQTT' '-mqtt-link\.o$')"
  tap_empty "libhall.a calls sd-bus from the dbus publisher alone" "$(uses libhall.a '^sd_bus_' '-(publish-dbus|dbus-[a-z]+)\.o$')"
  tap_empty "libsensor.a calls libgpiod from gpio-v1 and gpio-v2 alone" "$(uses libsensor.a '^gpiod_' '-gpio-v[12]\.o$')"
  tap_empty "libmodels.a calls libhdf5 from its importer alone" "$(uses libmodels.a '^H5' '-h5-reader\.o$')"
  tap_empty "libsensor.a calls libzip from npz alone" "$(uses libsensor.a '^zip_' '-npz[a-z-]*\.o$')"

  if nm "$top_builddir/libnn.a" 2>/dev/null | grep -qE ' U (__asan_|__gcov_|__sanitizer_)'; then
    tap_skip "nn/runtime/ is freestanding" "instrumented build"
    tap_skip "the wire is freestanding" "instrumented build"
    tap_skip "daemon/decide.c is pure" "instrumented build"
    return
  fi
  tap_empty "nn/runtime/ takes memory functions and float mathematics alone" \
    "$(foreign libnn.a "$runtime" "$memory|$mathematics")"
  tap_empty "the wire takes memory functions and nn/runtime/ alone" \
    "$(foreign libmcu.a '(^|-)(protocol|framing)\.o$' "$memory|^nn_")"
  tap_empty "the wire has no mutable data" "$(mutable libmcu.a '(^|-)(protocol|framing)\.o$')"
  tap_empty "nn/runtime/ has no mutable data" "$(mutable libnn.a "$runtime")"
  tap_empty "daemon/decide.c takes memory functions alone: no clock, no allocation, no I/O" \
    "$(foreign libhall.a '-decide\.o$' "$memory")"
  tap_empty "daemon/decide.c has no mutable data" "$(mutable libhall.a '-decide\.o$')"
}

# A rule over symbols that reads no symbols proves nothing.
check_archives()
{
  local archive
  for archive in libsensor.a libnn.a libmcu.a libmodels.a libhall.a; do
    tap_is "$archive has symbols to read" yes "$([[ -n $(defined "$archive") ]] && echo yes || echo no)"
  done
}

check_includes
check_planted
check_archives
check_symbols
tap_done
