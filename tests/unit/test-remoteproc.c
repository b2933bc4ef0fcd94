/* SPDX-License-Identifier: Apache-2.0 */
/* test-remoteproc.c - the firmware's life against a sysfs of plain files. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "mcu-offload/channel.h"
#include "mcu-offload/remoteproc.h"
#include "mcu-offload/sysfs.h"
#include "mcu-offload/transport.h"

static char root[64];
static struct remoteproc m4;

/* What the kernel below knows. */
static struct {
	int power;   /* of m4 */
	int error;   /* of the next start */
	bool wedged; /* takes a start and does nothing */
	unsigned starts, stops;
} kernel;

static int kernel_write(const char *folder, const char *name, const char *text);

static int set_up(void **unused)
{
	(void)unused;
	snprintf(root, sizeof(root), "/tmp/test-remoteproc.XXXXXX");
	assert_non_null(mkdtemp(root));
	m4 = (struct remoteproc){.root = root, .firmware = "postured/m4.elf", .patience_ms = 60, .write = kernel_write};
	memset(&kernel, 0, sizeof(kernel));
	return 0;
}

static int tear_down(void **unused)
{
	char command[128];

	(void)unused;
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	return system(command);
}

/* Makes the folders of a path below root, and the file with this text. */
static void put(const char *path, const char *text)
{
	char full[256];
	FILE *stream;

	snprintf(full, sizeof(full), "%s%s", root, path);
	for (char *slash = full + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		(void)mkdir(full, 0755);
		*slash = '/';
	}
	stream = fopen(full, "w");
	assert_non_null(stream);
	fputs(text, stream);
	fclose(stream);
}

static const char *get(const char *path)
{
	static char text[256];
	char full[256];
	FILE *stream;

	snprintf(full, sizeof(full), "%s%s", root, path);
	stream = fopen(full, "r");
	assert_non_null(stream);
	text[fread(text, 1, sizeof(text) - 1, stream)] = '\0';
	fclose(stream);
	return text;
}

#define RPROC "/sys/class/remoteproc/"

/* Two cores, so that the number says nothing. */
static void machine(const char *state, const char *firmware)
{
	put(RPROC "remoteproc0/name", "dsp\n");
	put(RPROC "remoteproc0/state", "offline\n");
	put(RPROC "remoteproc0/firmware", "dsp.elf\n");
	put(RPROC "remoteproc3/name", "m4\n");
	put(RPROC "remoteproc3/state", state);
	put(RPROC "remoteproc3/firmware", firmware);
}

static void install(void)
{
	put("/lib/firmware/postured/m4.elf", "ELF");
}

/* --- a kernel: counts starts, as remoteproc does ------------------------------------------------------------------- */

static int kernel_start(void)
{
	char state[32];

	kernel.starts++;
	if (kernel.error)
		return kernel.error;
	if (kernel.power++ == 0 && !kernel.wedged) {
		assert_int_equal(sysfs_read(m4.folder, "state", state, sizeof(state)), 0);
		put(RPROC "remoteproc3/state", strcmp(state, "detached") == 0 ? "attached\n" : "running\n");
	}
	return 0;
}

static int kernel_stop(void)
{
	kernel.stops++;
	if (strcmp(get(RPROC "remoteproc3/state"), "offline\n") == 0)
		return -EINVAL;
	if (--kernel.power <= 0)
		put(RPROC "remoteproc3/state", "offline\n");
	return 0;
}

static int kernel_write(const char *folder, const char *name, const char *text)
{
	assert_non_null(strstr(folder, "remoteproc3"));
	if (strcmp(name, "state") == 0)
		return strcmp(text, "start") == 0 ? kernel_start() : kernel_stop();
	if (strcmp(get(RPROC "remoteproc3/state"), "offline\n") != 0)
		return -EBUSY;
	put(RPROC "remoteproc3/firmware", text);
	return 0;
}

static void it_is_started_and_stopped(void **unused)
{
	(void)unused;
	machine("offline\n", "rproc-m4-fw\n");
	install();
	assert_int_equal(remoteproc_start(&m4), REMOTEPROC_STARTED);
	assert_string_equal(get(RPROC "remoteproc3/firmware"), "postured/m4.elf");
	assert_int_equal(remoteproc_start(&m4), REMOTEPROC_RUNNING);
	assert_int_equal(kernel.starts, 1);
	assert_int_equal(remoteproc_stop(&m4), REMOTEPROC_STOPPED);
	assert_int_equal(kernel.stops, 1);
	assert_int_equal(remoteproc_stop(&m4), REMOTEPROC_OFF);
}

/* Somebody wrote start once more: one stop says yes and leaves it running. */
static void starts_that_were_stacked_are_all_undone(void **unused)
{
	(void)unused;
	machine("running\n", "postured/m4.elf\n");
	kernel.power = 3;
	assert_int_equal(remoteproc_stop(&m4), REMOTEPROC_STOPPED);
	assert_int_equal(kernel.stops, 3);
	machine("running\n", "postured/m4.elf\n");
	kernel.power = 8; /* as many as are undone */
	assert_int_equal(remoteproc_stop(&m4), REMOTEPROC_STOPPED);
}

