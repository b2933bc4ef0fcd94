/* SPDX-License-Identifier: Apache-2.0 */
/* doctor-service.c - configuration, the service itself, its model, groups (see doctor.h). */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/posturectl/doctor.h"

/* --- configuration -------------------------------------------------------------------------------------------- */

static void keep_first(void *userdata, const char *text)
{
	char *first = userdata;

	if (!first[0])
		snprintf(first, DOCTOR_TEXT, "%s", text);
}

static void look_at_config(struct doctor *doctor)
{
	const char *path = doctor->options->config ? doctor->options->config : OPTIONS_CONFIG;
	char first[DOCTOR_TEXT] = "";
	struct config_report report = {.line = keep_first, .userdata = first};

	config_init(&doctor->config);
	if (config_load(path, doctor->options->config != NULL, &report, &doctor->config) == 0) {
		doctor_note(doctor, "configuration", DOCTOR_OK, "%.200s%s", path,
			    access(path, R_OK) == 0 ? "" : " is not there: defaults");
		return;
	}
	doctor_note(doctor, "configuration", DOCTOR_FAIL, "%s%s", first, report.errors > 1 ? ", and more" : "");
	doctor_advise(
		doctor,
		access(path, R_OK) != 0 && errno == EACCES
			? "look as root, who may read it"
			: "correct it; `postured --check-config` lists all faults. What follows is about defaults");
}

/* --- the process ---------------------------------------------------------------------------------------------- */

static bool is_postured(const char *proc, const char *pid)
{
	char path[600], name[32] = "";
	FILE *stream;

	if (!isdigit((unsigned char)pid[0]))
		return false;
	snprintf(path, sizeof(path), "%s/%s/comm", proc, pid);
	stream = fopen(path, "re");
	if (!stream)
		return false;
	if (!fgets(name, sizeof(name), stream))
		name[0] = '\0';
	fclose(stream);
	return strcmp(name, "postured\n") == 0;
}

static bool process_runs(const char *root)
{
	char proc[300];
	DIR *directory;
	const struct dirent *entry;
	bool found = false;

	snprintf(proc, sizeof(proc), "%.280s/proc", root);
	directory = opendir(proc);
	while (directory && !found && (entry = readdir(directory)))
		found = is_postured(proc, entry->d_name);
	if (directory)
		closedir(directory);
	return found;
}

static void ask(struct doctor *doctor, char *ret_reason)
{
	static const struct bus_handlers deaf;
	struct bus_client *client;
	char *text;

	if (bus_client_open(doctor->options->bus, &deaf, &client, ret_reason) < 0)
		return;
	if (bus_client_payload(client, "diagnostics", &text, ret_reason) == 0) {
		doctor->asked = report_diagnostics_parse(text, strlen(text), &doctor->report) == 0;
		free(text);
	}
	bus_client_free(client);
}

static void look_at_process(struct doctor *doctor)
{
	char reason[BUS_CLIENT_REASON] = "its answer makes no sense";

	/* Another machine's files say nothing of this machine's service. */
	if (!doctor->options->root[0])
		ask(doctor, reason);
	doctor->running = doctor->asked || process_runs(doctor->options->root);
	if (doctor->asked) {
		doctor_note(doctor, "service", DOCTOR_OK, "postured %s, up %.0f s, %.1f frames a second",
			    doctor->report.version, doctor->report.uptime_s, doctor->report.rate_hz);
	} else if (doctor->running) {
		doctor_note(doctor, "service", DOCTOR_WARN, "runs, but does not answer: %s", reason);
		doctor_advise(doctor, "set bus in the section [dbus]; install org.postured.conf in dbus-1/system.d; "
				      "journalctl -u postured says what the bus told it");
	} else {
		doctor_note(doctor, "service", DOCTOR_WARN, "does not run");
		doctor_advise(doctor, "systemctl enable --now postured");
	}
}

static void look_at_model(struct doctor *doctor)
{
	const char *path = doctor->config.classifier.model;

	if (doctor->asked) {
		doctor_note(doctor, "model", DOCTOR_OK, "%s (%.12s) on %s", doctor->report.model, doctor->report.sha256,
			    doctor->report.backend);
	} else if (!path[0]) {
		doctor_note(doctor, "model", DOCTOR_OK, "the built-in one");
	} else if (access(path, R_OK) != 0) {
		doctor_note(doctor, "model", DOCTOR_FAIL, "%.200s: %s", path, strerror(errno));
		doctor_advise(doctor, "put the model there, or leave classifier.model empty for the built-in one");
	} else {
		doctor_note(doctor, "model", DOCTOR_OK, "%.200s", path);
	}
}

/* --- groups --------------------------------------------------------------------------------------------------- */

static bool in_group(gid_t group)
{
	gid_t groups[256];
	int n = getgroups(sizeof(groups) / sizeof(groups[0]), groups);

	for (int i = 0; i < n; i++)
		if (groups[i] == group)
			return true;
	return getegid() == group;
}

static void look_at_groups(struct doctor *doctor)
{
	static const char *const names[] = {"i2c", "gpio", "postured"};
	char missing[64] = "";
	const struct group *group;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!getgrnam(names[i]))
			snprintf(missing + strlen(missing), sizeof(missing) - strlen(missing), "%s%s",
				 missing[0] ? ", " : "", names[i]);
	if (missing[0]) {
		doctor_note(doctor, "groups", DOCTOR_WARN, "there is no group %s", missing);
		doctor_advise(doctor, "systemd-sysusers makes them, udevadm trigger then gives them the devices");
		return;
	}
	group = getgrnam("postured");
	if (geteuid() != 0 && group && !in_group(group->gr_gid)) {
		doctor_note(doctor, "groups", DOCTOR_WARN, "you are not in the group postured: you may look, not set");
		doctor_advise(doctor, "sudo usermod -aG postured $USER, and log in again");
		return;
	}
	doctor_note(doctor, "groups", DOCTOR_OK, "i2c, gpio, postured");
}

void doctor_service(struct doctor *doctor)
{
	look_at_config(doctor);
	look_at_process(doctor);
	look_at_model(doctor);
	look_at_groups(doctor);
}
