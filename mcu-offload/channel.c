/* SPDX-License-Identifier: Apache-2.0 */
/* channel.c - our firmware's RPMsg channel in sysfs (see channel.h). */
#include "mcu-offload/channel.h"

#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mcu-offload/protocol.h"
#include "mcu-offload/sysfs.h"

/* What a channel's folder says of it: "rpmsg-raw", "1280" or "0x500". */
static bool is_ours(const char *folder, const char *name, unsigned long address)
{
	char text[64], *end;

	if (sysfs_read(folder, "name", text, sizeof(text)) < 0 || strcmp(text, name) != 0)
		return false;
	if (sysfs_read(folder, "dst", text, sizeof(text)) < 0)
		return false;
	return strtoul(text, &end, 0) == address && end != text && *end == '\0';
}

static int find(const char *root, const char *pattern, const char *below, const char *name, unsigned long address,
		char *ret_path, size_t size)
{
	char text[PATH_MAX];
	glob_t found;
	int r = -ENODEV;

	snprintf(text, sizeof(text), "%s%s", root, pattern);
	if (glob(text, 0, NULL, &found) != 0)
		return -ENODEV;
	for (size_t i = 0; i < found.gl_pathc && r < 0; i++) {
		const char *node = strrchr(found.gl_pathv[i], '/') + 1;

		snprintf(text, sizeof(text), "%s%s", found.gl_pathv[i], below);
		if (is_ours(text, name, address))
			r = snprintf(ret_path, size, "%s/dev/%s", root, node) < (int)size ? 0 : -ENAMETOOLONG;
	}
	globfree(&found);
	return r;
}

bool channel_is_announced(const char *root)
{
	static const char pattern[] = "/sys/bus/rpmsg/devices/*";
	char path[PATH_MAX];

	return find(root, pattern, "", PROTOCOL_CHANNEL, PROTOCOL_ADDRESS, path, sizeof(path)) == 0 ||
	       find(root, pattern, "", PROTOCOL_TTY_CHANNEL, PROTOCOL_TTY_ADDRESS, path, sizeof(path)) == 0;
}

int channel_find(const char *root, char *ret_path, size_t size, bool *ret_tty)
{
	int r = find(root, "/sys/class/rpmsg/rpmsg[0-9]*", "", PROTOCOL_CHANNEL, PROTOCOL_ADDRESS, ret_path, size);

	*ret_tty = r < 0;
	if (r < 0)
		r = find(root, "/sys/class/tty/ttyRPMSG[0-9]*", "/device", PROTOCOL_TTY_CHANNEL, PROTOCOL_TTY_ADDRESS,
			 ret_path, size);
	return r;
}
