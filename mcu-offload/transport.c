/* SPDX-License-Identifier: Apache-2.0 */
/* transport.c - messages over a descriptor, whatever is behind it (see transport.h). */
#include "mcu-offload/transport.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "mcu-offload/channel.h"

#define NS_PER_MS 1000000ull

enum {
	DRAIN_MAX = 64, /* messages; a firmware that never stops is found by its silence after HELLO */
};

static bool is_stream(const struct transport *transport)
{
	return transport->kind == TRANSPORT_TTY || transport->kind == TRANSPORT_STREAM;
}

static bool is_socket(const struct transport *transport)
{
	return transport->kind == TRANSPORT_PACKET || transport->kind == TRANSPORT_STREAM;
}

void transport_adopt(struct transport *transport, enum transport_kind kind, int fd)
{
	*transport = (struct transport){.kind = kind, .fd = fd};
}

void transport_close(struct transport *transport)
{
	if (transport->fd >= 0)
		close(transport->fd);
	transport->fd = -1;
}

/* --- opening -------------------------------------------------------------------------------------------------- */

/* A tty's own ideas of control characters would eat our bytes. */
static int make_raw(int fd)
{
	struct termios termios;

	if (tcgetattr(fd, &termios) < 0)
		return -errno;
	cfmakeraw(&termios);
	termios.c_cc[VMIN] = 1;
	termios.c_cc[VTIME] = 0;
	if (tcsetattr(fd, TCSANOW, &termios) < 0 || tcflush(fd, TCIOFLUSH) < 0)
		return -errno;
	return 0;
}

