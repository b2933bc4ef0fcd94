# SPDX-License-Identifier: Apache-2.0
# libm4.a: the portable part of the Cortex-M4's firmware, for this machine: tests and fuzzers link it.
noinst_LIBRARIES += libm4.a
M4_CORE = \
	mcu-offload/firmware/m4-board.h \
	mcu-offload/firmware/m4-channel.h mcu-offload/firmware/m4-channel.c \
	mcu-offload/firmware/m4-core.h mcu-offload/firmware/m4-core.c \
	mcu-offload/firmware/m4-network.h \
	mcu-offload/firmware/m4-reply.h mcu-offload/firmware/m4-reply.c \
	mcu-offload/firmware/m4-ring.h mcu-offload/firmware/m4-ring.c \
	mcu-offload/firmware/m4-session.h mcu-offload/firmware/m4-session.c
M4_DRIVER = mcu-offload/firmware/mps2/driver.h mcu-offload/firmware/mps2/driver.c
libm4_a_SOURCES = $(M4_CORE) $(M4_DRIVER)
