/* SPDX-License-Identifier: Apache-2.0 */
/* policy.c - which core runs the network (see policy.h). */
#include "mcu-offload/policy.h"

#define DWELL_NS  10000000000ull
#define GAIN	  0.8
#define MISSED	  0.02
#define FORGETS	  16
#define ENOUGH	  32
#define SOMETIMES 32

bool policy_measures(struct policy *policy)
{
	if (policy->measured[POLICY_LOCAL] < ENOUGH || policy->measured[POLICY_REMOTE] < ENOUGH)
		return true;
	policy->frames = (policy->frames + 1) % SOMETIMES;
	return policy->frames == 0;
}

void policy_add(struct policy *policy, enum policy_core core, double cost_ns)
{
	uint32_t weight = policy->measured[core] < FORGETS ? policy->measured[core] + 1 : FORGETS;

	policy->cost_ns[core] += (cost_ns - policy->cost_ns[core]) / weight;
	if (policy->measured[core] < UINT32_MAX)
		policy->measured[core]++;
}

void policy_note(struct policy *policy, bool missed)
{
	policy->missed += ((missed ? 1 : 0) - policy->missed) / 64;
}

static bool choose(struct policy *policy, enum policy_core core, uint64_t now_ns)
{
	if (policy->chosen == core)
		return false;
	policy->chosen = core;
	policy->changed_ns = now_ns;
	policy->changes++;
	return true;
}

void policy_forget(struct policy *policy, uint64_t now_ns)
{
	policy->measured[POLICY_REMOTE] = 0;
	policy->missed = 0;
	choose(policy, POLICY_LOCAL, now_ns);
}

bool policy_decide(struct policy *policy, uint64_t now_ns)
{
	enum policy_core other = policy->chosen == POLICY_LOCAL ? POLICY_REMOTE : POLICY_LOCAL;

	if (policy->missed > MISSED)
		return choose(policy, POLICY_LOCAL, now_ns);
	if (policy->measured[POLICY_LOCAL] < ENOUGH || policy->measured[POLICY_REMOTE] < ENOUGH)
		return false;
	if (policy->changes > 0 && now_ns < policy->changed_ns + DWELL_NS)
		return false;
	return policy->cost_ns[other] < GAIN * policy->cost_ns[policy->chosen] && choose(policy, other, now_ns);
}
