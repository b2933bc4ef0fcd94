/* SPDX-License-Identifier: Apache-2.0 */
/* h5.c - Keras' own file: asks the process that reads it (h5-reader.h) and believes nothing that it says. */
#include "nn/import/h5.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef HAVE_HDF5
#include "nn/import/h5-reader.h"
#include "nn/import/keras.h"

struct h5_weights {
	struct keras_weights base;
	int socket;
	pid_t reader; /* 0: has gone */
};

int h5_send(int socket, const void *bytes, size_t size)
{
	for (const uint8_t *next = bytes; size;) {
		ssize_t n = send(socket, next, size, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -EPIPE;
		next += n;
		size -= (size_t)n;
	}
	return 0;
}

int h5_receive(int socket, void *bytes, size_t size)
{
	for (uint8_t *next = bytes; size;) {
		ssize_t n = recv(socket, next, size, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -EPIPE;
		next += n;
		size -= (size_t)n;
	}
	return 0;
}

/* --- the process ----------------------------------------------------------------------------------------------- */

/* What the parent catches is not for the child: what it dies of is told by its status. */
static _Noreturn void become_reader(int socket, const void *bytes, size_t size)
{
	static const int deadly[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGXCPU, SIGXFSZ, SIGSYS};

	for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++)
		signal(deadly[i], SIG_DFL);
	h5_reader_serve(socket, bytes, size);
}

static int start_reader(struct h5_weights *weights, const void *bytes, size_t size)
{
	int ends[2];
	pid_t pid;

	h5_reader_prepare();
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	pid = fork();
	if (pid < 0) {
		int error = errno;

		close(ends[0]);
		close(ends[1]);
		return -error;
	}
	if (pid == 0) {
		close(ends[0]);
		become_reader(ends[1], bytes, size);
	}
	close(ends[1]);
	weights->socket = ends[0];
	weights->reader = pid;
	return 0;
}

/* The wait status; the reader ends when the socket does. */
static int stop_reader(struct h5_weights *weights)
{
	int status = 0;

	if (!weights->reader)
		return 0;
	close(weights->socket);
	while (waitpid(weights->reader, &status, 0) < 0 && errno == EINTR)
		continue;
	weights->reader = 0;
	return status;
}

/* It has closed its end or says what no reader says: it is gone, or has to go. */
static int lose_reader(struct h5_weights *weights, char *ret_reason)
{
	int status;

	if (!weights->reader)
		return -EBADMSG;
	status = stop_reader(weights);
	if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL))
		snprintf(ret_reason, GRAPH_REASON, "libhdf5 takes too long or too much memory: a damaged file");
	else if (WIFSIGNALED(status))
		snprintf(ret_reason, GRAPH_REASON, "libhdf5 does not survive it (%s): a damaged file",
			 strsignal(WTERMSIG(status)));
	else
		snprintf(ret_reason, GRAPH_REASON, "libhdf5 gives no sense: a damaged file");
	return -EBADMSG;
}

/* --- questions ------------------------------------------------------------------------------------------------- */

/* Whether an answer can be: text has no shape, weights are as long as theirs says. */
static bool is_sound(const struct h5_request *request, const struct h5_reply *reply)
{
	uint64_t elements = 1;

	if (reply->error)
		return reply->error == -ENOENT || reply->error == -EBADMSG || reply->error == -ENOMEM ||
		       reply->error == -ENODATA;
	if (!*request->layer)
		return reply->bytes && reply->bytes <= H5_TEXT_MAX;
	if (reply->dims < 1 || reply->dims > NN_DIMS_MAX)
		return false;
	for (uint32_t i = 0; i < reply->dims; i++) {
		if (!reply->shape[i] || reply->shape[i] > NN_FORMAT_BYTES_MAX)
			return false;
		elements *= reply->shape[i];
		if (elements > NN_FORMAT_BYTES_MAX / sizeof(float))
			return false;
	}
	return reply->bytes == elements * sizeof(float);
}

