/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transport.h - how messages reach the other core: an RPMsg node, a tty, or a socket for tests and emulators.
 *
 *   auto          the rpmsg-raw channel of our firmware, else its rpmsg-tty channel: /dev/rpmsgN and /dev/ttyRPMSGN, found
 *                 by name and address in sysfs, never by their numbers
 *   unix:PATH     a SOCK_SEQPACKET socket: one packet is one message
 *   stream:PATH   a SOCK_STREAM socket, such as an emulator's serial port
 *
 * Nothing here blocks. A tty and a stream carry messages by mcu-offload/framing.h. The descriptor is to be polled for
 * POLLIN and POLLERR alone: rpmsg_char never reports POLLOUT.
 *
 * Source of facts: the drivers rpmsg_char, rpmsg_tty and virtio_rpmsg_bus of Linux 6.1.
 */
#ifndef MCU_OFFLOAD_TRANSPORT_H
#define MCU_OFFLOAD_TRANSPORT_H

#include <string.h>

#include "mcu-offload/framing.h"

enum transport_kind {
	TRANSPORT_RPMSG,
	TRANSPORT_TTY,
	TRANSPORT_PACKET,
	TRANSPORT_STREAM,
};

struct transport {
	enum transport_kind kind;
	int fd;
	char path[108];
	struct framing framing;		      /* TTY, STREAM */
	uint64_t framing_ns;		      /* when its last bytes came */
	uint64_t bad;			      /* what could not be read as a message */
	uint8_t rest[PROTOCOL_MESSAGE_BYTES]; /* of a message that was written in part */
	size_t rest_used;
};

/*
 * root: "" or a directory that stands for / in tests. What is queued is thrown away. Returns 0, -ENODEV when there is no
 * channel now, -EINVAL for a text that is none of the above, or another negative errno.
 */
int transport_open(const char *channel, const char *root, struct transport *ret_transport);
void transport_close(struct transport *transport);

/* An open socket, or any other descriptor, as a transport; it becomes its property. */
void transport_adopt(struct transport *transport, enum transport_kind kind, int fd);

/* 0, -EAGAIN when there is no room (nothing was sent), or a negative errno: the channel has gone. */
int transport_send(struct transport *transport, const void *bytes, size_t size);

/*
 * 1: ret_message filled and its protocol_open() status in ret_status; 0: nothing now; negative errno: the channel has gone.
 * What is no message is counted and skipped.
 */
int transport_receive(struct transport *transport, uint64_t now_ns, struct protocol_message *ret_message,
		      int *ret_status);

/* The text names a transport. */
static inline bool transport_is_channel(const char *channel)
{
	return strcmp(channel, "auto") == 0 || (strncmp(channel, "unix:", 5) == 0 && channel[5] == '/') ||
	       (strncmp(channel, "stream:", 7) == 0 && channel[7] == '/');
}

#endif
