/* SPDX-License-Identifier: Apache-2.0 */
/* remote.c - frames on two cores: who runs which, whose result is given (see remote.h). */
#include "mcu-offload/remote.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mcu-offload/remote-private.h"

static const struct classifier_ops remote_ops;

static const char *const mode_texts[] = {
#define TEXT(name, text) [REMOTE_##name] = text,
	REMOTE_MODES(TEXT)
#undef TEXT
};

const char *remote_mode_text(enum remote_mode mode)
{
	return mode_texts[mode];
}

int remote_mode_of(const char *text)
{
	for (unsigned mode = 0; mode < sizeof(mode_texts) / sizeof(mode_texts[0]); mode++)
		if (strcmp(text, mode_texts[mode]) == 0)
			return (int)mode;
	return -EINVAL;
}

static struct remote *remote_of(struct classifier *classifier)
{
	return (struct remote *)classifier;
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

uint64_t remote_now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

double remote_cpu_ns(void)
{
	return (double)clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

/* --- opening and closing ----------------------------------------------------------------------------------------- */

static struct classifier *remote_free(struct classifier *classifier)
{
	struct remote *remote = remote_of(classifier);

	if (!remote)
		return NULL;
	if (remote->epoll >= 0)
		remote_link_close(remote);
	if (remote->timer >= 0)
		close(remote->timer);
	if (remote->epoll >= 0)
		close(remote->epoll);
	classifier_free(remote->local);
	free(remote->arena);
	free(remote);
	return NULL;
}

static int use_model(struct remote *remote, struct classifier *local)
{
	const struct nn_model *model = local_classifier_model(local);
	uint32_t bytes = (model->main->arena_bytes + NN_FORMAT_ALIGN - 1) & ~(NN_FORMAT_ALIGN - 1u);

	remote->model = model;
	remote->arena = aligned_alloc(NN_FORMAT_ALIGN, bytes);
	return remote->arena && nn_run_start(&remote->run, model, remote->arena, bytes) == 0 ? 0 : -ENOMEM;
}

int remote_wrap(struct classifier *local, const struct remote_config *config, struct classifier **ret_classifier)
{
	struct remote *remote = calloc(1, sizeof(*remote));
	int r;

	if (!remote)
		return -ENOMEM;
	remote->base.ops = &remote_ops;
	remote->epoll = remote->timer = remote->transport.fd = -1;
	r = use_model(remote, local);
	if (r == 0)
		r = remote_link_open(remote);
	if (r == 0)
		r = remote_configure(&remote->base, config);
	if (r < 0) {
		remote_free(&remote->base);
		return r;
	}
	remote->local = local;
	*ret_classifier = &remote->base;
	return 0;
}

int remote_open(const struct nn_config *nn, const struct remote_config *config, struct classifier **ret_classifier,
		char *ret_reason)
{
	struct classifier *local;
	int r = local_classifier_ops.open(nn, &local, ret_reason);

	if (r < 0)
		return r;
	r = remote_wrap(local, config, ret_classifier);
	if (r < 0) {
		classifier_free(local);
		snprintf(ret_reason, REMOTE_REASON, "link: %s", strerror(-r));
	}
	return r;
}

int remote_configure(struct classifier *classifier, const struct remote_config *config)
{
	struct remote *remote = remote_of(classifier);
	bool other_channel;

	if (classifier->ops != &remote_ops)
		return -EOPNOTSUPP;
	if (!transport_is_channel(config->channel) || strlen(config->channel) >= sizeof(remote->channel) ||
	    strlen(config->root) >= sizeof(remote->root))
		return -EINVAL;
	other_channel = strcmp(remote->channel, config->channel) != 0 || strcmp(remote->root, config->root) != 0;
	if (config->mode == REMOTE_LOCAL || other_channel)
		remote_link_close(remote);
	if (config->goal != remote->config.goal || config->mode != remote->config.mode)
		remote->policy = (struct policy){.chosen = POLICY_LOCAL};
	remote->config = *config;
	memmove(remote->channel, config->channel, strlen(config->channel) + 1);
	memmove(remote->root, config->root, strlen(config->root) + 1);
	remote->config.channel = remote->channel;
	remote->config.root = remote->root;
	remote->look_ns = 0;
	if (config->mode != REMOTE_LOCAL)
		remote_link_work(remote);
	else
		remote_link_arm(remote, remote_now_ns());
	return 0;
}

/* --- frames ------------------------------------------------------------------------------------------------------ */

void remote_run_local(struct remote *remote, struct remote_slot *slot)
{
	bool measure = slot->measure, cpu = remote->config.goal == POLICY_CPU;
	double start = !measure ? 0 : cpu ? remote_cpu_ns() : (double)remote_now_ns();

	slot->has_local = remote->local->ops->submit(remote->local, &slot->frame) == 0 &&
			  remote->local->ops->result(remote->local, &slot->local) > 0;
	if (measure)
		policy_add(&remote->policy, POLICY_LOCAL, (cpu ? remote_cpu_ns() : (double)remote_now_ns()) - start);
}

/* A new session has to prove itself again. */
bool remote_on_trial(const struct remote *remote)
{
	return remote->trial_session != remote->link.session || remote->trials < REMOTE_TRIAL;
}

struct plan {
	bool remote, local;
};

static struct plan make_plan(struct remote *remote, struct remote_slot *slot)
{
	enum remote_mode mode = remote->config.mode;
	struct plan plan = {.remote = mode != REMOTE_LOCAL && remote->link.state == LINK_READY};

	if (mode == REMOTE_AUTO && plan.remote) {
		slot->measure = policy_measures(&remote->policy);
		plan.remote = slot->measure || remote->policy.chosen == POLICY_REMOTE;
	}
	slot->trial = remote_on_trial(remote);
	slot->compare = plan.remote && (mode == REMOTE_BOTH || slot->measure || slot->trial);
	plan.local = !plan.remote || slot->compare;
	return plan;
}

/* There will be room, or an end of waiting, within the link's own deadlines: once it may be parked, for a second. */
static bool must_wait(const struct remote *remote)
{
	enum remote_mode mode = remote->config.mode;

	if (!remote->config.patient || (mode != REMOTE_M4 && mode != REMOTE_BOTH))
		return false;
	return remote->link.state == LINK_HELLO || remote->link.state == LINK_UPLOAD ||
	       (remote->link.state == LINK_PARKED && remote->link.parkings == 1) ||
	       (remote->link.state == LINK_READY && !link_has_room(&remote->link));
}

static int remote_submit(struct classifier *classifier, const struct frame *frame)
{
	struct remote *remote = remote_of(classifier);
	unsigned at = (remote->head + remote->used) % REMOTE_SLOTS;
	struct remote_slot *slot = &remote->slots[at];
	struct plan plan;

	if (remote->used == REMOTE_SLOTS || must_wait(remote))
		return -EBUSY;
	*slot = (struct remote_slot){.frame = *frame};
	plan = make_plan(remote, slot);
	remote->fresh = true;
	if (plan.remote) {
		double cpu_ns = slot->measure ? remote_cpu_ns() : 0;

		slot->sent_ns = remote_now_ns();
		slot->waiting = remote_link_send(remote, at, slot->sent_ns) == 0;
		slot->failed = !slot->waiting;
		if (slot->measure)
			slot->send_cpu_ns = remote_cpu_ns() - cpu_ns;
	}
	/* The other core works while this one does. */
	if (plan.local || !slot->waiting) {
		remote_run_local(remote, slot);
		if (!slot->has_local && !slot->waiting)
			return -EINVAL;
	}
	remote->used++;
	if (slot->waiting)
		remote_link_arm(remote, slot->sent_ns);
	return 0;
}

static void compare(struct remote *remote, struct remote_slot *slot)
{
	bool same = remote_result_same(&slot->local, &slot->remote);

	remote->compared++;
	remote->mismatches += !same;
	if (remote->trial_session != remote->link.session) {
		remote->trial_session = remote->link.session;
		remote->trials = 0;
	}
	if (same)
		remote->trials++;
	else if (remote->config.mode != REMOTE_BOTH)
		link_park(&remote->link, "its results differ from this core's", remote_now_ns());
}

/* Whose result is given. */
static bool trusts_remote(const struct remote *remote, const struct remote_slot *slot)
{
	if (!slot->has_remote)
		return false;
	if (!slot->has_local)
		return true;
	return !slot->trial && remote->config.mode != REMOTE_BOTH &&
	       (remote->config.mode != REMOTE_AUTO || remote->policy.chosen == POLICY_REMOTE) &&
	       remote_result_same(&slot->local, &slot->remote);
}

static int give(struct remote *remote, struct remote_slot *slot, struct nn_result *ret_result)
{
	remote->fallbacks += slot->failed;
	if (!slot->has_remote && !slot->has_local)
		remote_run_local(remote, slot);
	if (slot->compare && slot->has_remote && slot->has_local)
		compare(remote, slot);
	remote->head = (remote->head + 1) % REMOTE_SLOTS;
	remote->used--;
	if (remote->config.mode == REMOTE_AUTO)
		policy_decide(&remote->policy, remote_now_ns());
	if (!slot->has_remote && !slot->has_local)
		return -EINVAL;
	if (trusts_remote(remote, slot)) {
		remote->given_remote++;
		*ret_result = slot->remote;
	} else {
		remote->given_local++;
		*ret_result = slot->local;
	}
	return 1;
}

static int remote_result(struct classifier *classifier, struct nn_result *ret_result)
{
	struct remote *remote = remote_of(classifier);

	if (remote->config.mode != REMOTE_LOCAL && !remote->fresh)
		remote_link_work(remote);
	remote->fresh = false;
	if (remote->used == 0 || remote->slots[remote->head].waiting)
		return 0;
	return give(remote, &remote->slots[remote->head], ret_result);
}

static int remote_fd(struct classifier *classifier)
{
	return remote_of(classifier)->epoll;
}

/* --- what it says of itself ---------------------------------------------------------------------------------------- */

static void remote_describe(struct classifier *classifier, struct nn_description *ret_description)
{
	struct remote *remote = remote_of(classifier);

	remote->local->ops->describe(remote->local, ret_description);
	ret_description->backend = remote_mode_text(remote->config.mode);
}

static enum policy_core core_of(const struct remote *remote)
{
	if (remote->link.state != LINK_READY || remote->config.mode == REMOTE_BOTH || remote_on_trial(remote))
		return POLICY_LOCAL;
	return remote->config.mode == REMOTE_AUTO ? remote->policy.chosen : POLICY_REMOTE;
}

void remote_status(const struct classifier *classifier, struct remote_status *ret_status)
{
	const struct remote *remote = (const struct remote *)classifier;
	struct remote_status status;

	if (classifier->ops != &remote_ops) {
		*ret_status = (struct remote_status){.mode = REMOTE_LOCAL, .state_text = link_state_text(LINK_ABSENT)};
		return;
	}
	status = (struct remote_status){
		.mode = remote->config.mode,
		.core = core_of(remote),
		.state = remote->link.state,
		.state_text = link_state_text(remote->link.state),
		.reason = remote->link.state == LINK_ABSENT ? remote->absent : remote->link.reason,
		.has_stats = remote->link.has_stats,
		.stats = remote->link.stats,
		.session = remote->link.session,
		.link = remote->link.counters,
		.bad = remote->bad + (remote->transport.fd >= 0 ? remote->transport.bad : 0),
		.remote = remote->given_remote,
		.local = remote->given_local,
		.fallbacks = remote->fallbacks,
		.compared = remote->compared,
		.mismatches = remote->mismatches,
		.selftest = remote->link.selftested ? protocol_status_text(remote->link.selftest.status) : NULL,
		.selftest_us = remote->link.selftested ? remote->link.selftest.run_us : 0,
		.changes = remote->policy.changes,
		.local_us = remote->policy.cost_ns[POLICY_LOCAL] / 1000,
		.remote_us = remote->policy.cost_ns[POLICY_REMOTE] / 1000,
	};

	memcpy(status.firmware, remote->link.peer.firmware, sizeof(remote->link.peer.firmware));
	*ret_status = status;
}

static int remote_ops_open(const struct nn_config *nn, struct classifier **ret_classifier, char *ret_reason)
{
	const struct remote_config config = {.mode = REMOTE_M4, .deadline_us = 20000, .channel = "auto", .root = ""};

	return remote_open(nn, &config, ret_classifier, ret_reason);
}

static const struct classifier_ops remote_ops = {
	.name = "remote",
	.open = remote_ops_open,
	.submit = remote_submit,
	.fd = remote_fd,
	.result = remote_result,
	.describe = remote_describe,
	.free = remote_free,
};
