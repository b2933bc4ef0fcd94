/* SPDX-License-Identifier: Apache-2.0 */
/* remote-link.c - the classifier's channel: opened, read, woken, closed, looked for again. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "mcu-offload/remote-private.h"

#define NS_PER_S  1000000000ull
#define NS_PER_MS 1000000ull

enum {
	MESSAGES_AT_ONCE = 32,
	STATS_S = 10,
};

static int on_send(void *userdata, const struct protocol_message *message, size_t size)
{
	struct remote *remote = userdata;

	return transport_send(&remote->transport, message, size);
}

static uint64_t seed(void)
{
	uint64_t value = 0;

	if (getrandom(&value, sizeof(value), GRND_NONBLOCK) != sizeof(value) || value == 0)
		value = remote_now_ns() ^ (uint64_t)getpid() << 32;
	return value | 1;
}

int remote_link_open(struct remote *remote)
{
	const struct nn_header *header = remote->model->header;
	struct link_model model = {
		.bytes = header, .bytes_size = header->bytes, .arena_bytes = remote->model->main->arena_bytes};
	struct epoll_event event = {.events = EPOLLIN};

	memcpy(model.sha256, header->sha256, sizeof(model.sha256));
	link_init(&remote->link, &model, seed(), on_send, remote);
	remote->transport.fd = -1;
	remote->armed_ns = LINK_NEVER;
	remote->epoll = epoll_create1(EPOLL_CLOEXEC);
	remote->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (remote->epoll < 0 || remote->timer < 0 ||
	    epoll_ctl(remote->epoll, EPOLL_CTL_ADD, remote->timer, &event) < 0)
		return -errno;
	return 0;
}

static void collect_failures(struct remote *remote)
{
	uint32_t token;

	while (link_failed(&remote->link, &token)) {
		struct remote_slot *slot = &remote->slots[token % REMOTE_SLOTS];

		slot->waiting = false;
		slot->failed = true;
		policy_note(&remote->policy, true);
	}
}

/* Closes the channel; a closed descriptor leaves the epoll set by itself. */
static void lose_channel(struct remote *remote, const char *why, uint64_t now_ns)
{
	if (remote->transport.fd >= 0) {
		remote->bad += remote->transport.bad;
		transport_close(&remote->transport);
	}
	link_closed(&remote->link, now_ns);
	collect_failures(remote);
	policy_forget(&remote->policy, now_ns);
	remote->absent = why;
	remote->looks = 0;
	remote->look_ns = now_ns + 100 * NS_PER_MS;
}

void remote_link_close(struct remote *remote)
{
	uint64_t now_ns = remote_now_ns();

	if (remote->transport.fd >= 0)
		link_bye(&remote->link, now_ns);
	lose_channel(remote, NULL, now_ns);
}

static const char *why_not(int error)
{
	switch (error) {
	case -ENODEV:
		return "no channel";
	case -EBUSY:
		return "somebody else has the channel open";
	case -EACCES:
	case -EPERM:
		return "no permission for the channel";
	default:
		return "the channel can't be opened";
	}
}

/* Every second at first, then every five: looking costs a few reads of sysfs. */
static void look(struct remote *remote, uint64_t now_ns)
{
	struct epoll_event event = {.events = EPOLLIN}; /* EPOLLERR comes unasked, and EPOLLOUT never */
	int r = transport_open(remote->channel, remote->root, &remote->transport);

	if (r == 0 && epoll_ctl(remote->epoll, EPOLL_CTL_ADD, remote->transport.fd, &event) < 0) {
		r = -errno;
		transport_close(&remote->transport);
	}
	if (r < 0) {
		remote->transport.fd = -1;
		remote->absent = why_not(r);
		remote->looks++;
		remote->look_ns = now_ns + (remote->looks < 10 ? 1 : 5) * NS_PER_S;
		return;
	}
	remote->absent = NULL;
	link_opened(&remote->link, now_ns);
}

