/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backend.h - which cores name the posture: the classifier as [classifier] wants it, and what it tells of the other core.
 */
#ifndef DAEMON_BACKEND_H
#define DAEMON_BACKEND_H

#include "daemon/config.h"
#include "mcu-offload/remote.h"

/* What was last said in the log. */
struct backend {
	enum remote_mode mode;
	enum link_state state;
	uint32_t session;
	enum policy_core core;
	char reason[LINK_REASON];
	uint64_t mismatches;
};

/*
 * A local classifier as [classifier] wants it; it belongs to the new one, unless that fails: -ENOMEM, or the errno of a
 * descriptor. patient: frames have all the time.
 */
int backend_open(const struct config *config, bool patient, struct classifier *local,
		 struct classifier **ret_classifier);

/* Leaves the other core to a successor. */
void backend_release(const struct config *config, struct classifier *classifier);

/* The keys of [classifier] but model, applied to an open one. */
void backend_configure(const struct config *config, bool patient, struct classifier *classifier);

/* Logs what has changed. Call it about twice a second. */
void backend_look(struct backend *backend, const struct remote_status *status);

/* What a comparison of both cores has found, when it is over. */
void backend_sum_up(const struct remote_status *status);

#endif
