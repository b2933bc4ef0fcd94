# SPDX-License-Identifier: Apache-2.0
# Both cores: the wire. Freestanding; the firmware compiles these two once more.
noinst_LIBRARIES += libmcu.a
libmcu_a_SOURCES = \
	mcu-offload/framing.h mcu-offload/framing.c \
	mcu-offload/protocol.h mcu-offload/protocol.c
EXTRA_DIST += mcu-offload/README.md mcu-offload/PROTOCOL.md
