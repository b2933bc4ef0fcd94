/* SPDX-License-Identifier: Apache-2.0 */
/* decide.c - from results to postures (see decide.h). */
#include "daemon/decide.h"

#define NS_PER_MS 1000000ull

void decide_reset(struct decide_state *state)
{
	*state = (struct decide_state){.posture = DECIDE_NONE, .candidate = DECIDE_NONE};
}

/* A clock that stepped back counts as no time at all. */
static bool passed(uint64_t since_ns, uint64_t now_ns, uint32_t span_ms)
{
	return now_ns >= since_ns && now_ns - since_ns >= span_ms * NS_PER_MS;
}

static bool in_gate(const struct decide_rule *rule, float distance_mm)
{
	return distance_mm >= (float)rule->min_mm && (rule->max_mm == 0 || distance_mm <= (float)rule->max_mm);
}

/* The class that this result speaks for, DECIDE_NONE when it speaks for nothing. */
static int vote(const struct decide_config *config, const struct nn_result *result)
{
	const struct decide_rule *rule;

	if (!result->hand.present || result->best >= config->classes)
		return DECIDE_NONE;
	rule = &config->rule[result->best];
	if (!rule->enabled || !(result->probability[result->best] >= rule->threshold) ||
	    !in_gate(rule, result->hand.nearest_mm))
		return DECIDE_NONE;
	return result->best;
}

static void count(struct decide_state *state, int class)
{
	if (class != state->candidate) {
		state->candidate = class;
		state->streak = 0;
	}
	if (state->streak < UINT16_MAX)
		state->streak++;
}

static void become(struct decide_state *state, int posture, float confidence, uint64_t now_ns)
{
	state->posture = posture;
	state->confidence = confidence;
	state->changed_ns = now_ns;
	state->seen_ns = now_ns;
}

static void hear(const struct decide_config *config, struct decide_state *state, const struct nn_result *result,
		 uint64_t now_ns)
{
	int class = vote(config, result);
	int posture = class == config->none_class ? DECIDE_NONE : class;
	bool held = state->posture != DECIDE_NONE &&
		    !passed(state->changed_ns, now_ns, config->rule[state->posture].hold_ms);

	state->seq = result->seq;
	if (result->hand.present) {
		state->hand = true;
		state->hand_ns = now_ns;
		state->distance_mm = result->hand.nearest_mm;
	}
	count(state, class);
	if (class == DECIDE_NONE)
		return;
	if (posture == state->posture) {
		state->seen_ns = now_ns;
		state->confidence = posture == DECIDE_NONE ? 0.0f : result->probability[class];
	} else if (state->streak >= config->rule[class].confirm_frames && !held) {
		become(state, posture, posture == DECIDE_NONE ? 0.0f : result->probability[class], now_ns);
	}
}

static void age(const struct decide_config *config, struct decide_state *state, uint64_t now_ns)
{
	if (state->hand && passed(state->hand_ns, now_ns, config->absence_ms))
		state->hand = false;
	if (state->posture != DECIDE_NONE &&
	    (!state->hand || passed(state->seen_ns, now_ns, config->rule[state->posture].release_ms)))
		become(state, DECIDE_NONE, 0.0f, now_ns);
}

struct decision decide_step(const struct decide_config *config, struct decide_state *state,
			    const struct nn_result *result, uint64_t now_ns)
{
	int previous = state->posture;
	bool hand = state->hand;

	if (result)
		hear(config, state, result, now_ns);
	age(config, state, now_ns);
	return (struct decision){
		.changed = state->posture != previous,
		.hand_changed = state->hand != hand,
		.posture = state->posture,
		.previous = previous,
		.confidence = state->confidence,
		.hand = state->hand,
		.distance_mm = state->hand ? state->distance_mm : 0.0f,
		.seq = state->seq,
		.t_ns = now_ns,
	};
}
