/* SPDX-License-Identifier: Apache-2.0 */
/* core-files.c - see core-files.h; the assembler takes the text in as it is. */
#include "nn/tool/core-files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "nn/model-file.h"

extern const char core_files[], core_files_end[];
__asm__(".pushsection .rodata\n"
	".globl core_files, core_files_end\n"
	".hidden core_files, core_files_end\n"
	"core_files:\n"
	".incbin \"nn/tool/core-files.txt\"\n"
	"core_files_end:\n"
	".byte 0\n"
	".popsection\n");

static int make_folders(char *path, size_t from)
{
	for (char *slash = strchr(path + from, '/'); slash; slash = strchr(slash + 1, '/')) {
		int r;

		*slash = 0;
		r = mkdir(path, 0777) < 0 && errno != EEXIST ? -errno : 0;
		*slash = '/';
		if (r < 0)
			return r;
	}
	return 0;
}

static int write_one(const char *directory, const char *name, int name_length, const char *text, size_t size)
{
	char *path;
	int r;

	if (asprintf(&path, "%s/%.*s", directory, name_length, name) < 0)
		return -ENOMEM;
	r = make_folders(path, strlen(directory) + 1);
	r = r < 0 ? r : model_file_write(path, text, size);
	free(path);
	return r;
}

int core_files_write(const char *directory)
{
	for (const char *next = core_files; next < core_files_end;) {
		const char *space = strchr(next, ' ');
		size_t size = strtoul(space + 1, NULL, 10);
		const char *text = strchr(space, '\n') + 1;
		int r = write_one(directory, next, (int)(space - next), text, size);

		if (r < 0)
			return r;
		next = text + size;
	}
	return 0;
}
