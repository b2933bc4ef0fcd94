/* SPDX-License-Identifier: Apache-2.0 */
/* publish-mqtt-receive.c - what the MQTT publisher hears; see publish-mqtt-private.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <syslog.h>

#include "daemon/publish-mqtt-private.h"

enum { BIRTH_JITTER_MS = 3000 };

#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S  UINT64_C(1000000000)

__attribute__((format(printf, 3, 4))) static void notice(struct mqtt_publisher *mqtt, int level, const char *format,
							 ...)
{
	va_list arguments;
	char text[512];

	if (!mqtt->hooks.notice)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	mqtt->hooks.notice(mqtt->hooks.userdata, level, text);
}

static bool is_printable(const char *text, size_t length, size_t size)
{
	if (length == 0 || length >= size)
		return false;
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] < 0x20 || (unsigned char)text[i] >= 0x7f)
			return false;
	return true;
}

int publish_mqtt_switch_frames(struct mqtt_publisher *mqtt, const char *value, char *ret_reason)
{
	bool on = strcmp(value, "on") == 0;

	if (!on && strcmp(value, "off") != 0) {
		snprintf(ret_reason, PUBLISH_MQTT_REASON_MAX, "on or off is allowed");
		return -EINVAL;
	}
	mqtt->frame = on;
	return publish_mqtt_setting(&mqtt->publisher, "frame", value);
}

static void command_take(struct mqtt_publisher *mqtt, const char *key, const char *payload, size_t length)
{
	char reason[PUBLISH_MQTT_REASON_MAX] = "unknown key";
	int r = -EINVAL;

	if (!is_printable(key, strlen(key), PUBLISH_MQTT_KEY_MAX)) {
		key = "?";
		snprintf(reason, sizeof(reason), "a key is 1..%d printable characters", PUBLISH_MQTT_KEY_MAX - 1);
	} else if (!is_printable(payload, length, PUBLISH_MQTT_VALUE_MAX)) {
		snprintf(reason, sizeof(reason), "a value is 1..%d printable characters", PUBLISH_MQTT_VALUE_MAX - 1);
	} else if (strcmp(key, "frame") == 0) {
		r = publish_mqtt_switch_frames(mqtt, payload, reason);
	} else if (mqtt->hooks.command) {
		r = mqtt->hooks.command(mqtt->hooks.userdata, key, payload, reason);
	}
	mqtt->commands++;
	if (r < 0) {
		mqtt->commands_refused++;
		notice(mqtt, LOG_WARNING, "set/%s refused: %s", key, reason);
	} else {
		notice(mqtt, LOG_NOTICE, "set/%s = %s", key, payload);
	}
}

/* All devices of a house answer to the same birth message: not all at once. */
static void birth_take(struct mqtt_publisher *mqtt, const char *payload)
{
	uint32_t random = 0;
	struct itimerspec when = {0};

	if (strcmp(payload, "online") != 0)
		return;
	(void)!getrandom(&random, sizeof(random), GRND_NONBLOCK);
	random %= BIRTH_JITTER_MS;
	when.it_value.tv_sec = (time_t)(random / 1000);
	when.it_value.tv_nsec = (long)((random % 1000 + 1) * NS_PER_MS);
	if (when.it_value.tv_nsec >= (long)NS_PER_S)
		when.it_value.tv_nsec = (long)NS_PER_S - 1;
	timerfd_settime(mqtt->timer_fd, 0, &when, NULL);
}

void publish_mqtt_receive(void *userdata, const char *topic, const char *payload, size_t length, bool retained)
{
	struct mqtt_publisher *mqtt = userdata;
	size_t base = strlen(mqtt->base);
	char birth[MQTT_TOPIC_MAX];

	publish_mqtt_birth_topic(&mqtt->settings, birth);
	if (strcmp(topic, birth) == 0)
		birth_take(mqtt, payload);
	else if (strncmp(topic, mqtt->base, base) != 0 || strncmp(topic + base, "/set/", 5) != 0)
		return;
	else if (retained) /* would be obeyed again at each connect */
		notice(mqtt, LOG_WARNING, "%s ignored: it was published with the retain flag", topic);
	else
		command_take(mqtt, topic + base + 5, payload, length);
}

void publish_mqtt_connection(void *userdata, bool connected, const char *reason)
{
	struct mqtt_publisher *mqtt = userdata;
	struct link_health health;

	mqtt_link_health(mqtt->link, &health);
	if (!connected)
		notice(mqtt, LOG_WARNING, "%s: %s", health.broker, reason);
	else if (*reason)
		notice(mqtt, LOG_WARNING, "%s: %s", health.broker, reason);
	else
		notice(mqtt, LOG_NOTICE, "connected to %s with MQTT %s", health.broker,
		       health.protocol == 5 ? "5" : "3.1.1");
}
