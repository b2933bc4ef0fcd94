#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# i2c-dev-ioctl.sh - runs i2c-dev-ioctl with umockdev in front of the C library.
set -u
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"
program=${top_builddir:?}/tests/system/i2c-dev-ioctl

[[ -x $program ]] || tap_skip_all "built without umockdev or cmocka"
command -v umockdev-wrapper >/dev/null || tap_skip_all "umockdev-wrapper is not installed"
! ldd "$program" | grep -q libasan || tap_skip_all "umockdev and AddressSanitizer both want to be loaded first"
exec umockdev-wrapper "$program"
