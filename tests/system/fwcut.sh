#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# fwcut.sh - vl53l8cx-fwcut on headers of our own making, which look like ST's: what it must take, and what it must refuse,
# with the line.
set -u
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"
fwcut=${top_builddir:?}/vl53l8cx-fwcut
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1

# --- headers -------------------------------------------------------------------------------------------------------
# u32 FILE OFFSET, array FILE PART: a number and the elements of a part, from a container.
u32()
{
  od -An -v -tu4 -j "$2" -N 4 "$1" | tr -d ' '
}

array()
{
  local entry=$((84 + 44 * $2))
  od -An -v -tx1 -w4 -j "$(u32 "$1" $((entry + 4)))" -N "$(u32 "$1" $((entry + 8)))" "$1" |
    sed 's/ \(..\)/0x\1, /g; s/^/  /; s/, $/,/'
}

# The 107th element of a configuration is a macro: line 27 of its list, the last of four.
with_macro()
{
  sed "27s/0x02,\$/$1,/"
}

buffers()
{
  echo "/**"
  echo " * Copyright (c) 2021 Nobody. Licence: be nice."
  echo " */"
  echo "#ifndef BUFFERS_H_"
  echo "#define BUFFERS_H_ /* a comment that"
  echo "goes on */"
  echo "#define LONG_MACRO \\"
  echo "  VL53L8CX_FIRMWARE[] = {0x100}"
  echo "extern const uint8_t VL53L8CX_FIRMWARE[];"
  echo "const uint8_t VL53L8CX_FIRMWARE[] = {" # line 10
  cat image
  echo "};"
  echo "const uint8_t VL53L8CX_DEFAULT_CONFIGURATION[] = {"
  with_macro VL53L8CX_FW_NBTAR_RANGING <configuration
  echo "};"
  echo "static const uint8_t VL53L8CX_DEFAULT_XTALK[776] PROGMEM = {"
  cat xtalk
  echo "};"
  echo "const uint32_t OTHER[] = {0x10000, -1, sizeof(int)};"
  echo "#endif"
}

plugin()
{
  echo "const uint8_t VL53L8CX_CALIBRATE_XTALK[] = {"
  with_macro VL53L8CX_FW_NBTAR_XTALK <calibration
  echo "};"
}

"$fwcut" --synthetic=7 -o synthetic.fw >/dev/null || exit 1
array synthetic.fw 0 >image
array synthetic.fw 1 >configuration
array synthetic.fw 2 >xtalk
array synthetic.fw 3 >calibration
buffers >good.h
plugin >plugin.h
image_line=11
configuration_line=$((10 + 21504 + 2)) # of the array's name
xtalk_line=$((configuration_line + 243 + 2))

# --- what is taken -------------------------------------------------------------------------------------------------
# The parts of two containers, as text.
parts()
{
  local part
  for part in 0 1 2 3; do
    array "$1" $part
  done | sha256sum
}

# takes NAME HEADER...: the container that comes out has the parts of the synthetic firmware.
takes()
{
  local name=$1
  shift
  rm -f out.fw
  if ! "$fwcut" "$@" plugin.h -o out.fw >out.txt 2>err.txt; then
    tap_not_ok "takes $name" "$(cat err.txt)"
    return
  fi
  tap_is "takes $name" "$(parts synthetic.fw)" "$(parts out.fw)"
}

takes "a header" good.h
tap_is "says what it made" "out.fw: firmware unknown, checksum 0x833c0cd4, frame trailer 24 bytes, with crosstalk calibration" \
  "$(cat out.txt)"
tap_is "warns about what it does not know" 4 "$(grep -c '^vl53l8cx-fwcut: warning: ' err.txt)"
tap_is "keeps the licence" "$(sed -n 1,3p good.h)" "$(tail -c +$((1 + $(u32 out.fw 264))) out.fw | head -c "$(u32 out.fw 268)")"
tap_is "keeps the header's hash" "$(sha256sum <good.h | cut -d' ' -f1)" \
  "$(od -An -v -tx1 -j 48 -N 32 out.fw | tr -d ' \n')"
tap_is "--check reads it" "$(cat out.txt)" "$("$fwcut" --check out.fw)"

