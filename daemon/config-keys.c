/* SPDX-License-Identifier: Apache-2.0 */
/* config-keys.c - the table of keys (see config-key.h). Data only. */
#include "daemon/config-key.h"
#include "daemon/publish-dbus.h"
#include "mcu-offload/policy.h"

#define AT(member) .offset = offsetof(struct config, member), .size = sizeof(((struct config *)0)->member)
#define AT_POSTURE(member)                                                                                             \
	.offset = offsetof(struct posture_settings, member), .size = sizeof(((struct posture_settings *)0)->member)
#define LIVE .live = true

static const struct config_choice source_types[] = {{"vl53l8cx", 0}, {"replay", 0}, {NULL, 0}};
static const struct config_choice resolutions[] = {{"8x8", 8}, {"4x4", 4}, {NULL, 0}};
static const struct config_choice modes[] = {{"autonomous", 0}, {"continuous", 1}, {NULL, 0}};
static const struct config_choice orders[] = {
	{"closest", SOURCE_ORDER_CLOSEST}, {"strongest", SOURCE_ORDER_STRONGEST}, {NULL, 0}};
static const struct config_choice backends[] = {{"local", 0}, {"m4", 0}, {"auto", 0}, {"both", 0}, {NULL, 0}};
static const struct config_choice goals[] = {{"latency", POLICY_LATENCY}, {"cpu", POLICY_CPU}, {NULL, 0}};
static const struct config_choice buses[] = {
	{"auto", DBUS_AUTO}, {"system", DBUS_SYSTEM}, {"session", DBUS_SESSION}, {"none", DBUS_NONE}, {NULL, 0}};
static const struct config_choice protocols[] = {{"5", 5}, {"3.1.1", 4}, {NULL, 0}};
static const struct config_choice levels[] = {{"error", LOG_LEVEL_ERROR},   {"warning", LOG_LEVEL_WARNING},
					      {"notice", LOG_LEVEL_NOTICE}, {"info", LOG_LEVEL_INFO},
					      {"debug", LOG_LEVEL_DEBUG},   {NULL, 0}};

const struct config_section config_sections[] = {
	{"sensor", "Where the frames come from."},
	{"classifier", "Who names the posture."},
	{"decide",
	 "When a result becomes a posture. These values hold for every posture without a section of its own."},
	{"posture", "Values of one posture, by the model's name of it: [posture Like]. Keys that are missing here are "
		    "those of [decide]. `postured --list-postures` prints the names."},
	{"mqtt", "The broker and the topics."},
	{"dbus", "The service as an object on D-Bus: what posturectl asks and sets. See postured-dbus(7)."},
	{"log", "What goes to the journal, or to the terminal."},
};
const size_t config_sections_count = sizeof(config_sections) / sizeof(config_sections[0]);

