/* SPDX-License-Identifier: Apache-2.0 */
/* test-discovery.c - the text for Home Assistant: topic, structure, what follows settings and model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/discovery.h"

static const struct mqtt_settings settings = {
	.prefix = "house/postured", .discovery_prefix = "homeassistant", .qos = 1, .diagnostics_s = 60};
static const struct nn_description model = {.classes = 2, .labels = {"None", "Li\"ke"}};

static cJSON *discovery(const struct mqtt_settings *with, const struct nn_description *of)
{
	char *text = discovery_text(with, "desk", "house/postured/desk", of);
	cJSON *root = cJSON_Parse(text);

	assert_non_null(root);
	free(text);
	return root;
}

static const cJSON *at(const cJSON *item, const char *first, const char *second, const char *third)
{
	const char *path[] = {first, second, third};

	for (int i = 0; i < 3 && path[i]; i++) {
		item = cJSON_GetObjectItemCaseSensitive(item, path[i]);
		assert_non_null(item);
	}
	return item;
}

static void test_topic(void **state)
{
	char topic[320];

	(void)state;
	discovery_topic(&settings, "desk", sizeof(topic), topic);
	assert_string_equal(topic, "homeassistant/device/house_postured_desk/config");
}

static void test_root(void **state)
{
	cJSON *root = discovery(&settings, &model);

	(void)state;
	assert_string_equal(cJSON_GetStringValue(cJSON_GetArrayItem(at(root, "device", "identifiers", NULL), 0)),
			    "house_postured_desk");
	assert_string_equal(cJSON_GetStringValue(at(root, "origin", "name", NULL)), "postured");
	assert_string_equal(cJSON_GetStringValue(at(root, "availability_topic", NULL, NULL)),
			    "house/postured/desk/availability");
	cJSON_Delete(root);
}

static void test_components(void **state)
{
	cJSON *root = discovery(&settings, &model);
	const cJSON *component;

	(void)state;
	cJSON_ArrayForEach(component, at(root, "components", NULL, NULL))
	{
		assert_non_null(cJSON_GetStringValue(at(component, "platform", NULL, NULL)));
		assert_memory_equal(cJSON_GetStringValue(at(component, "unique_id", NULL, NULL)),
				    "house_postured_desk_", 20);
		assert_memory_equal(cJSON_GetStringValue(at(component, "state_topic", NULL, NULL)),
				    "house/postured/desk/", 20);
	}
	assert_string_equal(cJSON_GetStringValue(at(root, "components", "posture", "device_class")), "enum");
	assert_int_equal(cJSON_GetArraySize(at(root, "components", "posture", "options")), 2);
	assert_string_equal(cJSON_GetStringValue(cJSON_GetArrayItem(at(root, "components", "event", "event_types"), 1)),
			    "Li\"ke");
	assert_string_equal(cJSON_GetStringValue(at(root, "components", "threshold", "command_topic")),
			    "house/postured/desk/set/threshold");
	assert_string_equal(cJSON_GetStringValue(at(root, "components", "frame", "payload_on")), "on");
	assert_int_equal(at(root, "components", "rate", "expire_after")->valueint, 180);
	cJSON_Delete(root);
}

static void test_follows_settings(void **state)
{
	static const struct nn_description without = {.classes = 1, .labels = {"Like"}};
	struct mqtt_settings quiet = settings;
	cJSON *root;

	(void)state;
	quiet.diagnostics_s = 0;
	root = discovery(&quiet, &without);
	assert_null(cJSON_GetObjectItemCaseSensitive(at(root, "components", NULL, NULL), "rate"));
	assert_int_equal(cJSON_GetArraySize(at(root, "components", "posture", "options")), 2);
	assert_string_equal(cJSON_GetStringValue(cJSON_GetArrayItem(at(root, "components", "posture", "options"), 1)),
			    "None");
	cJSON_Delete(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_topic),
		cmocka_unit_test(test_root),
		cmocka_unit_test(test_components),
		cmocka_unit_test(test_follows_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