static void endless_stops_are_given_up(void **unused)
{
	(void)unused;
	machine("running\n", "postured/m4.elf\n");
	kernel.power = 1000;
	assert_int_equal(remoteproc_stop(&m4), REMOTEPROC_FAILED);
	assert_true(kernel.stops < 10);
}

static void a_refused_start_says_why(void **unused)
{
	(void)unused;
	machine("offline\n", "postured/m4.elf\n");
	install();
	kernel.error = -EINVAL;
	assert_int_equal(remoteproc_start(&m4), REMOTEPROC_FAILED);
	assert_non_null(strstr(m4.reason, "its memory is not reserved"));
	kernel.error = -EACCES;
	assert_int_equal(remoteproc_start(&m4), REMOTEPROC_FAILED);
	assert_non_null(strstr(m4.reason, "needs root"));
}

static void a_wedged_core_is_told_from_a_started_one(void **unused)
{
	(void)unused;
	machine("offline\n", "postured/m4.elf\n");
	install();
	kernel.wedged = true;
	assert_int_equal(remoteproc_start(&m4), REMOTEPROC_FAILED);
	assert_non_null(strstr(m4.reason, "unbind"));
}

/* Recovery is switched off: what has crashed is stopped, then started. */
static void a_crash_that_stays_is_started_anew(void **unused)
{
	(void)unused;
	machine("crashed\n", "postured/m4.elf\n");
	install();
	kernel.power = 1;
	assert_int_equal(remoteproc_start(&m4), REMOTEPROC_STARTED);
	assert_int_equal(kernel.stops, 1);
	assert_int_equal(kernel.starts, 1);
	put(RPROC "remoteproc3/state", "crashed\n");
	assert_int_equal(remoteproc_stop(&m4), REMOTEPROC_STOPPED);
}

/* The kernel's own recovery stops the core before it starts it, or fails after that: it runs in the end, or that is said. */
static void a_recovery_that_is_under_way_is_no_start(void **unused)
{
	char next[128], state[128];
	pid_t kernel_thread;

	(void)unused;
	machine("crashed\n", "postured/m4.elf\n");
	install();
	put("/next", "offline\n");
	snprintf(next, sizeof(next), "%s/next", root);
	snprintf(state, sizeof(state), "%s" RPROC "remoteproc3/state", root);
	m4.patience_ms = 10000;
	kernel_thread = fork();
	assert_true(kernel_thread >= 0);
	if (kernel_thread == 0) {
		usleep(10000);
		_exit(rename(next, state) < 0);
	}
	assert_int_equal(remoteproc_start(&m4), REMOTEPROC_STARTED);
	assert_string_equal(get(RPROC "remoteproc3/state"), "running\n");
	assert_int_equal(waitpid(kernel_thread, NULL, 0), kernel_thread);
}

static void no_core_is_said_once(void **unused)
{
	(void)unused;
	assert_int_equal(remoteproc_start(&m4), REMOTEPROC_NONE);
	assert_non_null(strstr(m4.reason, "backend local does all"));
	assert_int_equal(remoteproc_stop(&m4), REMOTEPROC_NONE);
}

static void another_kind_of_core_is_named(void **unused)
{
	(void)unused;
	put(RPROC "remoteproc0/name", "m33\n");
	put(RPROC "remoteproc0/state", "offline\n");
	install();
	assert_int_equal(remoteproc_start(&m4), REMOTEPROC_OTHER_CORE);
	assert_non_null(strstr(m4.reason, "`m33`"));
	assert_string_equal(get(RPROC "remoteproc0/state"), "offline\n");
}

static void a_missing_file_is_never_asked_for(void **unused)
{
	(void)unused;
	machine("offline\n", "rproc-m4-fw\n");
	assert_int_equal(remoteproc_start(&m4), REMOTEPROC_NO_FILE);
	assert_string_equal(get(RPROC "remoteproc3/state"), "offline\n");
	assert_string_equal(get(RPROC "remoteproc3/firmware"), "rproc-m4-fw\n");
}

static void the_kernel_s_own_path_counts(void **unused)
{
	(void)unused;
	machine("offline\n", "rproc-m4-fw\n");
	put("/sys/module/firmware_class/parameters/path", "/opt/fw\n");
	put("/opt/fw/postured/m4.elf", "ELF");
	assert_int_equal(remoteproc_start(&m4), REMOTEPROC_STARTED);
}

static void one_that_runs_is_not_started_again(void **unused)
{
	(void)unused;
	machine("running\n", "postured/m4.elf\n");
	install();
	assert_int_equal(remoteproc_start(&m4), REMOTEPROC_RUNNING);
	assert_string_equal(get(RPROC "remoteproc3/state"), "running\n");
}

static void a_foreign_firmware_is_left_alone(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < 3; i++) {
		static const char *const states[] = {"running\n", "crashed\n", "suspended\n"};

		machine(states[i], "OpenAMP_demo.elf\n");
		install();
		assert_int_equal(remoteproc_start(&m4), REMOTEPROC_FOREIGN);
		assert_non_null(strstr(m4.reason, "OpenAMP_demo.elf"));
		assert_int_equal(remoteproc_stop(&m4), REMOTEPROC_FOREIGN);
		assert_string_equal(get(RPROC "remoteproc3/state"), states[i]);
	}
}