/* clang-format off */
const struct config_key config_keys[] = {
	{"sensor", "type", CONFIG_CHOICE, AT(sensor.type), .choices = source_types, .preset = "vl53l8cx",
	 .doc = "The chip, or recordings played instead of it."},
	{"sensor", "bus", CONFIG_STRING, AT(sensor.bus), .preset = "/dev/i2c-1",
	 .doc = "The I2C adapter: its node, or its name as in /sys/class/i2c-dev/*/name (a part that fits only one "
		"is enough), or `emulator` for the built-in emulated chip."},
	{"sensor", "address", CONFIG_UINT, AT(sensor.address), .min = 0x08, .max = 0x77, .preset = "0x29",
	 .doc = "I2C address, 7 bits, without the read/write bit."},
	{"sensor", "firmware", CONFIG_STRING, CONFIG_FORM_PATH, AT(sensor.firmware), .preset = "",
	 .doc = "The sensor's firmware, cut by vl53l8cx-fwcut from your copy of ST's driver. Empty: "
		"postured/vl53l8cx.fw in the system's firmware directory; with the emulator, a synthetic one."},
	{"sensor", "int_line", CONFIG_STRING, AT(sensor.int_line), .preset = "",
	 .doc = "GPIO line of the INT pin: its name in the device tree, or gpiochip2:5. Empty: data-ready is polled."},
	{"sensor", "lpn_line", CONFIG_STRING, AT(sensor.lpn_line), .preset = "",
	 .doc = "GPIO line of the LPn pin. Empty: the sensor can't be power-cycled when all else fails."},
	{"sensor", "resolution", CONFIG_CHOICE, AT(sensor.resolution), .choices = resolutions, .preset = "8x8",
	 .doc = "Zones. The postures need 8x8."},
	{"sensor", "rate_hz", CONFIG_UINT, AT(sensor.rate_hz), .min = 1, .max = 60, .preset = "15", .unit = "Hz",
	 .doc = "Frames a second. At 8x8 the chip makes 15 at most."},
	{"sensor", "integration_ms", CONFIG_UINT, AT(sensor.integration_ms), .min = 2, .max = 1000, .preset = "10",
	 .unit = "ms", .doc = "Time of light in autonomous mode. At 8x8 four of them must fit in one frame."},
	{"sensor", "mode", CONFIG_CHOICE, AT(sensor.continuous), .choices = modes, .preset = "autonomous",
	 .doc = "Continuous: the light stays on for the whole frame, which needs more current and gives less noise."},
	{"sensor", "sharpener_percent", CONFIG_UINT, AT(sensor.sharpener_percent), .max = 99, .preset = "5",
	 .unit = "%", .doc = "How strongly a near target's blur is taken out of the zones next to it."},
	{"sensor", "order", CONFIG_CHOICE, AT(sensor.order), .choices = orders, .preset = "closest",
	 .doc = "Which target of a zone counts."},
	{"sensor", "xtalk_margin_kcps", CONFIG_UINT, AT(sensor.xtalk_margin_kcps), .max = 10000, .preset = "50",
	 .unit = "kcps/SPAD", .doc = "Signal below this is taken for the cover glass."},
	{"sensor", "vhv_repeat", CONFIG_UINT, AT(sensor.vhv_repeat), .max = 65535, .preset = "0", .unit = "frames",
	 .doc = "Frames between two temperature compensations, 0 = only at the start."},
	{"sensor", "external_sync", CONFIG_BOOL, AT(sensor.external_sync), .preset = "no",
	 .doc = "Wait for the SYNC pin before each frame."},
	{"sensor", "all_outputs", CONFIG_BOOL, AT(sensor.all_outputs), .preset = "no",
	 .doc = "Also read ambient light, SPADs, sigma and reflectance: 1444 bytes a frame instead of 580."},
	{"sensor", "scene", CONFIG_STRING, AT(sensor.scene), .preset = "demo",
	 .doc = "What the emulated chip sees: demo, empty, hand:NAME[@MM], script:FILE, a recording, or loop:RECORDING."},
	{"sensor", "path", CONFIG_STRING, CONFIG_FORM_PATH, AT(sensor.path), .preset = "",
	 .doc = "Recording (.npz) or directory of recordings of type = replay."},

	{"classifier", "backend", CONFIG_CHOICE, AT(classifier.backend), .choices = backends, .preset = "local",
	 LIVE,
	 .doc = "The core that runs the network: this one, the Cortex-M4, the better of the two as measured (auto), or both, "
		"compared byte for byte. While the M4 isn't there or doesn't answer in time, this core does its work."},
	{"classifier", "auto_goal", CONFIG_CHOICE, AT(classifier.auto_goal), .choices = goals, .preset = "latency", LIVE,
	 .doc = "What is better with backend = auto: the sooner result, or less processor time of this core."},
	{"classifier", "m4_deadline_ms", CONFIG_UINT, AT(classifier.m4_deadline_ms), .min = 1, .max = 1000, .preset = "20",
	 .unit = "ms", LIVE, .doc = "A result that the M4 has not given by then comes from this core."},
	{"classifier", "m4_channel", CONFIG_STRING, AT(classifier.m4_channel), .preset = "auto", LIVE,
	 .doc = "How the M4 is reached. Auto: by the RPMsg channel of our firmware, wherever it is. unix:PATH or "
		"stream:PATH: a socket, for an emulated one."},
	{"classifier", "model", CONFIG_STRING, CONFIG_FORM_PATH, AT(classifier.model), .preset = "", LIVE,
	 .doc = "Model file (.pnn). Empty: the one that `posturectl teach` has installed, else the built-in one."},

	{"decide", "threshold", CONFIG_REAL, AT(decide.rule.threshold), .max = 1, .preset = "0.9", LIVE,
	 .doc = "A frame counts when the network gives its best posture at least this probability."},
	{"decide", "confirm_frames", CONFIG_UINT, AT(decide.rule.confirm_frames), .min = 1, .max = 1000, .preset = "5",
	 .unit = "frames", LIVE, .doc = "So many frames in a row make a posture."},
	{"decide", "hold_ms", CONFIG_UINT, AT(decide.rule.hold_ms), .max = 3600000, .preset = "300", .unit = "ms", LIVE,
	 .doc = "Nothing that the network says ends a posture sooner than this; a hand that leaves does."},
	{"decide", "release_ms", CONFIG_UINT, AT(decide.rule.release_ms), .min = 1, .max = 3600000, .preset = "1000",
	 .unit = "ms", LIVE, .doc = "A posture ends when it was not seen for so long."},
	{"decide", "absence_ms", CONFIG_UINT, AT(decide.absence_ms), .max = 3600000, .preset = "500", .unit = "ms", LIVE,
	 .doc = "A posture ends when there was no hand for so long."},
	{"decide", "min_mm", CONFIG_UINT, AT(decide.rule.min_mm), .max = 4000, .preset = "0", .unit = "mm", LIVE,
	 .doc = "The hand must be at least so far away, 0 = as the model wants it."},
	{"decide", "max_mm", CONFIG_UINT, AT(decide.rule.max_mm), .max = 4000, .preset = "0", .unit = "mm", LIVE,
	 .doc = "The hand must be at most so far away, 0 = as the model wants it. The model's own gate always holds too."},

	{"posture", "enabled", CONFIG_BOOL, AT_POSTURE(rule.enabled), .preset = "yes", LIVE,
	 .doc = "No: this posture is never reported."},
	{"posture", "threshold", CONFIG_REAL, AT_POSTURE(rule.threshold), .max = 1, .preset = "", LIVE,
	 .doc = "As in [decide]."},
	{"posture", "confirm_frames", CONFIG_UINT, AT_POSTURE(rule.confirm_frames), .min = 1, .max = 1000, .preset = "",
	 .unit = "frames", LIVE, .doc = "As in [decide]."},
	{"posture", "hold_ms", CONFIG_UINT, AT_POSTURE(rule.hold_ms), .max = 3600000, .preset = "", .unit = "ms", LIVE,
	 .doc = "As in [decide]."},
	{"posture", "release_ms", CONFIG_UINT, AT_POSTURE(rule.release_ms), .min = 1, .max = 3600000, .preset = "",
	 .unit = "ms", LIVE, .doc = "As in [decide]."},
	{"posture", "min_mm", CONFIG_UINT, AT_POSTURE(rule.min_mm), .max = 4000, .preset = "", .unit = "mm", LIVE,
	 .doc = "As in [decide]."},
	{"posture", "max_mm", CONFIG_UINT, AT_POSTURE(rule.max_mm), .max = 4000, .preset = "", .unit = "mm", LIVE,
	 .doc = "As in [decide]."},

	{"mqtt", "enabled", CONFIG_BOOL, AT(mqtt.enabled), .preset = "yes",
	 .doc = "No: nothing is published over MQTT."},
	{"mqtt", "host", CONFIG_STRING, CONFIG_FORM_NAME, AT(mqtt.host), .preset = "localhost", LIVE,
	 .doc = "The broker's name or address."},
	{"mqtt", "port", CONFIG_UINT, AT(mqtt.port), .max = 65535, .preset = "0", LIVE,
	 .doc = "0 = 1883, or 8883 with tls."},
	{"mqtt", "protocol", CONFIG_CHOICE, AT(mqtt.protocol), .choices = protocols, .preset = "5", LIVE,
	 .doc = "With 5, a broker that knows only 3.1.1 is served in 3.1.1."},
	{"mqtt", "client_id", CONFIG_STRING, AT(mqtt.client_id), .preset = "", LIVE,
	 .doc = "Empty: postured-NODE. Two clients of the same name throw each other out."},
	{"mqtt", "keepalive_s", CONFIG_UINT, AT(mqtt.keepalive_s), .min = 5, .max = 3600, .preset = "30", .unit = "s", LIVE,
	 .doc = "A silent link is taken for dead after one and a half of this."},
	{"mqtt", "user", CONFIG_STRING, AT(mqtt.user), .preset = "", LIVE, .doc = "User name, if the broker wants one."},
	{"mqtt", "password_file", CONFIG_STRING, CONFIG_FORM_PATH, AT(mqtt.password_file), .preset = "", LIVE,
	 .doc = "File whose first line is the password. Empty: the systemd credential mqtt-password, when there is one "
		"(LoadCredential=mqtt-password:FILE in a drop-in of the unit)."},
	{"mqtt", "tls", CONFIG_BOOL, AT(mqtt.tls), .preset = "no", LIVE, .doc = "Encrypt, and check who the broker is."},
	{"mqtt", "ca_file", CONFIG_STRING, CONFIG_FORM_PATH, AT(mqtt.ca_file), .preset = "", LIVE,
	 .doc = "Certificates of the authorities that are believed. Empty: the system's."},
	{"mqtt", "cert_file", CONFIG_STRING, CONFIG_FORM_PATH, AT(mqtt.cert_file), .preset = "", LIVE,
	 .doc = "Our certificate, if the broker wants one; key_file goes with it."},
	{"mqtt", "key_file", CONFIG_STRING, CONFIG_FORM_PATH, AT(mqtt.key_file), .preset = "", LIVE,
	 .doc = "Private key of cert_file."},
	{"mqtt", "psk_identity", CONFIG_STRING, AT(mqtt.psk_identity), .preset = "", LIVE,
	 .doc = "Name of a pre-shared key, instead of certificates; psk_file goes with it."},
	{"mqtt", "psk_file", CONFIG_STRING, CONFIG_FORM_PATH, AT(mqtt.psk_file), .preset = "", LIVE,
	 .doc = "File with the pre-shared key in hexadecimal digits."},
	{"mqtt", "verify", CONFIG_BOOL, AT(mqtt.verify), .preset = "yes", LIVE,
	 .doc = "No: any broker is believed, whatever its certificate and host name. For tests only; it is reported."},
	{"mqtt", "prefix", CONFIG_STRING, CONFIG_FORM_TOPIC, AT(mqtt.prefix), .preset = "postured", LIVE,
	 .doc = "Topics are PREFIX/NODE/posture and so on."},
	{"mqtt", "node", CONFIG_STRING, CONFIG_FORM_WORD, AT(mqtt.node), .preset = "", LIVE,
	 .doc = "Name of this sensor among others. Empty: the host name."},
	{"mqtt", "retain", CONFIG_BOOL, AT(mqtt.retain), .preset = "yes", LIVE,
	 .doc = "No: nothing is retained, for brokers that refuse it."},
	{"mqtt", "qos", CONFIG_UINT, AT(mqtt.qos), .max = 2, .preset = "1", LIVE, .doc = "Of postures and events."},
	{"mqtt", "discovery", CONFIG_BOOL, AT(mqtt.discovery), .preset = "yes", LIVE,
	 .doc = "Tell Home Assistant what there is."},
	{"mqtt", "discovery_prefix", CONFIG_STRING, CONFIG_FORM_TOPIC, AT(mqtt.discovery_prefix),
	 .preset = "homeassistant", LIVE, .doc = "As set in Home Assistant."},
	{"mqtt", "diagnostics_s", CONFIG_UINT, AT(mqtt.diagnostics_s), .max = 65535, .preset = "60", .unit = "s", LIVE,
	 .doc = "Time between two diagnostics messages, 0 = none."},
	{"mqtt", "heartbeat_s", CONFIG_UINT, AT(mqtt.heartbeat_s), .max = 65535, .preset = "0", .unit = "s", LIVE,
	 .doc = "The posture is sent again after so long without a change, 0 = only changes."},
	{"mqtt", "frame", CONFIG_BOOL, AT(mqtt.frame), .preset = "no", LIVE,
	 .doc = "Publish frames: zones and probabilities."},
	{"mqtt", "frame_hz", CONFIG_UINT, AT(mqtt.frame_hz), .min = 1, .max = 60, .preset = "5", .unit = "Hz", LIVE,
	 .doc = "Frames a second at most."},

	{"dbus", "bus", CONFIG_CHOICE, AT(dbus.bus), .choices = buses, .preset = "auto",
	 .doc = "Auto: the session's bus for a user's process that has one, else the system's. A bus that is not there is "
		"waited for; the service runs without it."},

	{"log", "level", CONFIG_CHOICE, AT(log.level), .choices = levels, .preset = "info", LIVE,
	 .doc = "What is less important is not logged."},
};
/* clang-format on */
const size_t config_keys_count = sizeof(config_keys) / sizeof(config_keys[0]);