static void take_result(struct remote *remote, uint32_t token, const struct protocol_message *message, uint64_t now_ns,
			double cpu_ns)
{
	struct remote_slot *slot = &remote->slots[token % REMOTE_SLOTS];

	slot->waiting = false;
	if (!remote_result_take(remote, slot, &message->body.result)) {
		remote->link.counters.bad++;
		slot->failed = true;
		return;
	}
	policy_note(&remote->policy, false);
	if (slot->measure)
		policy_add(&remote->policy, POLICY_REMOTE,
			   remote->config.goal == POLICY_CPU ? slot->send_cpu_ns + remote_cpu_ns() - cpu_ns
							     : (double)(now_ns - slot->sent_ns));
}

static void read_channel(struct remote *remote, uint64_t now_ns)
{
	struct protocol_message message;
	uint32_t token;
	int status, r = 1;

	for (unsigned i = 0; i < MESSAGES_AT_ONCE && remote->transport.fd >= 0; i++) {
		double cpu_ns = remote->config.mode == REMOTE_AUTO ? remote_cpu_ns() : 0;

		r = transport_receive(&remote->transport, now_ns, &message, &status);
		if (r <= 0)
			break;
		if (link_take(&remote->link, &message, status, now_ns, &token))
			take_result(remote, token, &message, now_ns, cpu_ns);
	}
	if (r < 0)
		lose_channel(remote, "the channel has gone", now_ns);
}

void remote_link_arm(struct remote *remote, uint64_t now_ns)
{
	uint64_t wake_ns = link_wake(&remote->link);
	struct itimerspec spec = {.it_value = {.tv_nsec = 0}};

	if (remote->config.mode == REMOTE_LOCAL)
		wake_ns = LINK_NEVER;
	else if (remote->transport.fd < 0 && remote->look_ns < wake_ns)
		wake_ns = remote->look_ns;
	if (wake_ns == remote->armed_ns && wake_ns > now_ns)
		return;
	remote->armed_ns = wake_ns;
	if (wake_ns != LINK_NEVER) {
		wake_ns = wake_ns > now_ns ? wake_ns : now_ns + 1;
		spec.it_value.tv_sec = (time_t)(wake_ns / NS_PER_S);
		spec.it_value.tv_nsec = (long)(wake_ns % NS_PER_S);
	}
	(void)timerfd_settime(remote->timer, TFD_TIMER_ABSTIME, &spec, NULL);
}

/* At once in a new session, then now and then: whenever there is something else to do, so that nobody is woken for it. */
static void ask_stats(struct remote *remote, uint64_t now_ns)
{
	if (remote->link.state != LINK_READY ||
	    (remote->stats_session == remote->link.session && now_ns < remote->stats_ns))
		return;
	remote->stats_session = remote->link.session;
	remote->stats_ns = now_ns + STATS_S * NS_PER_S;
	link_ask_stats(&remote->link);
}

void remote_link_work(struct remote *remote)
{
	uint64_t now_ns = remote_now_ns();

	if (remote->transport.fd >= 0)
		read_channel(remote, now_ns);
	if (now_ns >= link_wake(&remote->link))
		link_tick(&remote->link, now_ns);
	if (remote->transport.fd < 0 && now_ns >= remote->look_ns)
		look(remote, now_ns);
	collect_failures(remote);
	ask_stats(remote, now_ns);
	remote_link_arm(remote, now_ns);
}

int remote_link_send(struct remote *remote, unsigned slot, uint64_t now_ns)
{
	const struct frame *frame = &remote->slots[slot].frame;
	uint64_t deadline_ns = now_ns + remote->config.deadline_us * 1000ull;
	struct protocol_infer infer = {.frame = frame->seq};
	int r;

	if (frame->cols != FRAME_COLS_MAX || frame->rows != FRAME_COLS_MAX)
		return -EINVAL;
	for (unsigned zone = 0; zone < PROTOCOL_ZONES; zone++) {
		bool seen = frame->status[zone] == FRAME_STATUS_VALID || frame->status[zone] == FRAME_STATUS_VALID_WIDE;

		infer.seen[zone / 8] |= (uint8_t)(seen << zone % 8);
		infer.distance_q2[zone] = frame->distance_q2[zone];
		infer.signal_q11[zone] = frame->signal_q11[zone];
	}
	r = link_infer(&remote->link, &infer, slot, deadline_ns, now_ns);
	if (r == -EPIPE || r == -ENODEV || r == -ECONNRESET || r == -ENOTCONN)
		remote->fresh = false; /* the channel may just have gone: result() looks */
	return r;
}
