/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-nn-h5.c - the process that reads HDF5: what it may not do, and that nothing it says or suffers harms its parent. In
 * its place (--wrap) stands one that does what hostile bytes might make it do.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "nn/import/h5-reader.h"
#include "nn/import/h5.h"
#include "nn/import/sandbox.h"

#define DENSE                                                                                                          \
	"{\"config\":{\"name\":\"n\",\"layers\":[{\"class_name\":\"Dense\",\"config\":{\"name\":\"d\",\"units\":2,"    \
	"\"use_bias\":false,\"batch_input_shape\":[null,2]}}]}}"

/* What the stand-in answers: the text, then the weights. */
struct play {
	const char *what;
	const char *text;
	struct h5_reply weight;
	uint32_t sent; /* bytes of weights */
	void (*end)(void);
	const char *reason; /* part of it; NULL: it is imported */
};

static const struct play *now;

_Noreturn void __wrap_h5_reader_serve(int socket, const void *bytes, size_t size);

_Noreturn void __wrap_h5_reader_serve(int socket, const void *bytes, size_t size)
{
	static const float values[1024];
	struct h5_reply text = {.bytes = now->text ? (uint32_t)strlen(now->text) : 0};
	struct h5_request request;

	(void)bytes;
	(void)size;
	if (now->text && h5_receive(socket, &request, sizeof(request)) == 0 &&
	    h5_send(socket, &text, sizeof(text)) == 0)
		h5_send(socket, now->text, text.bytes);
	if (now->weight.bytes && h5_receive(socket, &request, sizeof(request)) == 0) {
		h5_send(socket, &now->weight, sizeof(now->weight));
		h5_send(socket, values, now->sent);
	}
	if (now->end)
		now->end();
	/* Until the parent has enough. */
	h5_receive(socket, &request, sizeof(request));
	_exit(0);
}

static void fault(void)
{
	raise(SIGSEGV);
}

static void leave(void)
{
	_exit(0);
}

static void kill_itself(void)
{
	raise(SIGKILL);
}

static void parent_survives(void **state)
{
	static const struct play plays[] = {
		{"good", DENSE, {.dims = 2, .shape = {2, 2}, .bytes = 16}, 16, NULL, NULL},
		{"dies at once", NULL, {0}, 0, abort, "Aborted"},
		{"faults after the text", DENSE, {0}, 0, fault, "Segmentation fault"},
		{"leaves", NULL, {0}, 0, leave, "no sense"},
		{"is killed", NULL, {0}, 0, kill_itself, "too much memory"},
		{"weights end early", DENSE, {.dims = 2, .shape = {2, 2}, .bytes = 16}, 15, leave, "no sense"},
		{"weights longer than their shape",
		 DENSE,
		 {.dims = 2, .shape = {2, 2}, .bytes = 20},
		 20,
		 NULL,
		 "no sense"},
		{"weights shorter", DENSE, {.dims = 2, .shape = {2, 2}, .bytes = 12}, 12, NULL, "no sense"},
		{"no dimension", DENSE, {.bytes = 4}, 4, NULL, "no sense"},
		{"too many", DENSE, {.dims = 5, .shape = {1, 1, 1, 4}, .bytes = 16}, 16, NULL, "no sense"},
		{"sizes that overflow",
		 DENSE,
		 {.dims = 4, .shape = {65536, 65536, 65536, 65536}, .bytes = 16},
		 16,
		 NULL,
		 "no sense"},
		{"a size of 0", DENSE, {.dims = 2, .shape = {0, 2}, .bytes = 16}, 16, NULL, "no sense"},
		{"another shape", DENSE, {.dims = 2, .shape = {1, 4}, .bytes = 16}, 16, NULL, "d"},
		{"an unknown error", DENSE, {.error = -EACCES, .bytes = 16}, 0, NULL, "no sense"},
		{"a known one", DENSE, {.error = -EBADMSG, .bytes = 16}, 0, NULL, "can't be read"},
		{"text that is none", "{", {0}, 0, NULL, "JSON"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(plays) / sizeof(plays[0]); i++) {
		struct graph *graph = graph_new();
		char reason[GRAPH_REASON] = "";
		int r;

		assert_non_null(graph);
		now = &plays[i];
		r = h5_import("", 0, graph, reason);
		if ((r == 0) != !now->reason || (now->reason && !strstr(reason, now->reason)))
			fail_msg("%s: %d, %s", now->what, r, reason);
		graph_free(graph);
	}
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
	assert_int_equal(errno, ECHILD);
}

/* The exit status of what runs in the sandbox, or minus the signal. */
static int run_inside(int (*run)(void), unsigned cpu_s)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		signal(SIGXCPU, SIG_DFL);
		_exit(sandbox_enter(1 << 30, cpu_s) < 0 ? 99 : run());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static int compute(void)
{
	uint8_t *bytes = malloc(1 << 20);

	if (!bytes)
		return 1;
	memset(bytes, 1, 1 << 20);
	free(bytes);
	return 0;
}

static int spin(void)
{
	volatile int never = 0;

	while (!never)
		continue;
	return 0;
}

static int open_something(void)
{
	return open("/", O_RDONLY | O_CLOEXEC) >= 0 || fork() >= 0 || socket(AF_UNIX, SOCK_STREAM, 0) >= 0;
}

static int allocate(void)
{
	void *volatile bytes = malloc((size_t)3 << 29);

	return bytes != NULL;
}

static bool is_emulated_or_instrumented(void)
{
#if defined(__SANITIZE_ADDRESS__) || !(defined(__x86_64__) || defined(__aarch64__))
	return true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
	return true;
#endif
#endif
	return getenv("LD_PRELOAD") != NULL; /* valgrind's tools come by it */
}

static void sandbox_holds(void **state)
{
	(void)state;
	assert_int_equal(run_inside(compute, 5), 0);
	assert_int_equal(run_inside(open_something, 5), 0);
	if (is_emulated_or_instrumented())
		return;
	assert_int_equal(run_inside(allocate, 5), 0);
	assert_true(run_inside(spin, 1) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parent_survives),
		cmocka_unit_test(sandbox_holds),
	};

	return cmocka_run_group_tests_name("nn-h5", tests, NULL, NULL);
}
