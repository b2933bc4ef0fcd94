/* SPDX-License-Identifier: Apache-2.0 */
/* remoteproc.c - the life of the Cortex-M4's firmware (see remoteproc.h). */
#include "mcu-offload/remoteproc.h"

#include <errno.h>
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "mcu-offload/sysfs.h"

enum {
	STEP_MS = 20,
	STOPS_MAX = 8, /* others' starts that ours may be stacked on */
};

static enum remoteproc_outcome say(struct remoteproc *remoteproc, enum remoteproc_outcome outcome, const char *format,
				   ...) __attribute__((format(printf, 3, 4)));
static enum remoteproc_outcome say(struct remoteproc *remoteproc, enum remoteproc_outcome outcome, const char *format,
				   ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(remoteproc->reason, sizeof(remoteproc->reason), format, list);
	va_end(list);
	return outcome;
}

/* --- finding ------------------------------------------------------------------------------------------------------ */

static enum remoteproc_outcome find(struct remoteproc *remoteproc)
{
	char pattern[REMOTEPROC_PATH], name[64], other[64] = "";
	bool found = false;
	glob_t folders;

	snprintf(pattern, sizeof(pattern), "%s/sys/class/remoteproc/remoteproc[0-9]*", remoteproc->root);
	if (glob(pattern, 0, NULL, &folders) == 0) {
		for (size_t i = 0; i < folders.gl_pathc && !found; i++) {
			if (sysfs_read(folders.gl_pathv[i], "name", name, sizeof(name)) < 0)
				continue;
			found = strcmp(name, "m4") == 0;
			if (found)
				snprintf(remoteproc->folder, sizeof(remoteproc->folder), "%s", folders.gl_pathv[i]);
			else
				snprintf(other, sizeof(other), "%s", name);
		}
		globfree(&folders);
	}
	if (found)
		return REMOTEPROC_OFF;
	if (other[0])
		return say(
			remoteproc, REMOTEPROC_OTHER_CORE,
			"there is no Cortex-M4 here but `%s`, for which there is no firmware: backend local does all",
			other);
	return say(remoteproc, REMOTEPROC_NONE,
		   "there is no Cortex-M4 here that Linux knows (remoteproc `m4`): backend local does all");
}

/* The kernel's places for firmware, in its order; the one that a module parameter names is first. */
bool remoteproc_is_installed(const struct remoteproc *remoteproc)
{
	char path[REMOTEPROC_PATH * 2], custom[REMOTEPROC_TEXT] = "";
	static const char *const places[] = {"/lib/firmware/updates/%s/", "/lib/firmware/updates/", "/lib/firmware/%s/",
					     "/lib/firmware/"};
	struct utsname kernel;

	snprintf(path, sizeof(path), "%s/sys/module/firmware_class/parameters", remoteproc->root);
	if (sysfs_read(path, "path", custom, sizeof(custom)) == 0 && custom[0] == '/') {
		snprintf(path, sizeof(path), "%s%s/%s", remoteproc->root, custom, remoteproc->firmware);
		if (access(path, R_OK) == 0)
			return true;
	}
	if (uname(&kernel) < 0)
		kernel.release[0] = '\0';
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const char *rest = strstr(places[i], "%s");
		int before = rest ? (int)(rest - places[i]) : (int)strlen(places[i]);

		snprintf(path, sizeof(path), "%s%.*s%s%s%s", remoteproc->root, before, places[i],
			 rest ? kernel.release : "", rest ? "/" : "", remoteproc->firmware);
		if (access(path, R_OK) == 0)
			return true;
	}
	return false;
}

/* --- states ------------------------------------------------------------------------------------------------------- */

static bool state_is(const struct remoteproc *remoteproc, const char *state)
{
	char text[32];

	return sysfs_read(remoteproc->folder, "state", text, sizeof(text)) == 0 && strcmp(text, state) == 0;
}

static void sleep_ms(unsigned ms)
{
	struct timespec ts = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};

	nanosleep(&ts, NULL);
}

/* A crashed core is recovered by the kernel, within milliseconds, if it may. */
static bool wait_while(const struct remoteproc *remoteproc, const char *state)
{
	for (unsigned waited = 0; state_is(remoteproc, state); waited += STEP_MS) {
		if (waited >= remoteproc->patience_ms)
			return false;
		sleep_ms(STEP_MS);
	}
	return true;
}

static bool wait_until(const struct remoteproc *remoteproc, const char *state)
{
	for (unsigned waited = 0; !state_is(remoteproc, state); waited += STEP_MS) {
		if (waited >= remoteproc->patience_ms)
			return false;
		sleep_ms(STEP_MS);
	}
	return true;
}

static bool has_our_firmware(const struct remoteproc *remoteproc)
{
	char text[REMOTEPROC_TEXT];

	return sysfs_read(remoteproc->folder, "firmware", text, sizeof(text)) == 0 &&
	       strcmp(text, remoteproc->firmware) == 0;
}

enum remoteproc_outcome remoteproc_look(struct remoteproc *remoteproc)
{
	enum remoteproc_outcome outcome = find(remoteproc);
	char firmware[REMOTEPROC_TEXT] = "?", state[32];
	int r;