sed 's/$/\r/' good.h >crlf.h
takes "CRLF line ends" crlf.h
sed 's/^  /\t/; s/, /,\t/g' good.h >tabs.h
takes "tabs" tabs.h
sed 's|^  0xe0, 0x00|  0xe0 /* comment, with 0x55, in it */, // }; 0x77\n0X00u|' good.h >comments.h
takes "comments, suffixes" comments.h
tr -d ' \n' <image >one-line
{ sed -n 1,10p good.h; cat one-line; echo; sed -n '/^};/,$p' good.h; } >one-line.h
takes "an array on one line" one-line.h
sed "$((configuration_line - 2))s/,\$//" good.h >comma.h
takes "no comma after the last element" comma.h
sed -e "s/VL53L8CX_FW_NBTAR_RANGING/2/" good.h >no-macro.h
takes "a number in place of the macro" no-macro.h
{ echo 'const char *text = "/* \" VL53L8CX_FIRMWARE[] = {";'; echo "char c = '\"';"; cat good.h; } >strings.h
takes "strings" strings.h

"$fwcut" good.h -o plain.fw >plain.txt 2>/dev/null
tap_is "the plug-in's header is optional" "without crosstalk calibration" "$(grep -o 'without.*' plain.txt)"
"$fwcut" --trailer 32 good.h -o plain.fw >plain.txt 2>err.txt
tap_is "--trailer is kept" "frame trailer 32 bytes" "$(grep -o 'frame trailer 32 bytes' plain.txt)"
tap_is "and then not warned about" 1 "$(grep -c 'warning: this firmware' err.txt)"
"$fwcut" --synthetic 7 -o again.fw >/dev/null
tap_run "--synthetic 7 is --synthetic=7" cmp synthetic.fw again.fw
"$fwcut" -s8 -o again.fw >/dev/null
tap_is "another seed is another firmware" 1 "$(cmp -s synthetic.fw again.fw; echo $?)"

# --- what is refused -----------------------------------------------------------------------------------------------
# refuses NAME LINE TEXT HEADER [PLUGIN]: exit code 1, one message "HEADER:LINE: ...TEXT...", no file.
refuses()
{
  local name=$1 line=$2 text=$3 code message
  shift 3
  rm -f out.fw
  "$fwcut" "$@" -o out.fw >out.txt 2>err.txt </dev/null
  code=$?
  message=$(grep -v ' warning: ' err.txt)
  if [[ $code != 1 || -e out.fw || $message != "vl53l8cx-fwcut: ${!#}:$line: "*"$text"* || $message == *$'\n'* ]]; then
    tap_not_ok "refuses $name" "code $code, wanted ${!#}:$line: ...$text...; got: $message"
  else
    tap_ok "refuses $name"
  fi
}

# edit SED: good.h changed, as bad.h
edit()
{
  sed "$1" good.h >bad.h
  ! cmp -s good.h bad.h || echo "# the edit '$1' changed nothing"
}

line=$((image_line + 100))
edit "${line}s/0x..,/0x1ff,/"
refuses "a number above 255" $line "0x1ff does not fit in a byte" bad.h
edit "${line}s/0x..,/0x99999999999999999999999999999999999999999999999999999999999999999,/"
refuses "an endless number" $line "does not fit in a byte" bad.h
edit "${line}s/0x..,/0xGG,/"
refuses "a digit that is none" $line "0xGG is not a number" bad.h
edit "${line}s/0x..,/0x,/"
refuses "half a number" $line "0x is not a number" bad.h
edit "${line}s/0x..,/09,/"
refuses "an octal 9" $line "09 is not a number" bad.h
edit "${line}s/0x..,/-1,/"
refuses "a negative number" $line "'-' where a number of VL53L8CX_FIRMWARE should be" bad.h
edit "${line}s/0x..,/1.5,/"
refuses "a fraction" $line "'.' after element" bad.h
edit "${line}s/0x..,/\"x\",/"
refuses "a string" $line "where a number" bad.h
edit "${line}s/0x..,/,/"
refuses "a comma too many" $line "',' where a number" bad.h
edit "${line}s/\(0x..\),/\1/"
refuses "a comma too few" $line "where a comma should be" bad.h
edit "${line}s/0x..,/MACRO,/"
refuses "a macro in the firmware" $line "MACRO: element 400 of VL53L8CX_FIRMWARE must be a number" bad.h
edit "${line}s/0x..,/0x01, 0x01,/"
refuses "an element too many" $((image_line + 21503)) "VL53L8CX_FIRMWARE has more than 86016 elements" bad.h
edit "${line}s/0x..,//"
refuses "an element too few" $((image_line + 21504)) "VL53L8CX_FIRMWARE ends after 86015 elements" bad.h
edit "$((configuration_line + 28))s/0x..,/SECOND,/"
refuses "a second macro" $((configuration_line + 28)) "SECOND: element 108" bad.h
edit "${line}s|^|/* |"
refuses "a comment that never ends" $line "this comment never ends" bad.h
printf 'const char *x = "abc\n' | cat - good.h >bad.h
refuses "a string that never ends" 1 "this string never ends" bad.h
head -n 5000 good.h >bad.h
refuses "a truncated file" 10 "VL53L8CX_FIRMWARE is never closed" bad.h
edit "s/^const uint32_t OTHER.*/int x[] = { {0};/"
refuses "a brace that is never closed" $(($(wc -l <good.h) - 1)) "'{' is never closed" bad.h
head -c 3000 /dev/urandom | tr '\n' '\001' | cat <(printf '\001') - >bad.h
refuses "a binary file" 1 "this is not a C header" bad.h
cat good.h <(sed '/_H_/d' good.h) >bad.h
refuses "an array that is there twice" $(($(wc -l <good.h) + 8)) "defined a second time, first in line 10" bad.h
edit "${image_line}s/0xe0/0xe1/"
refuses "another start of the image" 10 "does not start like any known image" bad.h
edit "$((configuration_line + 1))s/0x54/0x55/"
refuses "another block in the configuration" $configuration_line "unexpected block 0x55500080 at byte 0" bad.h
edit "$((configuration_line + 243))s/0xc8/0xc9/"
refuses "another footer of the configuration" $configuration_line "default configuration: bad footer" bad.h
edit "$((xtalk_line + 194))s/0x04/0x05/"
refuses "another footer of the crosstalk" $xtalk_line "default crosstalk: bad footer" bad.h
for name in VL53L5CX VL53L7CX VL53LMZ; do
  edit "10s/VL53L8CX/$name/"
  refuses "the header of a $name" 10 "${name}_FIRMWARE: this header belongs to another sensor" bad.h
