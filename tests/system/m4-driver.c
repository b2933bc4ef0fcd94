/* SPDX-License-Identifier: Apache-2.0 */
/*
 * m4-driver.c - the fake other core (tests/unit/fake-m4.h) as a process: m4-driver SOCKET [wrong|silent|stream|version|model],
 * the last two with another version of the protocol, or another model and no upload. Prints a line when it listens.
 */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/fake-m4.h"

int main(int argc, char **argv)
{
	static struct fake_m4 m4;
	const char *how = argc > 2 ? argv[2] : "";

	if (argc < 2)
		return 2;
	fake_m4_start(&m4, argv[1], strcmp(how, "stream") == 0, true);
	m4.fault = strcmp(how, "wrong") == 0	 ? FAKE_WRONG
		   : strcmp(how, "silent") == 0	 ? FAKE_SILENT
		   : strcmp(how, "version") == 0 ? FAKE_VERSION
						 : FAKE_FINE;
	m4.has_model = strcmp(how, "model") != 0;
	puts("listening");
	fflush(stdout);
	for (;;) {
		struct pollfd fds[] = {{.fd = m4.listener, .events = POLLIN}, {.fd = m4.fd, .events = POLLIN}};

		if (poll(fds, 2, -1) < 0)
			return 1;
		fake_m4_work(&m4);
		/* Not when the next one has come already. */
		if (m4.fd >= 0 && m4.fd == fds[1].fd && (fds[1].revents & POLLHUP))
			fake_m4_reboot(&m4, true);
	}
}
