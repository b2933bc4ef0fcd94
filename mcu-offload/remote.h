/* SPDX-License-Identifier: Apache-2.0 */
/*
 * remote.h - a classifier that has two cores: this one, and the one at the other end of a link.
 *
 * Results come in the order of the frames. Nobody waits for the other core longer than a frame's deadline: then the local
 * result is given, and it is given at once while the other core isn't ready. The first 20 results of each session are
 * compared with the local ones before any is used; a difference parks the link.
 */
#ifndef MCU_OFFLOAD_REMOTE_H
#define MCU_OFFLOAD_REMOTE_H

#include "mcu-offload/link.h"
#include "mcu-offload/policy.h"
#include "nn/classifier.h"

enum {
	REMOTE_CHANNEL = 128, /* bytes of a channel's text */
	REMOTE_REASON = 192,
};

/* X(name, text) */
#define REMOTE_MODES(X)                                                                                                \
	X(LOCAL, "local") /* no channel is opened */                                                                   \
	X(M4, "m4")                                                                                                    \
	X(AUTO, "auto") /* measures both, takes the better one: policy.h */                                            \
	X(BOTH, "both") /* both for every frame, compared byte for byte */

#define REMOTE_ENUM(name, text) REMOTE_##name,
enum remote_mode { REMOTE_MODES(REMOTE_ENUM) };
#undef REMOTE_ENUM

struct remote_config {
	enum remote_mode mode;
	enum policy_goal goal; /* of REMOTE_AUTO */
	uint32_t deadline_us;
	const char *channel; /* as in transport.h */
	const char *root;    /* "" */
	bool patient;	     /* frames have all the time: M4 and BOTH wait for the other core to take one, or be gone */
};

struct remote_status {
	enum remote_mode mode;
	enum policy_core core; /* that gives the results now */
	enum link_state state;
	const char *state_text;
	const char *reason; /* why the other core isn't ready, NULL: nothing to say */
	char firmware[25];
	uint32_t session; /* another one whenever the two cores have begun anew */
	bool has_stats;	  /* of this session: the other core's own counters, seconds old */
	struct protocol_stats stats;
	struct link_counters link;
	uint64_t bad;		/* what could not be read as a message */
	uint64_t remote, local; /* results given, by core */
	uint64_t fallbacks;	/* local, because the other core failed or was late */
	uint64_t compared, mismatches;
	const char *selftest; /* of the other core, in this session: "ok", or why not; NULL: not known yet */
	uint32_t selftest_us;
	uint64_t changes;	    /* of core, by REMOTE_AUTO */
	double local_us, remote_us; /* REMOTE_AUTO's costs, 0: not measured */
};

/* A local classifier (nn/local.c) as one of all modes. It belongs to the new one, unless that fails. */
int remote_wrap(struct classifier *local, const struct remote_config *config, struct classifier **ret_classifier);

/* A classifier of all modes. Errors as classifier_ops.open's: they are those of the model, never of the link. */
int remote_open(const struct nn_config *nn, const struct remote_config *config, struct classifier **ret_classifier,
		char *ret_reason);

/*
 * Frames that are under way on a channel that is left get their local results. -EINVAL: no such channel text. Of a
 * classifier that isn't of this kind the status is that of a local one, and it can't be configured: -EOPNOTSUPP.
 */
int remote_configure(struct classifier *classifier, const struct remote_config *config);
void remote_status(const struct classifier *classifier, struct remote_status *ret_status);

const char *remote_mode_text(enum remote_mode mode);
/* -EINVAL for another text. */
int remote_mode_of(const char *text);

#endif