done

# An image whose checksum is that of the VL53L7CX: word 1000 makes up for the rest.
mapfile -t bytes < <(sed -n "$((image_line + 1000))p" good.h | tr -d ' ' | tr ',' '\n' | head -n 4)
address=$((0x00420000 + 4000))
word=$((bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3]))
word=$(((((word + address) & 0xffffffff) ^ 0x833c0cd4 ^ 0x8b118ce7) - address & 0xffffffff))
edit "$((image_line + 1000))s/.*/$((word >> 24 & 255)), $((word >> 16 & 255)), $((word >> 8 & 255)), $((word & 255)),/"
refuses "the image of a VL53L7CX" 10 "VL53L8CX_FIRMWARE is the firmware for the VL53L7CX" bad.h

sed 's/0xd4 *,$/0xd5,/' plugin.h >bad.h
refuses "a bad crosstalk calibration" 1 "crosstalk calibration: bad footer" good.h bad.h
sed 's/VL53L8CX_FIRMWARE/VL53L8CX_FIRMWARES/' good.h >bad.h

# fails NAME CODE TEXT ARGUMENT...
fails()
{
  local name=$1 wanted=$2 text=$3 code
  shift 3
  "$fwcut" "$@" >out.txt 2>err.txt </dev/null
  code=$?
  if [[ $code == "$wanted" && $(cat err.txt) == *"$text"* ]]; then
    tap_ok "$name"
  else
    tap_not_ok "$name" "code $code, wanted $wanted and ...$text...; got: $(cat err.txt)"
  fi
}

fails "an array that is missing" 1 "bad.h: there is no VL53L8CX_FIRMWARE in it" bad.h -o out.fw
fails "a header that is missing" 1 "nowhere.h: No such file" nowhere.h -o out.fw
fails "a plug-in header that is missing" 1 "nowhere.h: No such file" good.h nowhere.h -o out.fw
fails "the wrong plug-in header" 1 "there is no VL53L8CX_CALIBRATE_XTALK" good.h good.h -o out.fw
fails "a directory" 1 "not a plain file" . -o out.fw
fails "an endless file" 1 "not a plain file" /dev/zero -o out.fw
truncate -s 17M huge.h
fails "a huge file" 1 "too large" huge.h -o out.fw
fails "a directory that is missing" 1 "make its directory first" good.h -o nowhere/out.fw
fails "no header" 2 "which header" -o out.fw
fails "no output" 2 "-o FILE is missing" good.h
fails "too many headers" 2 "too many" good.h plugin.h good.h -o out.fw
fails "a seed that is none" 2 "takes a number" --synthetic=x -o out.fw
fails "a trailer that is none" 2 "must be 24 or 32" --trailer 28 good.h -o out.fw
fails "an option that is none" 2 "--nonsense" --nonsense
fails "--check of something else" 1 "no sensor firmware" --check good.h
fails "--help" 0 "" --help
tap_is "--help says how" 1 "$(grep -c '^Usage: vl53l8cx-fwcut' out.txt)"
fails "--version" 0 "" --version
tap_is "no temporary file is left" "" "$(find . -name '*.fw.*')"
tap_done
