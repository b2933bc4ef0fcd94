/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor-m4.c - the Cortex-M4: is there one, what runs there, does it answer (see doctor.h).
 *
 * A service that uses it is asked. Without a service the doctor looks at what the kernel knows, and says hello to the
 * firmware itself: the channel has room for one.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "daemon/posturectl/doctor.h"
#include "daemon/posturectl/moment.h"
#include "mcu-offload/channel.h"
#include "mcu-offload/link.h"
#include "mcu-offload/remoteproc.h"
#include "mcu-offload/transport.h"

#define PART "coprocessor"

enum { PATIENCE_MS = 1000 };

/* What to do about a reason that the link gives; the first whose word is in it. */
static const struct {
	const char *word, *advice;
} cures[] = {
	{"version",
	 "install service and firmware of one build (make install), then systemctl restart postured-m4 postured"},
	{"no upload",
	 "build the firmware with the model in use: make M4_MODEL=FILE.pnn install; or use the built-in model"},
	{"too large", "use a smaller model (posture-model budget), or set backend = local in [classifier]"},
	{"model",
	 "use another model (posturectl teach --rollback, in the end the built-in one), or set backend = local in "
	 "[classifier]"},
	{"self-test", "install the firmware again (make install), then systemctl restart postured-m4"},
	{"differ", "install service and firmware of one build, then systemctl restart postured-m4 postured"},
	{"permission",
	 "udevadm control --reload and udevadm trigger give the channel to the group rpmsg (60-postured.rules)"},
	{"somebody else",
	 "fuser -v /dev/rpmsg* /dev/ttyRPMSG* says who; stop it, or set backend = local in [classifier]"},
	{"answer", "systemctl restart postured-m4; before that, its last words are in "
		   "/sys/kernel/debug/remoteproc/remoteproc*/trace0"},
	{"", "journalctl -u postured -u postured-m4 and dmesg say more"},
};

static void advise_reason(struct doctor *doctor, const char *reason)
{
	size_t i = 0;

	while (!strstr(reason, cures[i].word))
		i++;
	doctor_advise(doctor, "%s", cures[i].advice);
}

/* Something that only matters to a service which is to use the other core. */
static void note(struct doctor *doctor, bool wanted, const char *text, const char *advice)
{
	doctor_note(doctor, PART, wanted ? DOCTOR_WARN : DOCTOR_OK, "%s", text);
	if (wanted)
		doctor_advise(doctor, "%s", advice);
}

/* --- the firmware ------------------------------------------------------------------------------------------------- */

static int send_hello(void *userdata, const struct protocol_message *message, size_t size)
{
	return transport_send(userdata, message, size);
}

/* Until it has answered, or long enough. */
static void say_hello(struct transport *transport, struct link *link)
{
	/* No model to compare with: that is the service's part. */
	const struct link_model model = {.bytes = NULL};
	uint64_t now_ns = (uint64_t)moment_ms() * 1000000;
	long long end = moment_ms() + PATIENCE_MS;

	link_init(link, &model, now_ns | 1, send_hello, transport);
	link_opened(link, now_ns);
	while (link->state == LINK_HELLO && moment_ms() < end) {
		struct pollfd fd = {.fd = transport->fd, .events = POLLIN};
		struct protocol_message message;
		uint32_t token;
		int status, r;

		(void)poll(&fd, 1, 20);
		now_ns = (uint64_t)moment_ms() * 1000000;
		r = transport_receive(transport, now_ns, &message, &status);
		if (r < 0)
			break;
		if (r > 0)
			(void)link_take(link, &message, status, now_ns, &token);
		link_tick(link, now_ns);
	}
}

static void note_answer(struct doctor *doctor, const struct link *link, const char *path)
{
	const struct protocol_hello_ack *peer = &link->peer;
	const char *reason = link->reason ? link->reason : "no answer";
	char sha256[2 * 6 + 1] = "", firmware[sizeof(peer->firmware) + 1] = "";

	if (peer->boot_id == 0 || peer->version < PROTOCOL_VERSION_MIN || peer->version > PROTOCOL_VERSION_MAX ||
	    peer->state == PROTOCOL_STATE_FAULT) {
		doctor_note(doctor, PART, DOCTOR_WARN, "%.200s: %s", path, reason);
		advise_reason(doctor, reason);
		return;
	}
	memcpy(firmware, peer->firmware, sizeof(peer->firmware));
	for (unsigned i = 0; i < 6; i++)
		snprintf(sha256 + 2 * i, 3, "%02x", peer->model_sha256[i]);
	doctor_note(doctor, PART, DOCTOR_OK, "%s answers on %.200s, its model is %s", firmware, path,
		    peer->state == PROTOCOL_STATE_NO_MODEL ? "still to come" : sha256);
}