static void the_boot_loader_s_is_attached_to_and_never_stopped(void **unused)
{
	(void)unused;
	machine("detached\n", "rproc-m4-fw\n"); /* our file isn't needed for that */
	assert_int_equal(remoteproc_start(&m4), REMOTEPROC_ATTACHED);
	assert_string_equal(get(RPROC "remoteproc3/state"), "attached\n");
	put(RPROC "remoteproc3/firmware", "unknown\n");
	assert_int_equal(remoteproc_start(&m4), REMOTEPROC_ATTACHED);
	assert_int_equal(remoteproc_stop(&m4), REMOTEPROC_ATTACHED);
	assert_string_equal(get(RPROC "remoteproc3/state"), "attached\n");
}

/* --- which channel is ours ------------------------------------------------------------------------------------------ */

static void a_channel_is_known_by_name_and_address(void **unused)
{
	char path[128], expected[128];
	bool tty;

	(void)unused;
	assert_int_equal(channel_find(root, path, sizeof(path), &tty), -ENODEV);
	put("/sys/class/rpmsg/rpmsg_ctrl0/dev", "1:1\n");
	put("/sys/class/rpmsg/rpmsg0/name", "rpmsg-raw\n"); /* somebody else's */
	put("/sys/class/rpmsg/rpmsg0/dst", "1024\n");
	put("/sys/class/rpmsg/rpmsg1/name", "rpmsg-client-sample\n");
	put("/sys/class/rpmsg/rpmsg1/dst", "1280\n");
	assert_int_equal(channel_find(root, path, sizeof(path), &tty), -ENODEV);
	put("/sys/class/tty/ttyRPMSG4/device/name", "rpmsg-tty\n");
	put("/sys/class/tty/ttyRPMSG4/device/dst", "0x501\n");
	assert_int_equal(channel_find(root, path, sizeof(path), &tty), 0);
	snprintf(expected, sizeof(expected), "%s/dev/ttyRPMSG4", root);
	assert_string_equal(path, expected);
	assert_true(tty);
	put("/sys/class/rpmsg/rpmsg7/name", "rpmsg-raw\n");
	put("/sys/class/rpmsg/rpmsg7/dst", "1280\n");
	assert_int_equal(channel_find(root, path, sizeof(path), &tty), 0);
	snprintf(expected, sizeof(expected), "%s/dev/rpmsg7", root);
	assert_string_equal(path, expected);
	assert_false(tty);
}

/* A terminal with a terminal's habits: every byte value must pass, unchanged and unechoed, through both ends. */
static void a_tty_carries_every_byte(void **unused)
{
	struct protocol_message message = {.header = {.type = PROTOCOL_STATS_REPLY, .body_bytes = 256, .seq = 1}}, copy;
	struct transport transport;
	uint8_t bytes[PROTOCOL_MESSAGE_BYTES];
	char link[128];
	int status, master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
	size_t size;

	(void)unused;
	assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
	put("/sys/class/tty/ttyRPMSG0/device/name", "rpmsg-tty\n");
	put("/sys/class/tty/ttyRPMSG0/device/dst", "0x501\n");
	put("/dev/null", "");
	snprintf(link, sizeof(link), "%s/dev/ttyRPMSG0", root);
	assert_int_equal(symlink(ptsname(master), link), 0);
	assert_int_equal(transport_open("auto", root, &transport), 0);
	for (unsigned i = 0; i < 256; i++)
		message.body.bytes[i] = (uint8_t)i;
	size = protocol_seal(&message);
	assert_int_equal(transport_send(&transport, &message, size), 0);
	assert_int_equal(read(master, bytes, sizeof(bytes)), size);
	assert_memory_equal(bytes, &message, size);
	assert_int_equal(write(master, "noise", 5), 5);
	assert_int_equal(write(master, &message, size), size);
	assert_int_equal(transport_receive(&transport, 1, &copy, &status), 1);
	assert_memory_equal(&copy, &message, size);
	close(master);
	assert_true(transport_receive(&transport, 1, &copy, &status) < 0);
	transport_close(&transport);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_started_and_stopped),
		TEST(starts_that_were_stacked_are_all_undone),
		TEST(endless_stops_are_given_up),
		TEST(a_refused_start_says_why),
		TEST(a_wedged_core_is_told_from_a_started_one),
		TEST(a_crash_that_stays_is_started_anew),
		TEST(a_recovery_that_is_under_way_is_no_start),
		TEST(no_core_is_said_once),
		TEST(another_kind_of_core_is_named),
		TEST(a_missing_file_is_never_asked_for),
		TEST(the_kernel_s_own_path_counts),
		TEST(one_that_runs_is_not_started_again),
		TEST(a_foreign_firmware_is_left_alone),
		TEST(the_boot_loader_s_is_attached_to_and_never_stopped),
		TEST(a_channel_is_known_by_name_and_address),
		TEST(a_tty_carries_every_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
