# SPDX-License-Identifier: Apache-2.0
EXTRA_DIST += bootstrap .ci/run .clang-format .editorconfig LICENSE \
	packaging/dev/deps.sh packaging/dev/build.sh packaging/dev/demo.sh packaging/dev/check.sh
