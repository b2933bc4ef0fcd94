/* SPDX-License-Identifier: Apache-2.0 */
/*
 * i2c-dev.c - the machine's I2C adapters through /dev/i2c-N.
 *
 * Only I2C_RDWR is used: each message carries its own address, so no driver is displaced and no state is kept in
 * the descriptor. Facts: Linux Documentation/i2c/dev-interface, uapi linux/i2c-dev.h.
 */
#include "sensor/i2c-dev.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
	NAME_BYTES = 128,
	/*
	 * 0.7 s: more than twice what the longest message takes at 100 kHz (3.4 KB, 0.3 s), and short enough that
	 * a stuck bus does not keep the thread from stopping in time.
	 */
	TIMEOUT_10MS = 70,
};

struct i2c_dev {
	struct i2c_adapter base;
	int fd;
};

static int dev_transfer(struct i2c_adapter *adapter, struct i2c_msg *msgs, unsigned n)
{
	struct i2c_dev *dev = (struct i2c_dev *)adapter;
	struct i2c_rdwr_ioctl_data data = {.msgs = msgs, .nmsgs = n};
	int r;

	if (n > I2C_RDWR_IOCTL_MAX_MSGS)
		return -EOPNOTSUPP;
	r = ioctl(dev->fd, I2C_RDWR, &data);
	return r < 0 ? -errno : r;
}

static struct i2c_adapter *dev_free(struct i2c_adapter *adapter)
{
	struct i2c_dev *dev = (struct i2c_dev *)adapter;

	if (dev) {
		close(dev->fd);
		free(dev);
	}
	return NULL;
}

static int fd_check(int fd)
{
	unsigned long functions = 0;

	if (ioctl(fd, I2C_FUNCS, &functions) < 0)
		return errno == ENOTTY ? -EOPNOTSUPP : -errno;
	return functions & I2C_FUNC_I2C ? 0 : -EOPNOTSUPP;
}

static int node_open(const char *path, struct i2c_adapter **ret_adapter)
{
	static const struct i2c_adapter_ops ops = {.transfer = dev_transfer, .free = dev_free};
	int fd = open(path, O_RDWR | O_CLOEXEC);
	struct i2c_dev *dev;
	int r;

	if (fd < 0)
		return errno == ENXIO || errno == ENODEV || errno == ENOTDIR ? -ENOENT : -errno;
	r = fd_check(fd);
	if (r < 0) {
		close(fd);
		return r;
	}
	/* Not every adapter has a timeout to set; its own will do then. */
	(void)ioctl(fd, I2C_TIMEOUT, (unsigned long)TIMEOUT_10MS);
	dev = calloc(1, sizeof(*dev));
	if (!dev) {
		close(fd);
		return -ENOMEM;
	}
	dev->base.ops = &ops;
	dev->fd = fd;
	*ret_adapter = &dev->base;
	return 0;
}

/* The adapter's name without the line's end; "" when it can't be read. */
static void name_read(const char *sys, const char *node, char *ret_name)
{
	char path[PATH_MAX];
	FILE *file;

	ret_name[0] = '\0';
	if (snprintf(path, sizeof(path), "%s/class/i2c-dev/%s/name", sys, node) >= (int)sizeof(path))
		return;
	file = fopen(path, "re");
	if (!file)
		return;
	if (fgets(ret_name, NAME_BYTES, file))
		ret_name[strcspn(ret_name, "\n")] = '\0';
	fclose(file);
}

static int is_adapter(const struct dirent *entry)
{
	return strncmp(entry->d_name, "i2c-", 4) == 0;
}

/* Which node has the name: the only one that equals it, else the only one that contains it. */
static int name_find(const char *sys, const char *name, char *ret_node)
{
	char path[PATH_MAX];
	struct dirent **entries;
	unsigned exact = 0, partial = 0;
	int n;

	if (snprintf(path, sizeof(path), "%s/class/i2c-dev", sys) >= (int)sizeof(path))
		return -ENOENT;
	n = scandir(path, &entries, is_adapter, versionsort);
	if (n < 0)
		return errno == ENOMEM ? -ENOMEM : -ENOENT;
	for (int i = 0; i < n; i++) {
		char text[NAME_BYTES];
		int equal;

		name_read(sys, entries[i]->d_name, text);
		equal = strcmp(text, name) == 0 || strcmp(entries[i]->d_name, name) == 0;
		if (equal || (exact == 0 && strstr(text, name)))
			strcpy(ret_node, entries[i]->d_name);
		exact += equal != 0;
		partial += strstr(text, name) != NULL;
		free(entries[i]);
	}
	free(entries);
	if (exact == 1 || (exact == 0 && partial == 1))
		return 0;
	return exact + partial > 0 ? -ENOTUNIQ : -ENOENT;
}

int i2c_dev_open_at(const char *sys, const char *dev, const char *path_or_name, struct i2c_adapter **ret_adapter)
{
	char node[NAME_MAX + 1];
	char path[PATH_MAX];
	int r;

	if (path_or_name[0] == '/')
		return node_open(path_or_name, ret_adapter);
	if (!path_or_name[0])
		return -ENOENT;
	r = name_find(sys, path_or_name, node);
	if (r < 0)
		return r;
	if (snprintf(path, sizeof(path), "%s/%s", dev, node) >= (int)sizeof(path))
		return -ENOENT;
	return node_open(path, ret_adapter);
}

int i2c_dev_open(const char *path_or_name, struct i2c_adapter **ret_adapter)
{
	return i2c_dev_open_at("/sys", "/dev", path_or_name, ret_adapter);
}

void i2c_dev_list(const char *sys, char *ret_text, size_t n)
{
	char path[PATH_MAX];
	struct dirent **entries;
	size_t used = 0;
	int count = -1;

	snprintf(ret_text, n, "none");
	if (snprintf(path, sizeof(path), "%s/class/i2c-dev", sys) < (int)sizeof(path))
		count = scandir(path, &entries, is_adapter, versionsort);
	for (int i = 0; i < count; i++) {
		char name[NAME_BYTES];

		name_read(sys, entries[i]->d_name, name);
		if (used < n)
			used += (size_t)snprintf(ret_text + used, n - used, "%s%s (%s)", i > 0 ? ", " : "",
						 entries[i]->d_name, name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}
