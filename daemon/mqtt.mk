# SPDX-License-Identifier: Apache-2.0
# The way to the broker.
libhall_a_SOURCES += \
	daemon/mqtt-endpoint.h daemon/mqtt-endpoint.c \
	daemon/mqtt-inbox.h daemon/mqtt-inbox.c \
	daemon/mqtt-link.h daemon/mqtt-link.c \
	daemon/mqtt-mailbox.h daemon/mqtt-mailbox.c \
	daemon/mqtt-queue.h daemon/mqtt-queue.c \
	daemon/mqtt-reason.h daemon/mqtt-reason.c \
	daemon/mqtt-worker.h daemon/mqtt-worker.c
libhall_a_SOURCES += \
	daemon/discovery.h daemon/discovery.c \
	daemon/publish-mqtt.h daemon/publish-mqtt.c \
	daemon/publish-mqtt-private.h \
	daemon/publish-mqtt-receive.c \
	daemon/publish-mqtt-send.c
