/* SPDX-License-Identifier: Apache-2.0 */
/* doctor.c - collects the findings and prints them (see doctor.h). */
#include "daemon/posturectl/doctor.h"

#include <cjson/cJSON.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/posturectl/commands.h"

static const char *const words[] = {[DOCTOR_OK] = "ok", [DOCTOR_WARN] = "warn", [DOCTOR_FAIL] = "fail"};

void doctor_note(struct doctor *doctor, const char *part, enum doctor_level level, const char *format, ...)
{
	struct doctor_finding *finding = &doctor->finding[doctor->findings];
	char text[DOCTOR_TEXT];
	va_list list;

	if (doctor->findings == DOCTOR_FINDINGS_MAX)
		return;
	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	report_text(text, strlen(text), DOCTOR_TEXT, finding->text);
	finding->part = part;
	finding->level = level;
	doctor->findings++;
}

void doctor_advise(struct doctor *doctor, const char *format, ...)
{
	va_list list;

	if (doctor->findings == 0)
		return;
	va_start(list, format);
	vsnprintf(doctor->finding[doctor->findings - 1].advice, DOCTOR_TEXT, format, list);
	va_end(list);
}

static void print_text(const struct doctor *doctor)
{
	static const char *const colours[] = {
		[DOCTOR_OK] = "\033[32m", [DOCTOR_WARN] = "\033[33m", [DOCTOR_FAIL] = "\033[31m"};
	const char *no_color = getenv("NO_COLOR");
	bool colour = isatty(STDOUT_FILENO) && !(no_color && *no_color);

	for (unsigned i = 0; i < doctor->findings; i++) {
		const struct doctor_finding *finding = &doctor->finding[i];

		printf("%s%-4s%s  %-13s %s\n", colour ? colours[finding->level] : "", words[finding->level],
		       colour ? "\033[0m" : "", finding->part, finding->text);
		if (finding->advice[0])
			printf("                    -> %s\n", finding->advice);
	}
}

static void print_json(const struct doctor *doctor, enum doctor_level worst)
{
	cJSON *root = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(root, "findings");
	char *text;

	for (unsigned i = 0; i < doctor->findings; i++) {
		cJSON *item = cJSON_CreateObject();

		cJSON_AddStringToObject(item, "part", doctor->finding[i].part);
		cJSON_AddStringToObject(item, "result", words[doctor->finding[i].level]);
		cJSON_AddStringToObject(item, "text", doctor->finding[i].text);
		cJSON_AddStringToObject(item, "advice", doctor->finding[i].advice);
		cJSON_AddItemToArray(list, item);
	}
	cJSON_AddStringToObject(root, "worst", words[worst]);
	text = cJSON_Print(root);
	cJSON_Delete(root);
	if (text)
		puts(text);
	free(text);
}

int doctor_run(const struct options *options)
{
	struct doctor *doctor = calloc(1, sizeof(*doctor));
	enum doctor_level worst = DOCTOR_OK;

	if (!doctor)
		return EXIT_FAILURE;
	doctor->options = options;
	doctor_service(doctor);
	doctor_sensor(doctor);
	doctor_m4(doctor);
	doctor_broker(doctor);
	for (unsigned i = 0; i < doctor->findings; i++)
		worst = doctor->finding[i].level > worst ? doctor->finding[i].level : worst;
	if (options->json)
		print_json(doctor, worst);
	else
		print_text(doctor);
	free(doctor);
	return worst == DOCTOR_FAIL ? EXIT_FAILURE : EXIT_SUCCESS;
}
