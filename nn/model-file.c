/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model-file.c - reading into memory rather than mapping: a file that another process cuts short or changes after
 * the check would otherwise hit the service with SIGBUS or with bytes that nobody checked.
 */
#include "nn/model-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nn/models/builtin.h"

static int read_all(int fd, uint8_t *bytes, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = read(fd, bytes + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EBADMSG;
		done += (size_t)n;
	}
	return 0;
}

static int read_file(int fd, void **ret_bytes, size_t *ret_size)
{
	struct stat st;
	void *bytes;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size > NN_FORMAT_BYTES_MAX)
		return -EFBIG;
	/* A length that aligned_alloc() likes, and never 0. */
	bytes = aligned_alloc(NN_FORMAT_ALIGN, ((size_t)st.st_size / NN_FORMAT_ALIGN + 1) * NN_FORMAT_ALIGN);
	if (!bytes)
		return -ENOMEM;
	r = read_all(fd, bytes, (size_t)st.st_size);
	if (r < 0) {
		free(bytes);
		return r;
	}
	*ret_bytes = bytes;
	*ret_size = (size_t)st.st_size;
	return 0;
}

static int parse(const void *bytes, size_t size, struct nn_model *ret_model)
{
	int error = nn_model_parse(bytes, size, ret_model);

	return error ? error : nn_model_verify(ret_model);
}

int model_file_read(const char *path, void **ret_bytes, size_t *ret_size)
{
	/* O_NONBLOCK: a FIFO must be refused, not waited for. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int r = fd < 0 ? -errno : read_file(fd, ret_bytes, ret_size);

	if (fd >= 0)
		close(fd);
	return r;
}

/* Takes bytes over, in case of failure too. */
static int open_bytes(const char *name, void *bytes, size_t size, struct model_file *ret_file, char *ret_reason)
{
	struct model_file file = {.bytes = bytes};
	int r = parse(bytes, size, &file.model);

	if (r < 0) {
		free(bytes);
		snprintf(ret_reason, MODEL_FILE_REASON, "%.96s: %s%s", name, nn_error_text(r),
			 r == NN_ERROR_MAGIC ? "; `posture-model import` makes one" : "");
		return -EBADMSG;
	}
	*ret_file = file;
	return 0;
}

int model_file_open(const char *path, struct model_file *ret_file, char *ret_reason)
{
	struct model_file file = {0};
	void *bytes;
	size_t size;
	int r;

	if (!path || !*path) {
		r = parse(model_builtin_begin, model_builtin_size(), &file.model);
		if (r < 0) {
			snprintf(ret_reason, MODEL_FILE_REASON, "built-in model: %s", nn_error_text(r));
			return -EBADMSG;
		}
		*ret_file = file;
		return 0;
	}
	r = model_file_read(path, &bytes, &size);
	if (r < 0) {
		snprintf(ret_reason, MODEL_FILE_REASON, "%.128s: %s", path,
			 r == -EBADMSG ? "shrank while it was read" : strerror(-r));
		return r;
	}
	return open_bytes(path, bytes, size, ret_file, ret_reason);
}

int model_file_open_memory(const void *bytes, size_t size, struct model_file *ret_file, char *ret_reason)
{
	void *copy = size <= NN_FORMAT_BYTES_MAX
			     ? aligned_alloc(NN_FORMAT_ALIGN, (size / NN_FORMAT_ALIGN + 1) * NN_FORMAT_ALIGN)
			     : NULL;

	if (!copy) {
		snprintf(ret_reason, MODEL_FILE_REASON, "out of memory");
		return -ENOMEM;
	}
	memcpy(copy, bytes, size);
	return open_bytes("model", copy, size, ret_file, ret_reason);
}

void model_file_close(struct model_file *file)
{
	free(file->bytes);
	*file = (struct model_file){0};
}

static int write_all(int fd, const uint8_t *bytes, size_t size)
{
	while (size) {
		ssize_t n = write(fd, bytes, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		bytes += n;
		size -= (size_t)n;
	}
	return 0;
}

int model_file_write(const char *path, const void *bytes, size_t size)
{
	size_t length = strlen(path);
	char *temporary = malloc(length + sizeof(".XXXXXX"));
	mode_t mask = umask(0);
	int fd, r;

	umask(mask);
	if (!temporary)
		return -ENOMEM;
	memcpy(temporary, path, length);
	memcpy(temporary + length, ".XXXXXX", sizeof(".XXXXXX"));
	fd = mkstemp(temporary);
	if (fd < 0) {
		r = -errno;
		free(temporary);
		return r;
	}
	r = write_all(fd, bytes, size);
	if (r == 0 && (fchmod(fd, 0666 & ~mask) < 0 || fsync(fd) < 0))
		r = -errno;
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r == 0 && rename(temporary, path) < 0)
		r = -errno;
	if (r < 0)
		unlink(temporary);
	free(temporary);
	return r;
}
