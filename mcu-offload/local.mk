# SPDX-License-Identifier: Apache-2.0
# libmcu.a: the wire, which the firmware compiles once more, and Linux's end of it.
noinst_LIBRARIES += libmcu.a
libmcu_a_SOURCES = \
	mcu-offload/channel.h mcu-offload/channel.c \
	mcu-offload/framing.h mcu-offload/framing.c \
	mcu-offload/link.h mcu-offload/link.c \
	mcu-offload/link-private.h mcu-offload/link-requests.c \
	mcu-offload/link-upload.c \
	mcu-offload/policy.h mcu-offload/policy.c \
	mcu-offload/protocol.h mcu-offload/protocol.c \
	mcu-offload/remote.h mcu-offload/remote.c \
	mcu-offload/remote-link.c \
	mcu-offload/remoteproc.h mcu-offload/remoteproc.c \
	mcu-offload/remote-private.h mcu-offload/remote-result.c \
	mcu-offload/sysfs.h mcu-offload/sysfs.c \
	mcu-offload/transport.h mcu-offload/transport.c

# Starts and stops the firmware, as root, so that the service needs no right to.
sbin_PROGRAMS += postured-m4
postured_m4_SOURCES = mcu-offload/postured-m4.c
postured_m4_LDADD = libmcu.a

EXTRA_DIST += mcu-offload/README.md mcu-offload/PROTOCOL.md

include mcu-offload/firmware/local.mk