	if (outcome != REMOTEPROC_OFF)
		return outcome;
	r = sysfs_read(remoteproc->folder, "state", state, sizeof(state));
	if (r < 0)
		return say(remoteproc, REMOTEPROC_FAILED, "%s/state: %s", remoteproc->folder, strerror(-r));
	(void)sysfs_read(remoteproc->folder, "firmware", firmware, sizeof(firmware));
	if (strcmp(state, "attached") == 0)
		return say(
			remoteproc, REMOTEPROC_ATTACHED,
			"the boot loader started the Cortex-M4; whether it has our firmware is seen when it is spoken to");
	if (strcmp(state, "offline") == 0 || strcmp(state, "detached") == 0)
		return say(remoteproc, REMOTEPROC_OFF, "the Cortex-M4 is %s", state);
	if (!has_our_firmware(remoteproc))
		return say(
			remoteproc, REMOTEPROC_FOREIGN,
			"the Cortex-M4 runs `%s`, which is not ours: it is left alone, backend local does all. To use "
			"ours, stop whoever started it",
			firmware);
	if (strcmp(state, "crashed") == 0)
		return say(remoteproc, REMOTEPROC_FAILED, "our firmware has crashed; dmesg says more");
	return say(remoteproc, REMOTEPROC_RUNNING, "the Cortex-M4 runs our firmware, %s", firmware);
}

/* --- start and stop ----------------------------------------------------------------------------------------------- */

/* `stop` until it is off: the kernel counts starts, and says yes to a stop that leaves it running. */
static int stop_all(const struct remoteproc *remoteproc)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && !state_is(remoteproc, "offline"); i++)
		r = i < STOPS_MAX ? remoteproc->write(remoteproc->folder, "state", "stop") : -EBUSY;
	/* Another one may have stopped it first. */
	return r == -EINVAL && state_is(remoteproc, "offline") ? 0 : r;
}

static enum remoteproc_outcome refused(struct remoteproc *remoteproc, const char *what, int error)
{
	const char *hint = error == -EPERM || error == -EACCES ? "this needs root"
			   : error == -EINVAL ? "not an image for this core, or its memory is not reserved; dmesg "
						"says which"
					      : "dmesg says more";

	return say(remoteproc, REMOTEPROC_FAILED, "%s: %s: %s; %s", remoteproc->folder, what, strerror(-error), hint);
}

static enum remoteproc_outcome attach(struct remoteproc *remoteproc)
{
	int r = remoteproc->write(remoteproc->folder, "state", "start");

	if (r < 0)
		return refused(remoteproc, "attach", r);
	return say(remoteproc, REMOTEPROC_ATTACHED, "attached to what the boot loader started on the Cortex-M4");
}

static enum remoteproc_outcome load(struct remoteproc *remoteproc)
{
	int r = has_our_firmware(remoteproc) ? 0
					     : remoteproc->write(remoteproc->folder, "firmware", remoteproc->firmware);

	if (r < 0)
		return refused(remoteproc, "firmware", r);
	r = remoteproc->write(remoteproc->folder, "state", "start");
	if (r < 0)
		return refused(remoteproc, "start", r);
	/* A wedged core says yes and stays off. */
	if (!wait_until(remoteproc, "running"))
		return say(remoteproc, REMOTEPROC_FAILED,
			   "%s: the kernel took the start and nothing runs: unbind and bind the driver stm32-rproc, or "
			   "reboot",
			   remoteproc->folder);
	return say(remoteproc, REMOTEPROC_STARTED, "started %s on the Cortex-M4", remoteproc->firmware);
}

enum remoteproc_outcome remoteproc_start(struct remoteproc *remoteproc)
{
	enum remoteproc_outcome outcome = remoteproc_look(remoteproc);
	int r;

	if (outcome == REMOTEPROC_FAILED && has_our_firmware(remoteproc) && state_is(remoteproc, "crashed")) {
		r = wait_while(remoteproc, "crashed") ? 0 : stop_all(remoteproc); /* recovery is switched off */
		if (r < 0)
			return refused(remoteproc, "stop after a crash", r);
		/* Off also in the midst of its recovery: another start does no harm then, and is needed if that fails. */
		outcome = remoteproc_look(remoteproc);
	}
	if (outcome != REMOTEPROC_OFF)
		return outcome;
	if (state_is(remoteproc, "detached"))
		return attach(remoteproc);
	if (!remoteproc_is_installed(remoteproc))
		return say(remoteproc, REMOTEPROC_NO_FILE,
			   "no /lib/firmware/%s: install it, until then backend local does all", remoteproc->firmware);
	return load(remoteproc);
}

enum remoteproc_outcome remoteproc_stop(struct remoteproc *remoteproc)
{
	enum remoteproc_outcome outcome = remoteproc_look(remoteproc);
	bool crashed = outcome == REMOTEPROC_FAILED && has_our_firmware(remoteproc);
	int r;

	if (outcome != REMOTEPROC_RUNNING && !crashed)
		return outcome;
	r = stop_all(remoteproc);
	if (r < 0)
		return refused(remoteproc, "stop", r);
	return say(remoteproc, REMOTEPROC_STOPPED, "stopped the Cortex-M4");
}