static int open_node(struct transport *transport)
{
	int r = 0;

	transport->fd = open(transport->path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (transport->fd < 0)
		return errno == ENOENT || errno == ENXIO || errno == ENETRESET ? -ENODEV : -errno;
	if (transport->kind == TRANSPORT_TTY)
		r = make_raw(transport->fd);
	if (r < 0)
		transport_close(transport);
	return r;
}

static int open_socket(struct transport *transport)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int type = transport->kind == TRANSPORT_PACKET ? SOCK_SEQPACKET : SOCK_STREAM;

	if (strlen(transport->path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, transport->path, strlen(transport->path) + 1);
	transport->fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (transport->fd < 0)
		return -errno;
	if (connect(transport->fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		int r = errno == ENOENT || errno == ECONNREFUSED || errno == EAGAIN ? -ENODEV : -errno;

		transport_close(transport);
		return r;
	}
	return 0;
}

static int open_channel(const char *channel, const char *root, struct transport *transport)
{
	const char *path = strchr(channel, ':');
	bool tty;
	int r;

	if (!transport_is_channel(channel))
		return -EINVAL;
	if (path) {
		if (snprintf(transport->path, sizeof(transport->path), "%s%s", root, path + 1) >=
		    (int)sizeof(transport->path))
			return -ENAMETOOLONG;
		transport->kind = channel[0] == 'u' ? TRANSPORT_PACKET : TRANSPORT_STREAM;
		return open_socket(transport);
	}
	r = channel_find(root, transport->path, sizeof(transport->path), &tty);
	if (r < 0)
		return r;
	transport->kind = tty ? TRANSPORT_TTY : TRANSPORT_RPMSG;
	return open_node(transport);
}

/* Answers to whoever had the channel before: rpmsg-raw keeps them for the next one who opens it. */
static void drain(struct transport *transport)
{
	uint8_t bytes[PROTOCOL_MESSAGE_BYTES];

	for (unsigned i = 0; i < DRAIN_MAX; i++) {
		ssize_t n = read(transport->fd, bytes, sizeof(bytes));

		if (n < 0 || (n == 0 && transport->kind != TRANSPORT_RPMSG))
			break;
	}
}

int transport_open(const char *channel, const char *root, struct transport *ret_transport)
{
	struct transport transport = {.fd = -1};
	int r = open_channel(channel, root, &transport);

	if (r < 0)
		return r;
	drain(&transport);
	*ret_transport = transport;
	return 0;
}

/* --- messages ------------------------------------------------------------------------------------------------- */

static ssize_t put(const struct transport *transport, const void *bytes, size_t size)
{
	ssize_t n = is_socket(transport) ? send(transport->fd, bytes, size, MSG_NOSIGNAL)
					 : write(transport->fd, bytes, size);

	if (n < 0)
		return errno == EINTR || errno == EWOULDBLOCK || errno == ENOBUFS ? -EAGAIN : -errno;
	return n;
}

/* What a stream took only in part must be completed before anything else. */
static int put_rest(struct transport *transport)
{
	while (transport->rest_used > 0) {
		ssize_t n = put(transport, transport->rest, transport->rest_used);

		if (n <= 0)
			return n < 0 ? (int)n : -EAGAIN;
		transport->rest_used -= (size_t)n;
		memmove(transport->rest, transport->rest + n, transport->rest_used);
	}
	return 0;
}

int transport_send(struct transport *transport, const void *bytes, size_t size)
{
	int r = put_rest(transport);
	ssize_t n = r < 0 ? r : put(transport, bytes, size);

	if (n < 0)
		return (int)n;
	if ((size_t)n == size)
		return 0;
	if (!is_stream(transport))
		return -EIO;
	if (n == 0)
		return -EAGAIN;
	transport->rest_used = size - (size_t)n;
	memcpy(transport->rest, (const uint8_t *)bytes + n, transport->rest_used);
	return 0;
}

/* Bytes, 0: nothing now, negative errno: gone. An empty RPMsg message is none of these: EMSGSIZE. */
static ssize_t get(const struct transport *transport, void *bytes, size_t size)
{
	ssize_t n = read(transport->fd, bytes, size);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n == 0)
		return transport->kind == TRANSPORT_RPMSG ? -EMSGSIZE : -EPIPE;
	return n;
}

static int receive_message(struct transport *transport, struct protocol_message *ret_message, int *ret_status)
{
	uint64_t aligned[(PROTOCOL_MESSAGE_BYTES + 16) / 8]; /* a little more, to see that one is too long */

	for (;;) {
		ssize_t n = get(transport, aligned, sizeof(aligned));
		int status;

		if (n == 0 || (n < 0 && n != -EMSGSIZE))
			return (int)n;
		status = n < 0 ? PROTOCOL_STATUS_BAD_LENGTH : protocol_open(aligned, (size_t)n, ret_message);
		if (status == PROTOCOL_STATUS_OK || status == PROTOCOL_STATUS_BAD_VERSION) {
			*ret_status = status;
			return 1;
		}
		transport->bad++;
	}
}

static int receive_stream(struct transport *transport, uint64_t now_ns, struct protocol_message *ret_message,
			  int *ret_status)
{
	struct framing *framing = &transport->framing;
	uint8_t bytes[PROTOCOL_MESSAGE_BYTES];

	for (;;) {
		uint32_t skipped = framing->skipped;
		int status = framing_next(framing, ret_message);
		ssize_t n;

		transport->bad += framing->skipped != skipped;
		if (status != 1) {
			*ret_status = status;
			return 1;
		}
		n = get(transport, bytes, sizeof(framing->bytes) - framing->used);
		if (n <= 0)
			return (int)n;
		if (framing->used > 0 && now_ns - transport->framing_ns > FRAMING_PATIENCE_MS * NS_PER_MS) {
			transport->bad++;
			framing_reset(framing);
		}
		transport->framing_ns = now_ns;
		framing_put(framing, bytes, (size_t)n);
	}
}

int transport_receive(struct transport *transport, uint64_t now_ns, struct protocol_message *ret_message,
		      int *ret_status)
{
	if (is_stream(transport))
		return receive_stream(transport, now_ns, ret_message, ret_status);
	return receive_message(transport, ret_message, ret_status);
}