/* ret_bytes has a zero behind its end. A reason is given when the reader is lost. */
static int ask(struct h5_weights *weights, const struct h5_request *request, struct h5_reply *ret_reply,
	       void **ret_bytes, char *ret_reason)
{
	struct h5_reply reply;
	uint8_t *bytes;

	if (!weights->reader || h5_send(weights->socket, request, sizeof(*request)) < 0 ||
	    h5_receive(weights->socket, &reply, sizeof(reply)) < 0 || !is_sound(request, &reply))
		return lose_reader(weights, ret_reason);
	if (reply.error)
		return reply.error;
	bytes = malloc(reply.bytes + 1u);
	if (!bytes || h5_receive(weights->socket, bytes, reply.bytes) < 0) {
		lose_reader(weights, ret_reason);
		if (!bytes)
			snprintf(ret_reason, GRAPH_REASON, "out of memory");
		free(bytes);
		return bytes ? -EBADMSG : -ENOMEM;
	}
	bytes[reply.bytes] = 0;
	*ret_reply = reply;
	*ret_bytes = bytes;
	return 0;
}

static int read_weight(const struct keras_weights *base, const char *layer, const char *name, unsigned *ret_dims,
		       uint32_t shape[NN_DIMS_MAX], float **ret_data, char *ret_reason)
{
	/* keras_import() may look only; the reader behind the socket does not change by that. */
	struct h5_weights *weights = (struct h5_weights *)(uintptr_t)base;
	struct h5_request request = {0};
	struct h5_reply reply;
	void *bytes;
	int r;

	if (!*layer || strlen(layer) >= sizeof(request.layer) || strlen(name) >= sizeof(request.weight))
		return -ENOENT;
	strcpy(request.layer, layer);
	strcpy(request.weight, name);
	r = ask(weights, &request, &reply, &bytes, ret_reason);
	if (r < 0) {
		if (r != -ENOENT && weights->reader)
			snprintf(ret_reason, GRAPH_REASON, "layer %.60s: the weights \"%.40s\" can't be read: %s",
				 layer, name,
				 r == -ENOMEM ? "out of memory" : "damaged, or not at most four dimensions of numbers");
		return r;
	}
	*ret_dims = reply.dims;
	memcpy(shape, reply.shape, reply.dims * sizeof(*shape));
	*ret_data = bytes;
	return 0;
}

static int read_config(struct h5_weights *weights, char **ret_config, char *ret_reason)
{
	static const struct h5_request request;
	struct h5_reply reply;
	void *bytes;
	int r = ask(weights, &request, &reply, &bytes, ret_reason);

	if (r < 0 && weights->reader)
		snprintf(ret_reason, GRAPH_REASON, "%s",
			 r == -ENOENT
				 ? "no model_config: these are weights alone; save the whole model with model.save()"
			 : r == -ENODATA ? "no model_weights: save the whole model with model.save()"
			 : r == -ENOMEM	 ? "out of memory"
					 : "not an HDF5 file, or a damaged one");
	if (r < 0)
		return r == -ENOMEM ? r : -EBADMSG;
	*ret_config = bytes;
	return 0;
}

int h5_import(const void *bytes, size_t size, struct graph *graph, char *ret_reason)
{
	struct h5_weights weights = {.base = {.read = read_weight}};
	char *config;
	int r = start_reader(&weights, bytes, size);

	if (r < 0) {
		snprintf(ret_reason, GRAPH_REASON, "no process to read it with: %s", strerror(-r));
		return r;
	}
	r = read_config(&weights, &config, ret_reason);
	if (r == 0) {
		r = keras_import(config, &weights.base, graph, ret_reason);
		free(config);
	}
	stop_reader(&weights);
	return r;
}

#else

int h5_import(const void *bytes, size_t size, struct graph *graph, char *ret_reason)
{
	(void)bytes;
	(void)size;
	(void)graph;
	snprintf(ret_reason, GRAPH_REASON,
		 "built without libhdf5; install it (Debian: libhdf5-dev) and configure again");
	return -EOPNOTSUPP;
}

#endif