/* Nobody has the channel: the service does not run. */
static void ask(struct doctor *doctor, const char *channel, const char *path)
{
	struct transport transport;
	struct link link;
	int r = transport_open(channel, doctor->options->root, &transport);

	if (r < 0) {
		const char *reason = r == -EACCES || r == -EPERM ? "no permission"
				     : r == -EBUSY		 ? "somebody else has it open"
								 : strerror(-r);

		doctor_note(doctor, PART, DOCTOR_WARN, "the channel %.200s can't be opened: %s", path, reason);
		advise_reason(doctor, reason);
		return;
	}
	say_hello(&transport, &link);
	note_answer(doctor, &link, path);
	transport_close(&transport);
}

/* --- the kernel's side -------------------------------------------------------------------------------------------- */

static void look_at_channel(struct doctor *doctor, const char *runs, bool wanted)
{
	const char *root = doctor->options->root;
	char path[300], text[DOCTOR_TEXT];
	bool tty;

	if (channel_find(root, path, sizeof(path), &tty) == 0) {
		if (wanted && !doctor->running)
			ask(doctor, "auto", path + strlen(root));
		else
			doctor_note(doctor, PART, DOCTOR_OK, "%s; its channel is %.200s", runs, path + strlen(root));
		return;
	}
	if (channel_is_announced(root)) {
		snprintf(text, sizeof(text), "%.200s; its channel is there, but no driver has made a device of it",
			 runs);
		note(doctor, wanted, text,
		     "modprobe rpmsg_char (CONFIG_RPMSG_CHAR), or rpmsg_tty (CONFIG_RPMSG_TTY), which is enough");
		return;
	}
	snprintf(text, sizeof(text), "%.200s; it has announced no channel", runs);
	note(doctor, wanted, text,
	     "modprobe virtio_rpmsg_bus and rpmsg_ns, then systemctl restart postured-m4; dmesg says what is missing");
}

static void look_at_core(struct doctor *doctor, bool wanted)
{
	struct remoteproc m4 = {.root = doctor->options->root, .firmware = REMOTEPROC_FIRMWARE};
	const char *reason = m4.reason;

	switch (remoteproc_look(&m4)) {
	case REMOTEPROC_NONE:
		note(doctor, wanted, reason,
		     "set backend = local in [classifier]; on an STM32MP15 enable m4_rproc in the device tree and modprobe "
		     "stm32_rproc");
		break;
	case REMOTEPROC_OTHER_CORE:
		note(doctor, wanted, reason, "set backend = local in [classifier]");
		break;
	case REMOTEPROC_FOREIGN:
		note(doctor, wanted, reason,
		     "systemctl disable --now st-m4firmware-load, or whatever loads it, then systemctl restart postured-m4");
		break;
	case REMOTEPROC_OFF:
		if (!wanted || remoteproc_is_installed(&m4))
			note(doctor, wanted, reason, "systemctl enable --now postured-m4");
		else
			note(doctor, wanted, "the Cortex-M4 is off, and there is no /lib/firmware/" REMOTEPROC_FIRMWARE,
			     "install it: make install where arm-none-eabi-gcc is, with "
			     "--with-m4firmwaredir=/lib/firmware; then systemctl enable --now postured-m4");
		break;
	case REMOTEPROC_FAILED:
		doctor_note(doctor, PART, DOCTOR_FAIL, "%s", reason);
		doctor_advise(doctor, "systemctl restart postured-m4; dmesg says why");
		break;
	default:
		look_at_channel(doctor, reason, wanted);
	}
}

/* --- the service's word ------------------------------------------------------------------------------------------- */

static void note_report(struct doctor *doctor)
{
	const struct report_diagnostics *report = &doctor->report;

	if (report->mismatches > 0) {
		doctor_note(doctor, PART, DOCTOR_FAIL, "%.0f of %.0f results compared differ from this core's",
			    report->mismatches, report->compared);
		advise_reason(doctor, "differ");
	} else if (strcmp(report->m4_state, "ready") == 0) {
		doctor_note(doctor, PART, DOCTOR_OK, "%s is ready, %.0f results of it, %.0f compared, none differs",
			    report->m4_firmware, report->results_m4, report->compared);
	} else if (strcmp(report->m4_state, "absent") == 0 &&
		   strcmp(doctor->config.classifier.m4_channel, "auto") == 0) {
		look_at_core(doctor, true);
	} else {
		doctor_note(doctor, PART, DOCTOR_WARN, "%s: %s; this core does its work", report->m4_state,
			    report->m4_reason[0] ? report->m4_reason : "nothing more is known yet");
		advise_reason(doctor, report->m4_reason);
	}
}

void doctor_m4(struct doctor *doctor)
{
	const struct classifier_settings *settings = &doctor->config.classifier;
	bool wanted = doctor->asked ? doctor->report.has_m4 : strcmp(settings->backend, "local") != 0;

	if (doctor->asked && wanted)
		note_report(doctor);
	else if (wanted && !doctor->running && strcmp(settings->m4_channel, "auto") != 0)
		ask(doctor, settings->m4_channel, settings->m4_channel);
	else
		look_at_core(doctor, wanted);
}
