/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy.h - which core runs the network when the choice is ours: the one whose frames cost less, measured here.
 *
 * A cost is the time from frame to result, or the processor time that Linux spends on it: processor time of this thread,
 * system calls included, interrupts and the event loop's wake-up not. Costs are averages that forget (1/16 a frame). The
 * other core takes over when it is cheaper by a fifth, and not sooner than 10 s after the last change. A core that misses
 * more than one deadline in fifty isn't chosen at all. Pure.
 */
#ifndef MCU_OFFLOAD_POLICY_H
#define MCU_OFFLOAD_POLICY_H

#include <stdbool.h>
#include <stdint.h>

enum policy_core { POLICY_LOCAL, POLICY_REMOTE, POLICY_CORES };

enum policy_goal { POLICY_LATENCY, POLICY_CPU };

struct policy {
	enum policy_core chosen;
	double cost_ns[POLICY_CORES];
	uint32_t measured[POLICY_CORES]; /* frames since the beginning or policy_forget() */
	double missed;			 /* share of the remote core's deadlines */
	uint64_t changed_ns;
	uint64_t changes;
	uint32_t frames; /* since the last one that both cores ran */
};

/* Both cores are to run this frame, so that costs stay known: all at first, then one in 32. */
bool policy_measures(struct policy *policy);

void policy_add(struct policy *policy, enum policy_core core, double cost_ns);
/* The remote core answered in time or didn't. */
void policy_note(struct policy *policy, bool missed);

/* The remote core has gone: it is measured anew when it comes back. */
void policy_forget(struct policy *policy, uint64_t now_ns);

/* Chooses; true when that is a change. */
bool policy_decide(struct policy *policy, uint64_t now_ns);

#endif
