/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notify-listen.c - a service manager's ear: notify-listen SOCKET prints every notification as one line, its own lines
 * joined by blanks. Ends when it is killed.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char text[4096];
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (argc != 2 || strlen(argv[1]) >= sizeof(address.sun_path) || fd < 0)
		return 2;
	strcpy(address.sun_path, argv[1]);
	unlink(argv[1]);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		perror(argv[1]);
		return 1;
	}
	for (;;) {
		ssize_t n = recv(fd, text, sizeof(text) - 1, 0);

		if (n < 0)
			return 1;
		text[n] = '\0';
		for (char *newline = text; (newline = strchr(newline, '\n'));)
			*newline = ' ';
		puts(text);
		fflush(stdout);
	}
}
