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
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
	NAME_BYTES = 128,
	ADAPTERS_MAX = 256,
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

static int number_compare(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a;
	unsigned y = *(const unsigned *)b;

	return (x > y) - (x < y);
}

/* The numbers of the machine's adapters in order. Returns how many. */
static unsigned adapters_read(const char *sys, unsigned ret_numbers[ADAPTERS_MAX])
{
	char path[PATH_MAX];
	DIR *directory = NULL;
	struct dirent *entry;
	unsigned n = 0;

	if (snprintf(path, sizeof(path), "%s/class/i2c-dev", sys) < (int)sizeof(path))
		directory = opendir(path);
	while (directory && n < ADAPTERS_MAX && (entry = readdir(directory)))
		if (sscanf(entry->d_name, "i2c-%u", &ret_numbers[n]) == 1)
			n++;
	if (directory)
		closedir(directory);
	qsort(ret_numbers, n, sizeof(ret_numbers[0]), number_compare);
	return n;
}

/* The adapter's name without the line's end; "" when it can't be read. */
static void name_read(const char *sys, unsigned number, char ret_name[NAME_BYTES])
{
	char path[PATH_MAX];
	FILE *file;

	ret_name[0] = '\0';
	if (snprintf(path, sizeof(path), "%s/class/i2c-dev/i2c-%u/name", sys, number) >= (int)sizeof(path))
		return;
	file = fopen(path, "re");
	if (!file)
		return;
	if (fgets(ret_name, NAME_BYTES, file))
		ret_name[strcspn(ret_name, "\n")] = '\0';
	fclose(file);
}

/* Which adapter has the name: the only one that equals it, else the only one that contains it. */
static int name_find(const char *sys, const char *name, unsigned *ret_number)
{
	unsigned numbers[ADAPTERS_MAX];
	unsigned n = adapters_read(sys, numbers);
	unsigned exact = 0, partial = 0;

	for (unsigned i = 0; i < n; i++) {
		char text[NAME_BYTES], node[16];
		bool equal;

		name_read(sys, numbers[i], text);
		snprintf(node, sizeof(node), "i2c-%u", numbers[i]);
		equal = strcmp(text, name) == 0 || strcmp(node, name) == 0;
		if (equal || (exact == 0 && strstr(text, name)))
			*ret_number = numbers[i];
		exact += equal;
		partial += strstr(text, name) != NULL;
	}
	if (exact == 1 || (exact == 0 && partial == 1))
		return 0;
	return exact + partial > 0 ? -ENOTUNIQ : -ENOENT;
}

int i2c_dev_open_at(const char *sys, const char *dev, const char *path_or_name, struct i2c_adapter **ret_adapter)
{
	char path[PATH_MAX];
	unsigned number = 0;
	int r;

	if (path_or_name[0] == '/')
		return node_open(path_or_name, ret_adapter);
	if (!path_or_name[0])
		return -ENOENT;
	r = name_find(sys, path_or_name, &number);
	if (r < 0)
		return r;
	if (snprintf(path, sizeof(path), "%s/i2c-%u", dev, number) >= (int)sizeof(path))
		return -ENOENT;
	return node_open(path, ret_adapter);
}

int i2c_dev_open(const char *path_or_name, struct i2c_adapter **ret_adapter)
{
	return i2c_dev_open_at("/sys", "/dev", path_or_name, ret_adapter);
}

void i2c_dev_list(const char *sys, char *ret_text, size_t n)
{
	unsigned numbers[ADAPTERS_MAX];
	unsigned count = adapters_read(sys, numbers);
	size_t used = 0;

	snprintf(ret_text, n, "none");
	for (unsigned i = 0; i < count && used < n; i++) {
		char name[NAME_BYTES];

		name_read(sys, numbers[i], name);
		used += (size_t)snprintf(ret_text + used, n - used, "%si2c-%u (%s)", i > 0 ? ", " : "", numbers[i],
					 name);
	}
}
