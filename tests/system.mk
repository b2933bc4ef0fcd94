# SPDX-License-Identifier: Apache-2.0
# The service as a whole, with a real broker.
SYSTEM_TESTS = tests/system/same-labels.sh
TESTS += $(SYSTEM_TESTS)
EXTRA_DIST += $(SYSTEM_TESTS)
