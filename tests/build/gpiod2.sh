#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# gpiod2.sh - sensor/gpio-v2.c compiles with all warnings and links, on a system whose own libgpiod is 1.6: libgpiod 2
# comes from Debian's backports and is unpacked in a directory of its own. Nothing of the system is changed.
set -u
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
root=$scratch/root
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# apt with lists, cache and sources of its own.
own_apt()
{
  "$1" -q -o Dir::Etc::SourceList="$scratch/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::State::Lists="$scratch/lists" -o Dir::Cache="$scratch/cache" -o APT::Sandbox::User="$(id -un)" \
    -o Acquire::Retries=2 -o Acquire::http::Timeout=20 "${@:2}"
}

fetch()
{
  mkdir -p "$scratch/lists/partial" "$scratch/cache/archives/partial" "$root"
  echo "deb [signed-by=$keyring] http://deb.debian.org/debian bookworm-backports main" >"$scratch/sources.list"
  cd "$scratch" && own_apt apt-get update && own_apt apt-get download libgpiod-dev/bookworm-backports \
    libgpiod3/bookworm-backports || return
  local package
  for package in "$scratch"/*.deb; do
    dpkg-deb -x "$package" "$root" || return
  done
}

for tool in apt-get dpkg-deb gcc; do
  command -v "$tool" >/dev/null || tap_skip_all "$tool is not installed"
done
[[ -r $keyring ]] || tap_skip_all "no Debian keyring"
(fetch) >"$scratch/fetch.log" 2>&1 || tap_skip_all "libgpiod 2 can't be downloaded: $(tail -n 1 "$scratch/fetch.log")"

version=$(sed -n 's/^Version: *//p' "$root"/usr/lib/*/pkgconfig/libgpiod.pc)
case $version in
  2.*) tap_ok "the library is libgpiod 2 ($version)" ;;
  *) tap_not_ok "the library is libgpiod 2" "it is '$version'" ;;
esac

flags=(-std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -Wshadow -Wconversion -Wvla -Wstrict-prototypes -Wmissing-prototypes
  -Wpointer-arith -Wformat=2 -Wundef -Werror -I"$top_srcdir" -I"$root/usr/include")
tap_run "gpio-v2.c compiles without a warning" gcc "${flags[@]}" -c "$top_srcdir/sensor/gpio-v2.c" -o "$scratch/v2.o"
tap_run "gpio-v1.c does not compile against it (it is the right header)" \
  bash -c '! "$@"' _ gcc "${flags[@]}" -c "$top_srcdir/sensor/gpio-v1.c" -o "$scratch/v1.o"

cat >"$scratch/main.c" <<'END'
#include <errno.h>
#include <stdio.h>

#include "sensor/gpio.h"

int main(void)
{
	struct gpio_line *line = NULL;

	puts(gpio_library());
	return gpio_open_falling_edge("gpiochip9999:1", &line) == -ENOENT &&
	       gpio_open_output("no such line", 0, &line) == -ENOENT &&
	       gpio_open_output("/nowhere", 0, &line) == -EINVAL ? 0 : 1;
}
END
libraries=("$root"/usr/lib/*/libgpiod.so.3)
tap_run "a program with it links" gcc "${flags[@]}" "$scratch/main.c" "$scratch/v2.o" "$top_srcdir/sensor/gpio-name.c" \
  -o "$scratch/main" "${libraries[0]}"
output=$(LD_LIBRARY_PATH=${libraries[0]%/*} "$scratch/main")
tap_is "it refuses lines that are not there" 0 $?
tap_is "it names the library" "$version" "$output"
tap_done
