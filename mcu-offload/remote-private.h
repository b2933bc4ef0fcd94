/* SPDX-License-Identifier: Apache-2.0 */
/* remote-private.h - what remote.c (frames), remote-link.c (the channel) and remote-result.c (answers) share. */
#ifndef MCU_OFFLOAD_REMOTE_PRIVATE_H
#define MCU_OFFLOAD_REMOTE_PRIVATE_H

#include "mcu-offload/remote.h"
#include "mcu-offload/transport.h"
#include "nn/runtime/run.h"

enum {
	REMOTE_SLOTS = PROTOCOL_IN_FLIGHT_MAX,
	REMOTE_TRIAL = 20,
};

/* A frame on its way, with what is known of it so far. */
struct remote_slot {
	struct frame frame;
	bool waiting; /* for the other core */
	bool has_local, has_remote, failed;
	bool compare, measure, trial;
	struct nn_result local, remote;
	uint64_t sent_ns;
	double send_cpu_ns;
};

struct remote {
	struct classifier base;
	struct classifier *local;
	const struct nn_model *model; /* of local */
	struct nn_run run;	      /* for turning outputs into numbers */
	void *arena;
	struct remote_config config;
	char channel[REMOTE_CHANNEL], root[REMOTE_CHANNEL];
	int epoll, timer;
	uint64_t armed_ns;
	struct transport transport;
	uint64_t bad;	  /* of transports that were closed */
	uint64_t look_ns; /* when a channel is looked for again */
	unsigned looks;
	const char *absent; /* why there is no channel */
	struct link link;
	uint64_t stats_ns; /* when the other core is asked again how it is */
	uint32_t stats_session;
	uint32_t trial_session;
	unsigned trials; /* results of this session that were right */
	struct policy policy;
	struct remote_slot slots[REMOTE_SLOTS];
	unsigned head, used;
	bool fresh; /* a frame was just submitted: nothing can have come since */
	uint64_t given_remote, given_local, fallbacks, compared, mismatches;
};

uint64_t remote_now_ns(void);
/* Processor time of this thread. */
double remote_cpu_ns(void);

int remote_link_open(struct remote *remote);
void remote_link_close(struct remote *remote);
/* Reads, lets time pass, looks for a channel; slots are filled. */
void remote_link_work(struct remote *remote);
/* The timer, after anything that may have changed when the link wants to be woken. */
void remote_link_arm(struct remote *remote, uint64_t now_ns);
/* 0 when the slot's frame is under way. */
int remote_link_send(struct remote *remote, unsigned slot, uint64_t now_ns);

/* The slot's frame on this core. */
void remote_run_local(struct remote *remote, struct remote_slot *slot);
/* Whether results of this session are still on trial. */
bool remote_on_trial(const struct remote *remote);
/* A RESULT for a slot; false: its content is impossible. */
bool remote_result_take(struct remote *remote, struct remote_slot *slot, const struct protocol_result *wire);
/* Same hand, same outputs, to the last bit. */
bool remote_result_same(const struct nn_result *a, const struct nn_result *b);

#endif
