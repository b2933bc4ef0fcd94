/* SPDX-License-Identifier: Apache-2.0 */
/* backend.c - which cores name the posture (see backend.h). */
#include "daemon/backend.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/log.h"

static struct remote_config remote_of(const struct config *config, bool patient)
{
	const struct classifier_settings *settings = &config->classifier;

	return (struct remote_config){
		.mode = (enum remote_mode)remote_mode_of(settings->backend),
		.goal = (enum policy_goal)settings->auto_goal,
		.deadline_us = settings->m4_deadline_ms * 1000u,
		.channel = settings->m4_channel,
		.root = "",
		.patient = patient,
	};
}

int backend_open(const struct config *config, bool patient, struct classifier *local,
		 struct classifier **ret_classifier)
{
	const struct remote_config remote = remote_of(config, patient);

	return remote_wrap(local, &remote, ret_classifier);
}

void backend_release(const struct config *config, struct classifier *classifier)
{
	struct remote_config remote = remote_of(config, false);

	remote.mode = REMOTE_LOCAL;
	(void)remote_configure(classifier, &remote);
}

void backend_configure(const struct config *config, bool patient, struct classifier *classifier)
{
	const struct remote_config remote = remote_of(config, patient);

	/* The table and config_check() let nothing through that it could refuse. */
	(void)remote_configure(classifier, &remote);
}

static void look_at_state(const struct remote_status *status)
{
	if (status->state == LINK_READY)
		log_notice("m4", "ready, firmware %s%s", status->firmware[0] ? status->firmware : "of no version",
			   status->link.uploads ? ", the model was sent to it" : "");
	else if ((status->state == LINK_PARKED || status->state == LINK_ABSENT) && status->reason)
		log_notice("m4", "not used: %s; this core does its work", status->reason);
}

void backend_look(struct backend *backend, const struct remote_status *status)
{
	const char *reason = status->reason ? status->reason : "";
	bool settled = status->state == LINK_READY || status->state == LINK_PARKED || status->state == LINK_ABSENT;
	/* The other core has started anew, or has another model, and was ready again before anybody looked. */
	bool again = status->state == LINK_READY && status->session != backend->session;

	if (status->mode != REMOTE_LOCAL && settled &&
	    (again || status->mode != backend->mode || status->state != backend->state ||
	     strcmp(reason, backend->reason) != 0))
		look_at_state(status);
	if (status->mode == REMOTE_AUTO && status->core != backend->core)
		log_notice("m4", "auto: %s now; %.0f us a frame here, %.0f us there",
			   status->core == POLICY_REMOTE ? "the other core" : "this core", status->local_us,
			   status->remote_us);
	if (status->mismatches > backend->mismatches)
		log_warning("m4", "%" PRIu64 " of %" PRIu64 " compared results differ", status->mismatches,
			    status->compared);
	if (settled) {
		backend->state = status->state;
		backend->session = status->session;
		snprintf(backend->reason, sizeof(backend->reason), "%s", reason);
	}
	backend->mode = status->mode;
	backend->core = status->core;
	backend->mismatches = status->mismatches;
}

void backend_sum_up(const struct remote_status *status)
{
	if (status->mode == REMOTE_BOTH)
		log_notice("m4", "both: %" PRIu64 " of %" PRIu64 " results compared, %" PRIu64 " differ",
			   status->compared, status->local + status->remote, status->mismatches);
}
