/* SPDX-License-Identifier: Apache-2.0 */
/*
 * m4-bridge.c - a socket for the firmware that has its messages by files (mps2-files.elf): two named pipes are its in.bin
 * and out.bin, and whoever connects has them as a stream, one at a time. Whole blocks go through: QEMU's serial line takes
 * its lock for each byte, which is slow.
 *
 *   m4-bridge SOCKET DIRECTORY   runs until it is killed, or the firmware ends
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { IN, OUT, LISTENER, CLIENT, ENDS };

static struct pollfd ends[ENDS];

static int complain(const char *what)
{
	perror(what);
	return 1;
}

static int listen_at(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0 || strlen(path) >= sizeof(address.sun_path))
		return -1;
	memcpy(address.sun_path, path, strlen(path) + 1);
	return bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 1) < 0 ? -1 : fd;
}

/* Waits until the firmware opens them, in its order. */
static int open_pipes(const char *directory)
{
	if (chdir(directory) < 0 || mkfifo("in.bin", 0600) < 0 || mkfifo("out.bin", 0600) < 0)
		return -1;
	ends[IN].fd = open("in.bin", O_WRONLY);
	ends[OUT].fd = open("out.bin", O_RDONLY);
	return ends[IN].fd < 0 || ends[OUT].fd < 0 ? -1 : 0;
}

/* Bytes that went, 0 at the end. Nobody at the other side: they are lost, as on a line. */
static ssize_t pass(int from, int to)
{
	char bytes[4096];
	ssize_t n = read(from, bytes, sizeof(bytes));

	for (ssize_t at = 0, step; n > 0 && to >= 0 && at < n; at += step) {
		step = write(to, bytes + at, (size_t)(n - at));
		if (step <= 0)
			return to == ends[IN].fd ? 0 : n;
	}
	return n > 0 ? n : 0;
}

static void hang_up(void)
{
	close(ends[CLIENT].fd);
	ends[CLIENT].fd = -1;
	ends[LISTENER].events = POLLIN;
}

static void answer(void)
{
	ends[CLIENT].fd = accept(ends[LISTENER].fd, NULL, NULL);
	if (ends[CLIENT].fd >= 0)
		ends[LISTENER].events = 0;
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: m4-bridge SOCKET DIRECTORY\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	ends[LISTENER] = (struct pollfd){.fd = listen_at(argv[1]), .events = POLLIN};
	if (ends[LISTENER].fd < 0)
		return complain(argv[1]);
	if (open_pipes(argv[2]) < 0)
		return complain(argv[2]);
	ends[IN].events = 0;
	ends[OUT].events = ends[CLIENT].events = POLLIN;
	ends[CLIENT].fd = -1;
	while (poll(ends, ENDS, -1) >= 0) {
		if (ends[IN].revents || (ends[OUT].revents && pass(ends[OUT].fd, ends[CLIENT].fd) == 0))
			return 0;
		if (ends[CLIENT].revents && pass(ends[CLIENT].fd, ends[IN].fd) == 0)
			hang_up();
		else if (ends[LISTENER].revents)
			answer();
	}
	return complain("poll");
}
