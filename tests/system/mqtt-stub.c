/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mqtt-stub.c - stands before a broker and misbehaves: mqtt-stub PORT BROKER_PORT HOW, on the loopback interface.
 *
 *   refuse-5    CONNECT of MQTT 5 is answered with CONNACK 0x84 in the form of MQTT 5, others are passed on
 *   refuse-311  the same with CONNACK 1 in the form of MQTT 3.1.1, as brokers of that time do
 *   mute        everything is passed to the broker, but after CONNACK nothing comes back
 *
 * One connection at a time. CONNECT: type 0x10, remaining length, 00 04 "MQTT", level (5, 4) at offset 8 for short ones.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockaddr_in loopback(const char *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return address;
}

static int level_of(const unsigned char *packet, ssize_t length)
{
	const unsigned char *name = memmem(packet, (size_t)length, "MQTT", 4);

	return name && name + 4 < packet + length ? name[4] : 0;
}

/* Passes bytes on until one side closes. */
static void pass(int client, int broker, bool mute)
{
	struct pollfd fds[] = {{.fd = client, .events = POLLIN}, {.fd = broker, .events = POLLIN}};
	unsigned char bytes[65536];
	bool answered = false;

	while (poll(fds, 2, -1) > 0)
		for (int i = 0; i < 2; i++) {
			ssize_t length;

			if (!fds[i].revents)
				continue;
			length = read(fds[i].fd, bytes, sizeof(bytes));
			if (length <= 0)
				return;
			if (i == 1 && mute && answered)
				continue;
			answered = answered || i == 1;
			if (write(fds[1 - i].fd, bytes, (size_t)length) < 0)
				return;
		}
}

static void serve(int client, const char *broker_port, const char *how)
{
	static const unsigned char refuse5[] = {0x20, 3, 0, 0x84, 0}, refuse311[] = {0x20, 2, 0, 1};
	struct sockaddr_in address = loopback(broker_port);
	unsigned char packet[4096];
	ssize_t length = read(client, packet, sizeof(packet));
	int broker;

	if (length <= 0)
		return;
	if (level_of(packet, length) == 5 && strcmp(how, "mute") != 0) {
		bool modern = strcmp(how, "refuse-5") == 0;

		(void)!write(client, modern ? refuse5 : refuse311, modern ? sizeof(refuse5) : sizeof(refuse311));
		return;
	}
	broker = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(broker, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	    write(broker, packet, (size_t)length) == length)
		pass(client, broker, strcmp(how, "mute") == 0);
	close(broker);
}

int main(int argc, char **argv)
{
	struct sockaddr_in address;
	int listener, client, yes = 1;

	if (argc != 4)
		return 2;
	address = loopback(argv[1]);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(listener, 4) < 0) {
		perror("mqtt-stub");
		return 1;
	}
	while ((client = accept(listener, NULL, NULL)) >= 0) {
		serve(client, argv[2], argv[3]);
		close(client);
	}
	return 0;
}
