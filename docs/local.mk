# SPDX-License-Identifier: Apache-2.0
# The skeletons of CONTRIBUTING.md are compiled with the tests, so that they keep fitting the interfaces.
check_LIBRARIES += libskeletons.a
libskeletons_a_SOURCES = \
	docs/skeletons/frame-source.c \
	docs/skeletons/publisher.c \
	docs/skeletons/config-key.c \
	docs/skeletons/kernel.c

dist_doc_DATA += README.md ARCHITECTURE.md CONTRIBUTING.md SECURITY.md NEWS LICENSE

schemadir = $(docdir)/schema
dist_schema_DATA = \
	docs/schema/availability.json \
	docs/schema/diagnostics.json \
	docs/schema/discovery.json \
	docs/schema/event.json \
	docs/schema/frame.json \
	docs/schema/posture.json

EXTRA_DIST += docs/models.md docs/stm32mp1.md docs/training.md
