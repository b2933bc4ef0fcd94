#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# distcheck.sh - the tarball is complete: it builds, passes its tests, installs and uninstalls from a read-only copy.
set -u
# shellcheck source=tests/tap.sh
. "${top_srcdir:?}/tests/tap.sh"
# shellcheck source=tests/build/variant.sh
. "$top_srcdir/tests/build/variant.sh"

# A build directory of its own: the tarball is made and unpacked there.
variant_dir=${top_builddir:?}/variants/distcheck
tap_run "configure for distcheck" variant_configure --enable-werror
tap_run "make distcheck" variant_make distcheck
rm -f "$variant_dir"/postured-*.tar.*
tap_done
