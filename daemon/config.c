/* SPDX-License-Identifier: Apache-2.0 */
/* config.c - the configuration in memory (see config.h). */
#include "daemon/config.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "daemon/config-key.h"
#include "mcu-offload/transport.h"
#include "sensor/firmware.h"

static const char posture_prefix[] = "posture ";

void config_init(struct config *ret_config)
{
	char reason[CONFIG_REASON];

	memset(ret_config, 0, sizeof(*ret_config));
	ret_config->decide.rule.enabled = true;
	for (size_t i = 0; i < config_keys_count; i++)
		if (strcmp(config_keys[i].section, "posture") != 0)
			(void)config_key_parse(&config_keys[i], config_keys[i].preset, ret_config, reason);
}

/* --- setting one key ---------------------------------------------------------------------------------------- */

static struct posture_settings *posture_find(struct config *config, const char *name)
{
	for (unsigned i = 0; i < config->postures; i++)
		if (strcmp(config->posture[i].name, name) == 0)
			return &config->posture[i];
	return NULL;
}

static int posture_set(struct config *config, const char *name, const struct config_key *key, const char *value,
		       char *ret_reason)
{
	struct posture_settings fresh = {.set = 0}, *posture = posture_find(config, name);
	int r;

	if (name[0] == '\0' || strlen(name) >= sizeof(fresh.name)) {
		snprintf(ret_reason, CONFIG_REASON, "a posture's name has 1 to %zu bytes", sizeof(fresh.name) - 1);
		return -EINVAL;
	}
	if (!posture && config->postures == CONFIG_POSTURES_MAX) {
		snprintf(ret_reason, CONFIG_REASON, "more than %d postures", CONFIG_POSTURES_MAX);
		return -EINVAL;
	}
	r = config_key_parse(key, value, posture ? posture : &fresh, ret_reason);
	if (r < 0)
		return r;
	if (!posture) {
		memcpy(fresh.name, name, strlen(name));
		posture = &config->posture[config->postures++];
		*posture = fresh;
	}
	posture->set |= config_key_bit(key);
	return 0;
}

static int unknown_key(const char *section, const char *key, char *ret_reason)
{
	const char *meant = config_key_guess(section, key);

	if (strcmp(section, "mqtt") == 0 && strcasecmp(key, "password") == 0) {
		snprintf(ret_reason, CONFIG_REASON,
			 "a password does not belong in this file: write it to a file that only root reads and name "
			 "that in password_file, or give the unit LoadCredential=mqtt-password:FILE");
		return -EINVAL;
	}
	for (size_t i = 0; !meant && i < config_keys_count; i++)
		if (strcmp(config_keys[i].name, key) == 0) {
			snprintf(ret_reason, CONFIG_REASON, "unknown key, it belongs in [%s]", config_keys[i].section);
			return -EINVAL;
		}
	if (meant)
		snprintf(ret_reason, CONFIG_REASON, "unknown key, did you mean %s?", meant);
	else
		snprintf(ret_reason, CONFIG_REASON, "unknown key, see postured.conf(5)");
	return -EINVAL;
}

int config_set(struct config *config, const char *section, const char *key, const char *value, char *ret_reason)
{
	bool posture = strncmp(section, posture_prefix, sizeof(posture_prefix) - 1) == 0;
	const char *bare = posture ? "posture" : section;
	const struct config_key *found = config_key_find(bare, key);

	if (!found)
		return unknown_key(bare, key, ret_reason);
	if (posture)
		return posture_set(config, section + sizeof(posture_prefix) - 1, found, value, ret_reason);
	if (strcmp(found->section, "posture") == 0) {
		snprintf(ret_reason, CONFIG_REASON, "the section needs a name, as in [posture Like]");
		return -EINVAL;
	}
	config->mqtt_named |= strcmp(section, "mqtt") == 0;
	config->dbus_named |= strcmp(section, "dbus") == 0;
	return config_key_parse(found, value, config, ret_reason);
}

int config_command(struct config *config, const char *command, const char *value, char *ret_reason)
{
	const char *slash = strchr(command, '/');
	char section[sizeof(posture_prefix) + NN_LABEL_MAX];

	if (slash) {
		if (slash - command >= NN_LABEL_MAX) {
			snprintf(ret_reason, CONFIG_REASON, "a posture's name has at most %d bytes", NN_LABEL_MAX - 1);
			return -EINVAL;
		}
		snprintf(section, sizeof(section), "%s%.*s", posture_prefix, (int)(slash - command), command);
		return config_set(config, section, slash + 1, value, ret_reason);
	}
	return config_set(config, "decide", command, value, ret_reason);
}

/* --- checks of more than one key ----------------------------------------------------------------------------- */

