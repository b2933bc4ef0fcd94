/* SPDX-License-Identifier: Apache-2.0 */
/* tally.c - see tally.h. */
#include <string.h>

#include "daemon/posturectl/tally.h"

void tally_count(struct tally *tally, const char *posture)
{
	unsigned i;

	for (i = 0; i < tally->postures; i++)
		if (strcmp(tally->posture[i].name, posture) == 0)
			break;
	if (i == REPORT_CLASSES)
		return;
	if (i == tally->postures)
		snprintf(tally->posture[tally->postures++].name, REPORT_TEXT, "%s", posture);
	tally->posture[i].changes++;
}

unsigned tally_different(const struct tally *tally)
{
	unsigned different = 0;

	for (unsigned i = 0; i < tally->postures; i++)
		different += strcmp(tally->posture[i].name, "None") != 0;
	return different;
}

static void tally_print(const struct tally *tally, FILE *stream)
{
	fprintf(stream, "%u different postures came", tally_different(tally));
	for (unsigned i = 0; i < tally->postures; i++)
		fprintf(stream, "%s %s %lu", i ? "," : ":", tally->posture[i].name, tally->posture[i].changes);
	fprintf(stream, "\n");
	if (tally->frames)
		fprintf(stream, "%lu frames came with them\n", tally->frames);
}

int tally_finish(const struct tally *tally, const struct options *options, FILE *stream)
{
	if (options->summary)
		tally_print(tally, stream);
	if (tally_different(tally) >= options->expect)
		return 0;
	fprintf(stderr, "posturectl: %u different postures were expected, %u came\n", options->expect,
		tally_different(tally));
	return 1;
}
