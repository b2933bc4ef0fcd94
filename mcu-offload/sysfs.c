/* SPDX-License-Identifier: Apache-2.0 */
/* sysfs.c - attributes of sysfs (see sysfs.h). */
#include "mcu-offload/sysfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int open_attribute(const char *folder, const char *name, int flags)
{
	char path[PATH_MAX];
	int fd;

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int sysfs_read(const char *folder, const char *name, char *ret_text, size_t size)
{
	int fd = open_attribute(folder, name, O_RDONLY), r = 0;
	ssize_t n;

	if (fd < 0)
		return fd;
	n = read(fd, ret_text, size - 1);
	if (n < 0)
		r = -errno;
	close(fd);
	if (r < 0)
		return r;
	ret_text[n] = '\0';
	ret_text[strcspn(ret_text, "\n")] = '\0';
	return 0;
}

int sysfs_write(const char *folder, const char *name, const char *text)
{
	int fd = open_attribute(folder, name, O_WRONLY | O_TRUNC), r = 0;
	ssize_t n;

	if (fd < 0)
		return fd;
	n = write(fd, text, strlen(text));
	if (n < 0)
		r = -errno;
	else if ((size_t)n != strlen(text))
		r = -EIO;
	close(fd);
	return r;
}
