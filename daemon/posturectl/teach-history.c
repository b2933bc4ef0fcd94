/* SPDX-License-Identifier: Apache-2.0 */
/* teach-history.c - see teach.h. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "daemon/posturectl/bus-models.h"
#include "daemon/posturectl/teach.h"

static int complain(const char *reason)
{
	fprintf(stderr, "posturectl: %s\n", reason);
	return EXIT_FAILURE;
}

static void print_one(const struct bus_model *model)
{
	time_t when = (time_t)model->installed_s;
	char text[32] = "";
	struct tm local;

	if (model->number > 0 && localtime_r(&when, &local))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &local);
	printf("%c %-9s %-16s %-16s %.12s\n", model->in_use ? '*' : ' ', model->number > 0 ? "taught" : "built-in",
	       text, model->name, model->sha256);
}

static void print_json(const struct bus_model *models, unsigned n)
{
	cJSON *root = cJSON_CreateArray();
	char *text;

	for (unsigned i = 0; i < n; i++) {
		cJSON *entry = cJSON_CreateObject();

		cJSON_AddNumberToObject(entry, "number", models[i].number);
		cJSON_AddNumberToObject(entry, "installed_s", (double)models[i].installed_s);
		cJSON_AddStringToObject(entry, "name", models[i].name);
		cJSON_AddStringToObject(entry, "sha256", models[i].sha256);
		cJSON_AddBoolToObject(entry, "in_use", models[i].in_use);
		cJSON_AddItemToArray(root, entry);
	}
	text = cJSON_PrintUnformatted(root);
	cJSON_Delete(root);
	if (text)
		puts(text);
	free(text);
}

int teach_list(struct recorder *recorder)
{
	struct bus_model models[BUS_MODELS_MAX];
	char reason[BUS_CLIENT_REASON] = "";
	unsigned n;

	if (bus_models_list(recorder->client, models, &n, reason) < 0)
		return complain(reason);
	if (recorder->options->json) {
		print_json(models, n);
		return EXIT_SUCCESS;
	}
	for (unsigned i = 0; i < n; i++)
		print_one(&models[i]);
	return EXIT_SUCCESS;
}

int teach_rollback(struct recorder *recorder)
{
	char reason[BUS_CLIENT_REASON] = "", sha256[BUS_MODELS_SHA256];

	if (bus_models_rollback(recorder->client, sha256, reason) < 0)
		return complain(reason);
	if (recorder->options->json)
		printf("{\"model\":\"%s\"}\n", sha256);
	else
		printf("back to the model before (sha256 %.12s)\n", sha256);
	return EXIT_SUCCESS;
}
