/* SPDX-License-Identifier: Apache-2.0 */
/* source.c - the list of frame sources and the texts of their enums (see source.h). */
#include "sensor/source.h"

#include <errno.h>
#include <string.h>

#define SOURCE_TEXT(name, text) text,

const char *source_reject_text(enum source_reject reject)
{
	static const char *const texts[] = {SOURCE_REJECTS(SOURCE_TEXT)};

	return (unsigned)reject < SOURCE_REJECTS_COUNT ? texts[reject] : NULL;
}

const char *source_rung_text(enum source_rung rung)
{
	static const char *const texts[] = {SOURCE_RUNGS(SOURCE_TEXT)};

	return (unsigned)rung < SOURCE_RUNGS_COUNT ? texts[rung] : NULL;
}

const char *source_state_text(enum source_state state)
{
	static const char *const texts[] = {SOURCE_STATES(SOURCE_TEXT)};

	return (unsigned)state < SOURCE_STATES_COUNT ? texts[state] : NULL;
}

int source_open(const struct source_config *config, struct source **ret_source)
{
	static const struct source_ops *const all[] = {&vl53l8cx_source_ops, &replay_source_ops};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(all[i]->name, config->type) == 0)
			return all[i]->open(config, ret_source);
	return -EINVAL;
}