static void fault(struct config_report *report, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void fault(struct config_report *report, const char *format, ...)
{
	char text[CONFIG_REASON];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	report->errors++;
	report->line(report->userdata, text);
}

static void check_sensor(const struct sensor_settings *sensor, struct config_report *report)
{
	unsigned rate_max = sensor->resolution == 8 ? 15 : 60;
	/* The chip integrates four times for an 8x8 frame, and needs a millisecond for itself. */
	unsigned busy_ms = (sensor->resolution == 8 ? 4u : 1u) * sensor->integration_ms + 1;

	if (sensor->rate_hz > rate_max)
		fault(report, "sensor.rate_hz: at most %u at %ux%u", rate_max, sensor->resolution, sensor->resolution);
	else if (!sensor->continuous && busy_ms * sensor->rate_hz >= 1000)
		fault(report, "sensor.integration_ms: %u ms do not fit in a frame at %u Hz, at most %u",
		      sensor->integration_ms, sensor->rate_hz,
		      (999u / sensor->rate_hz - 1) / (sensor->resolution == 8 ? 4u : 1u));
	if (strcmp(sensor->type, "replay") == 0 && sensor->path[0] == '\0')
		fault(report, "sensor.path: type = replay needs a recording here");
}

static struct decide_rule rule_merge(const struct config *config, const struct posture_settings *posture)
{
	struct decide_rule rule = config->decide.rule;
	struct posture_settings merged = {.rule = rule};

	for (size_t i = 0; i < config_keys_count; i++) {
		const struct config_key *key = &config_keys[i];

		if (strcmp(key->section, "posture") == 0 && (posture->set & config_key_bit(key)))
			memcpy((char *)&merged + key->offset, (const char *)posture + key->offset, key->size);
	}
	return merged.rule;
}

static void check_gate(const char *section, const struct decide_rule *rule, struct config_report *report)
{
	if (rule->max_mm != 0 && rule->min_mm >= rule->max_mm)
		fault(report, "%s.min_mm: %u is not below max_mm, which is %u", section, rule->min_mm, rule->max_mm);
}

static void check_mqtt(const struct mqtt_settings *mqtt, struct config_report *report)
{
	bool certificate = mqtt->cert_file[0] != '\0', psk = mqtt->psk_identity[0] != '\0';

	if (certificate != (mqtt->key_file[0] != '\0'))
		fault(report, "mqtt.%s: missing, cert_file and key_file go together",
		      certificate ? "key_file" : "cert_file");
	if (psk != (mqtt->psk_file[0] != '\0'))
		fault(report, "mqtt.%s: missing, psk_identity and psk_file go together",
		      psk ? "psk_file" : "psk_identity");
	if (certificate && psk)
		fault(report, "mqtt.psk_identity: a pre-shared key and a certificate exclude each other");
	if (!mqtt->tls && (certificate || psk || mqtt->ca_file[0] != '\0'))
		fault(report, "mqtt.tls: must be yes, or certificates and keys have no meaning");
}

int config_check(const struct config *config, struct config_report *report)
{
	unsigned before = report->errors;

	check_sensor(&config->sensor, report);
	check_gate("decide", &config->decide.rule, report);
	for (unsigned i = 0; i < config->postures; i++) {
		struct decide_rule rule = rule_merge(config, &config->posture[i]);
		char section[sizeof(posture_prefix) + NN_LABEL_MAX];

		snprintf(section, sizeof(section), "%s%s", posture_prefix, config->posture[i].name);
		check_gate(section, &rule, report);
	}
	check_mqtt(&config->mqtt, report);
	if (!transport_is_channel(config->classifier.m4_channel))
		fault(report,
		      "classifier.m4_channel: `%s` is not allowed: auto, unix:PATH or stream:PATH, an absolute path",
		      config->classifier.m4_channel);
	return report->errors == before ? 0 : -EINVAL;
}

/* --- what the rooms want of it -------------------------------------------------------------------------------- */

void config_source(const struct config *config, struct source_config *ret_source)
{
	const struct sensor_settings *sensor = &config->sensor;
	bool emulator = strcmp(sensor->bus, "emulator") == 0;

	*ret_source = (struct source_config){
		.type = sensor->type,
		.bus = sensor->bus,
		.address = sensor->address,
		.firmware = sensor->firmware[0] != '\0' || emulator ? sensor->firmware : FIRMWAREDIR "/" FIRMWARE_NAME,
		.int_line = sensor->int_line,
		.lpn_line = sensor->lpn_line,
		.resolution = sensor->resolution,
		.rate_hz = sensor->rate_hz,
		.integration_ms = sensor->integration_ms,
		.continuous = sensor->continuous,
		.sharpener_percent = sensor->sharpener_percent,
		.order = (enum source_order)sensor->order,
		.xtalk_margin_kcps = sensor->xtalk_margin_kcps,
		.vhv_repeat = sensor->vhv_repeat,
		.external_sync = sensor->external_sync,
		.all_outputs = sensor->all_outputs,
		.scene = sensor->scene,
		.path = sensor->path,
	};
}

static int label_find(const struct nn_description *model, const char *name)
{
	for (unsigned i = 0; i < model->classes; i++)
		if (strcmp(model->labels[i], name) == 0)
			return (int)i;
	return -1;
}

void config_decide(const struct config *config, const struct nn_description *model, struct config_report *report,
		   struct decide_config *ret_decide)
{
	struct decide_config decide = {
		.classes = (uint8_t)model->classes,
		.none_class = label_find(model, "None"),
		.absence_ms = config->decide.absence_ms,
	};

	for (unsigned i = 0; i < model->classes; i++)
		decide.rule[i] = config->decide.rule;
	for (unsigned i = 0; i < config->postures; i++) {
		const struct posture_settings *posture = &config->posture[i];
		int class = label_find(model, posture->name);

		if (class < 0)
			fault(report, "%s%s: the model knows no such posture, see --list-postures", posture_prefix,
			      posture->name);
		else
			decide.rule[class] = rule_merge(config, posture);
	}
	*ret_decide = decide;
}
