/* SPDX-License-Identifier: Apache-2.0 */
/* record.c - posturectl record: a take of one posture through the running service, kept only when it is good (take.h). */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/posturectl/commands.h"
#include "daemon/posturectl/recorder.h"

enum { USUAL_SECONDS = 10 };

static int complain(const char *reason)
{
	fprintf(stderr, "posturectl: %s\n", reason);
	return EXIT_FAILURE;
}

static void print_json(const struct recorder *recorder)
{
	const struct take_verdict *verdict = &recorder->verdict;
	cJSON *root = cJSON_CreateObject();
	char *text;

	cJSON_AddStringToObject(root, "label", recorder->label);
	cJSON_AddStringToObject(root, "user", recorder->user);
	cJSON_AddBoolToObject(root, "kept", verdict->good);
	cJSON_AddStringToObject(root, "reason", verdict->reason);
	cJSON_AddStringToObject(root, "directory", recorder->directory);
	cJSON_AddNumberToObject(root, "frames", verdict->frames);
	cJSON_AddNumberToObject(root, "in_gate", verdict->in_gate);
	cJSON_AddNumberToObject(root, "duplicates", verdict->duplicates);
	cJSON_AddNumberToObject(root, "missing", (double)verdict->missing);
	cJSON_AddNumberToObject(root, "span_mm", verdict->span_mm);
	cJSON_AddNumberToObject(root, "span_zones", verdict->span_zones);
	text = cJSON_PrintUnformatted(root);
	cJSON_Delete(root);
	if (text)
		puts(text);
	free(text);
}

static int take_one(struct recorder *recorder, const char *label)
{
	char reason[BUS_CLIENT_REASON] = "";

	if (recorder_take(recorder, label, reason) < 0)
		return complain(reason);
	if (recorder->options->json)
		print_json(recorder);
	else
		recorder_print(recorder, stdout);
	return recorder->verdict.good ? EXIT_SUCCESS : EXIT_FAILURE;
}

int record_run(const struct options *options)
{
	struct recorder recorder;
	char reason[BUS_CLIENT_REASON] = "";
	int status;

	if (!options->argument) {
		(void)complain("which posture? posturectl record LABEL");
		return EXIT_USAGE;
	}
	/* A name that can't be written must not cost a take first. */
	if (recorder_check_label(options->argument, reason) < 0 ||
	    recorder_prepare(&recorder, options, USUAL_SECONDS, reason) < 0) {
		(void)complain(reason);
		return EXIT_USAGE;
	}
	if (recorder_open(&recorder, reason) < 0)
		return complain(reason);
	status = take_one(&recorder, options->argument);
	recorder_close(&recorder);
	return status;
}
