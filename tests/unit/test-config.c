/* SPDX-License-Identifier: Apache-2.0 */
/* test-config.c - the key table, the reader and its messages, dump and comparison. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/config-key.h"

/* All reports, a line each. */
struct heard {
	char text[4096];
};

static void hear(void *userdata, const char *text)
{
	struct heard *heard = userdata;
	size_t used = strlen(heard->text);

	snprintf(heard->text + used, sizeof(heard->text) - used, "%s\n", text);
}

static int read_text(const char *text, size_t size, struct config *config, struct heard *heard, unsigned *ret_errors)
{
	struct config_report report = {.line = hear, .userdata = heard};
	FILE *stream = fmemopen((void *)(uintptr_t)text, size, "r");
	int r;

	assert_non_null(stream);
	heard->text[0] = '\0';
	config_init(config);
	r = config_read(stream, "f", &report, config);
	if (r == 0)
		r = config_check(config, &report);
	fclose(stream);
	if (ret_errors)
		*ret_errors = report.errors;
	return r;
}

/* --- faults --------------------------------------------------------------------------------------------------- */

struct bad {
	const char *text;
	const char *report; /* the only one, without its newline */
};

#define LONG_50 "01234567890123456789012345678901234567890123456789"

static const struct bad bads[] = {
	/* lines */
	{"[decide]\nfoo bar\n", "f:2: neither [section] nor key = value"},
	{"[decide]\nlast", "f:2: neither [section] nor key = value"},
	{"[decide\n", "f:1: a section without its closing ]"},
	{"\n\n[decide]\nx" LONG_50 LONG_50 LONG_50 LONG_50 LONG_50 "=1\n", "f:4: longer than 199 characters"},
	{"hold_ms = 1\n", "f:1: hold_ms: before the first [section]"},
	/* sections */
	{"[sensr]\nbus = x\nnonsense\n", "f:1: [sensr]: unknown section, did you mean [sensor]?"},
	{"[kitchen]\n", "f:1: [kitchen]: unknown section, see postured.conf(5)"},
	{"[posture]\nenabled = no\n", "f:1: [posture]: the section needs a name, as in [posture Like]"},
	{"[posture ]\n", "f:1: [posture ]: a posture's name has 1 to 31 bytes"},
	{"[posture 01234567890123456789012345678901]\nenabled=no\n",
	 "f:1: [posture 01234567890123456789012345678901]: a posture's name has 1 to 31 bytes"},
	/* keys */
	{"[decide]\ntreshold = 0.5\n", "f:2: decide.treshold: unknown key, did you mean threshold?"},
	{"[decide]\nThreshold = 0.5\n", "f:2: decide.Threshold: unknown key, did you mean threshold?"},
	{"[decide]\nkeepalive_s = 5\n", "f:2: decide.keepalive_s: unknown key, it belongs in [mqtt]"},
	{"[decide]\nxyzzy = 5\n", "f:2: decide.xyzzy: unknown key, see postured.conf(5)"},
	{"[decide]\n = 5\n", "f:2: decide.: unknown key, see postured.conf(5)"},
	{"[posture Like]\nabsence_ms = 5\n", "f:2: posture Like.absence_ms: unknown key, it belongs in [decide]"},
	{"[mqtt]\npassword = hunter2\n",
	 "f:2: mqtt.password: a password does not belong in this file: write it to a file that only root reads and "
	 "name that in password_file, or give the unit LoadCredential=mqtt-password:FILE"},
	/* numbers */
	{"[decide]\nthreshold = 1.01\n", "f:2: decide.threshold: `1.01` is not allowed: 0 to 1"},
	{"[decide]\nthreshold = nan\n", "f:2: decide.threshold: `nan` is not allowed: 0 to 1"},
	{"[decide]\nthreshold = 0.5x\n", "f:2: decide.threshold: `0.5x` is not allowed: 0 to 1"},
	{"[decide]\nthreshold = 0.5e\n", "f:2: decide.threshold: `0.5e` is not allowed: 0 to 1"},
	{"[decide]\nthreshold =\n", "f:2: decide.threshold: `` is not allowed: 0 to 1"},
	{"[decide]\nconfirm_frames = 0\n", "f:2: decide.confirm_frames: `0` is not allowed: 1 to 1000 frames"},
	{"[decide]\nconfirm_frames = -1\n", "f:2: decide.confirm_frames: `-1` is not allowed: 1 to 1000 frames"},
	{"[decide]\nconfirm_frames = 5 frames\n",
	 "f:2: decide.confirm_frames: `5 frames` is not allowed: 1 to 1000 frames"},
	{"[decide]\nhold_ms = 18446744073709551617\n",
	 "f:2: decide.hold_ms: `18446744073709551617` is not allowed: 0 to 3600000 ms"},
	{"[sensor]\naddress = 0x80\n", "f:2: sensor.address: `0x80` is not allowed: 0x08 to 0x77"},
	/* words */
	{"[mqtt]\ntls = maybe\n", "f:2: mqtt.tls: `maybe` is not allowed: yes or no"},
	{"[sensor]\norder = closets\n",
	 "f:2: sensor.order: `closets` is not allowed: closest or strongest, did you mean closest?"},
	{"[log]\nlevel = loud\n", "f:2: log.level: `loud` is not allowed: error, warning, notice, info or debug"},
	{"[mqtt]\nprotocol = 4\n", "f:2: mqtt.protocol: `4` is not allowed: 5 or 3.1.1"},
	/* texts */
	{"[mqtt]\nhost = \"broker\"\n", "f:2: mqtt.host: values are written without quotes"},
	{"[mqtt]\nhost = my broker\n",
	 "f:2: mqtt.host: `my broker` is not allowed: a name or an address, at most 255 bytes"},
	{"[mqtt]\nhost =\n", "f:2: mqtt.host: `` is not allowed: a name or an address, at most 255 bytes"},
	{"[mqtt]\nca_file = ca.pem\n",
	 "f:2: mqtt.ca_file: `ca.pem` is not allowed: an absolute path, at most 255 bytes"},
	{"[mqtt]\nnode = a/b\n", "f:2: mqtt.node: `a/b` is not allowed: letters, digits, _ and -, at most 63 bytes"},
	{"[mqtt]\nprefix = home/+\n", "f:2: mqtt.prefix: `home/+` is not allowed: levels between slashes, none empty, "
				      "without + and #, at most 127 bytes"},
	{"[mqtt]\nprefix = a//b\n", "f:2: mqtt.prefix: `a//b` is not allowed: levels between slashes, none empty, "
				    "without + and #, at most 127 bytes"},
	{"[sensor]\nint_line = " LONG_50 LONG_50 "\n",
	 "f:2: sensor.int_line: `" LONG_50 "0123456789` is not allowed: at most 63 bytes"},
	{"[mqtt]\nuser = a\tb\n", "f:2: mqtt.user: `a\tb` is not allowed: at most 127 bytes"},
	/* what no single key knows */
	{"[sensor]\nrate_hz = 30\n", "sensor.rate_hz: at most 15 at 8x8"},
	{"[sensor]\nintegration_ms = 20\n", "sensor.integration_ms: 20 ms do not fit in a frame at 15 Hz, at most 16"},
	{"[sensor]\ntype = replay\n", "sensor.path: type = replay needs a recording here"},
	{"[decide]\nmin_mm = 300\nmax_mm = 200\n", "decide.min_mm: 300 is not below max_mm, which is 200"},
	{"[decide]\nmax_mm = 200\n[posture Fist]\nmin_mm = 200\n",
	 "posture Fist.min_mm: 200 is not below max_mm, which is 200"},
	{"[mqtt]\ntls = yes\ncert_file = /c\n", "mqtt.key_file: missing, cert_file and key_file go together"},
	{"[mqtt]\ntls = yes\nkey_file = /c\n", "mqtt.cert_file: missing, cert_file and key_file go together"},
	{"[mqtt]\ntls = yes\npsk_identity = x\n", "mqtt.psk_file: missing, psk_identity and psk_file go together"},
	{"[mqtt]\ntls = yes\npsk_file = /x\n", "mqtt.psk_identity: missing, psk_identity and psk_file go together"},
	{"[mqtt]\ntls = yes\npsk_file = /x\npsk_identity = x\ncert_file = /c\nkey_file = /k\n",
	 "mqtt.psk_identity: a pre-shared key and a certificate exclude each other"},
	{"[mqtt]\nca_file = /ca\n", "mqtt.tls: must be yes, or certificates and keys have no meaning"},
};

static void test_faults(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		struct config config;
		struct heard heard;
		char wanted[512];

		snprintf(wanted, sizeof(wanted), "%s\n", bads[i].report);
		assert_int_equal(read_text(bads[i].text, strlen(bads[i].text), &config, &heard, NULL), -22);
		assert_string_equal(heard.text, wanted);
	}
}

static void test_all_faults_at_once(void **state)
{
	static const char text[] = "[decide]\nx = 1\nthreshold = 7\n[nothing]\ny = 2\n[log]\nlevel = 9\n";
	struct config config;
	struct heard heard;
	unsigned errors;

	(void)state;
	read_text(text, strlen(text), &config, &heard, &errors);
	assert_int_equal(errors, 4);
	assert_non_null(strstr(heard.text, "f:2: "));
	assert_non_null(strstr(heard.text, "f:3: "));
	assert_non_null(strstr(heard.text, "f:4: "));
	assert_non_null(strstr(heard.text, "f:7: "));
}

static void test_binary(void **state)
{
	static const char text[] = "[decide]\nhold\0_ms = 1\n";
	struct config config;
	struct heard heard;

	(void)state;
	assert_int_equal(read_text(text, sizeof(text) - 1, &config, &heard, NULL), -22);
	assert_string_equal(heard.text, "f:2: a NUL byte: this is not a text file\n");
}

static void test_too_many_postures(void **state)
{
	struct config config;
	struct heard heard;
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	(void)state;
	for (int i = 0; i <= CONFIG_POSTURES_MAX; i++)
		fprintf(stream, "[posture p%d]\nenabled = no\n", i);
	fclose(stream);
	assert_int_equal(read_text(text, size, &config, &heard, NULL), -22);
	assert_string_equal(heard.text, "f:130: posture p64.enabled: more than 64 postures\n");
	free(text);
}

/* --- what is taken -------------------------------------------------------------------------------------------- */

static void test_good(void **state)
{
	static const char text[] =
		"\xef\xbb\xbf; comment\n# comment\n\n  [decide]\n\tthreshold = 0.75 ; why\n"
		"  confirm_frames: 7\r\nhold_ms = 0\n"
		"[posture Like]\nthreshold = 5e-1\nenabled = OFF\n[sensor]\naddress=0x2A\norder=Strongest\n"
		"resolution = 4x4\nrate_hz = 60\n mode = continuous\n[mqtt]\nhost = a\nhost = b\n"
		"[posture Fist]\nmin_mm = 150\n[posture Like]\nconfirm_frames=2";
	struct config config;
	struct heard heard;

	(void)state;
	assert_int_equal(read_text(text, strlen(text), &config, &heard, NULL), 0);
	assert_string_equal(heard.text, "");
	assert_float_equal(config.decide.rule.threshold, 0.75, 0);
	assert_int_equal(config.decide.rule.confirm_frames, 7);
	assert_int_equal(config.decide.rule.hold_ms, 0);
	assert_int_equal(config.sensor.address, 0x2a);
	assert_int_equal(config.sensor.order, SOURCE_ORDER_STRONGEST);
	assert_int_equal(config.sensor.resolution, 4);
	assert_true(config.sensor.continuous);
	assert_string_equal(config.mqtt.host, "b");
	assert_true(config.mqtt_named);
	assert_int_equal(config.postures, 2);
	assert_string_equal(config.posture[0].name, "Like");
	assert_false(config.posture[0].rule.enabled);
	assert_int_equal(config.posture[0].rule.confirm_frames, 2);
}

static void test_defaults(void **state)
{
	struct config config;
	struct heard heard = {.text = ""};
	struct config_report report = {.line = hear, .userdata = &heard};
	struct source_config source;

	(void)state;
	config_init(&config);
	assert_int_equal(config_check(&config, &report), 0);
	assert_string_equal(heard.text, "");
	assert_float_equal(config.decide.rule.threshold, 0.9, 1e-6);
	assert_int_equal(config.decide.rule.confirm_frames, 5);
	assert_true(config.decide.rule.enabled);
	assert_true(config.mqtt.verify);
	assert_false(config.mqtt_named);
	config_source(&config, &source);
	assert_string_equal(source.type, "vl53l8cx");
	assert_string_equal(source.firmware, FIRMWAREDIR "/postured/vl53l8cx.fw");
	assert_int_equal(source.address, 0x29);
	snprintf(config.sensor.bus, sizeof(config.sensor.bus), "emulator");
	config_source(&config, &source);
	assert_string_equal(source.firmware, "");
}

static void test_rules(void **state)
{
	static const char text[] = "[decide]\nthreshold = 0.8\nabsence_ms = 123\n[posture Like]\nthreshold = 0.6\n"
				   "release_ms = 77\n[posture Fist]\nenabled = no\n[posture Wave]\nenabled = no\n";
	struct nn_description model = {.classes = 3, .labels = {"None", "Like", "Fist"}};
	struct config_report report = {.line = hear};
	struct decide_config rules;
	struct config config;
	struct heard heard;

	(void)state;
	report.userdata = &heard;
	assert_int_equal(read_text(text, strlen(text), &config, &heard, NULL), 0);
	config_decide(&config, &model, &report, &rules);
	assert_int_equal(report.errors, 1);
	assert_string_equal(heard.text, "posture Wave: the model knows no such posture, see --list-postures\n");
	assert_int_equal(rules.classes, 3);
	assert_int_equal(rules.none_class, 0);
	assert_int_equal(rules.absence_ms, 123);
	assert_float_equal(rules.rule[0].threshold, 0.8, 1e-6);
	assert_float_equal(rules.rule[1].threshold, 0.6, 1e-6);
	assert_int_equal(rules.rule[1].release_ms, 77);
	assert_int_equal(rules.rule[1].confirm_frames, 5);
	assert_true(rules.rule[1].enabled);
	assert_false(rules.rule[2].enabled);
	assert_float_equal(rules.rule[2].threshold, 0.8, 1e-6);
	model.labels[0] = "Nothing";
	config_decide(&config, &model, &report, &rules);
	assert_int_equal(rules.none_class, DECIDE_NONE);
}

static void test_commands(void **state)
{
	char reason[CONFIG_REASON] = "";
	struct config config;

	(void)state;
	config_init(&config);
	assert_int_equal(config_command(&config, "threshold", "0.5", reason), 0);
	assert_float_equal(config.decide.rule.threshold, 0.5, 0);
	assert_int_equal(config_command(&config, "Like/confirm_frames", "9", reason), 0);
	assert_int_equal(config.posture[0].rule.confirm_frames, 9);
	assert_int_equal(config_command(&config, "threshold", "5", reason), -22);
	assert_string_equal(reason, "`5` is not allowed: 0 to 1");
	assert_int_equal(config_command(&config, "host", "evil.example", reason), -22);
	assert_int_equal(config_command(&config, "mqtt/host", "evil.example", reason), -22);
	assert_int_equal(config_command(&config, "/threshold", "0.5", reason), -22);
	assert_int_equal(config_command(&config, LONG_50 "/threshold", "0.5", reason), -22);
	assert_string_equal(config.mqtt.host, "localhost");
	assert_int_equal(config.postures, 1);
}

/* --- dump and comparison -------------------------------------------------------------------------------------- */

static char *dump(const struct config *config, enum config_dump form)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	config_dump(config, form, stream);
	fclose(stream);
	return text;
}

static void test_dump_round_trip(void **state)
{
	static const char text[] =
		"[decide]\nthreshold = 0.123456789\n[mqtt]\nnode = kitchen\nprotocol = 3.1.1\n"
		"[posture Like]\nthreshold = 0.7\nenabled = no\n[sensor]\ntype = replay\npath = /x y\n"
		"[log]\nlevel = debug\n[posture Fist]\nhold_ms = 5\n[dbus]\nbus = session\n";
	struct config config, again;
	struct heard heard;
	char *first, *second;

	(void)state;
	assert_int_equal(read_text(text, strlen(text), &config, &heard, NULL), 0);
	first = dump(&config, CONFIG_DUMP_EFFECTIVE);
	assert_int_equal(read_text(first, strlen(first), &again, &heard, NULL), 0);
	assert_memory_equal(&config, &again, sizeof(config));
	second = dump(&again, CONFIG_DUMP_EFFECTIVE);
	assert_string_equal(first, second);
	free(first);
	free(second);
}

/* The template is all comments; with them taken off it is the defaults and one empty [posture Like]. */
static void test_template(void **state)
{
	struct config config, again;
	struct heard heard;
	char *text;

	(void)state;
	config_init(&config);
	text = dump(&config, CONFIG_DUMP_TEMPLATE);
	assert_int_equal(read_text(text, strlen(text), &again, &heard, NULL), 0);
	assert_memory_equal(&config, &again, sizeof(config));
	for (size_t i = 0; i < config_keys_count; i++) {
		char line[128];

		snprintf(line, sizeof(line), "\n#%s =", config_keys[i].name);
		assert_non_null(strstr(text, line));
	}
	free(text);
}

struct difference {
	char text[512];
};

static void note(void *userdata, const char *section, const char *key, bool live)
{
	struct difference *difference = userdata;
	size_t used = strlen(difference->text);

	snprintf(difference->text + used, sizeof(difference->text) - used, "%s.%s%s ", section, key, live ? "" : "!");
}

static void test_compare(void **state)
{
	static const char before[] = "[posture Like]\nthreshold = 0.7\n[posture Fist]\nenabled = no\n";
	static const char after[] =
		"[decide]\nhold_ms = 1\n[sensor]\nbus = /dev/i2c-2\n[posture Like]\nthreshold = 0.8\n"
		"[posture Love]\nmin_mm = 10\n[log]\nlevel = debug\n";
	struct difference difference = {.text = ""};
	struct config a, b;
	struct heard heard;

	(void)state;
	assert_int_equal(read_text(before, strlen(before), &a, &heard, NULL), 0);
	assert_int_equal(read_text(after, strlen(after), &b, &heard, NULL), 0);
	config_compare(&a, &a, note, &difference);
	assert_string_equal(difference.text, "");
	config_compare(&a, &b, note, &difference);
	assert_string_equal(difference.text, "sensor.bus! decide.hold_ms posture Fist.enabled posture Like.threshold "
					     "posture Love.min_mm log.level ");
}

/* --- the table ------------------------------------------------------------------------------------------------ */

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < config_keys_count; i++) {
		const struct config_key *key = &config_keys[i];
		bool inherited = strcmp(key->section, "posture") == 0 && key->preset[0] == '\0';
		union {
			struct config config;
			struct posture_settings posture;
		} base;
		char reason[CONFIG_REASON] = "", text[CONFIG_TEXT];

		memset(&base, 0xff, sizeof(base));
		assert_ptr_equal(config_key_find(key->section, key->name), key);
		assert_non_null(key->doc);
		if (inherited)
			continue;
		assert_int_equal(config_key_parse(key, key->preset, &base, reason), 0);
		config_key_format(key, &base, text, sizeof(text));
		assert_string_equal(text, key->preset);
	}
}

/* --- files ---------------------------------------------------------------------------------------------------- */

static void write_file(const char *directory, const char *name, const char *text)
{
	char path[512];
	FILE *stream;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	stream = fopen(path, "w");
	assert_non_null(stream);
	fputs(text, stream);
	fclose(stream);
}

static void remove_file(const char *directory, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	unlink(path);
}

static void test_files(void **state)
{
	char directory[] = P_tmpdir "/postured-test-XXXXXX", path[64], drop_ins[80];
	struct heard heard = {.text = ""};
	struct config_report report = {.line = hear, .userdata = &heard};
	struct config config;

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/c.conf", directory);
	snprintf(drop_ins, sizeof(drop_ins), "%s.d", path);
	assert_int_equal(config_load(path, true, &report, &config), -2);
	assert_non_null(strstr(heard.text, "c.conf: No such file or directory"));
	assert_int_equal(config_load(path, false, &report, &config), 0);

	assert_int_equal(mkdir(drop_ins, 0700), 0);
	write_file(directory, "c.conf", "[mqtt]\nnode = main\nhost = main\n[decide]\nhold_ms = 1\n");
	write_file(drop_ins, "20-b.conf", "[mqtt]\nnode = b\n");
	write_file(drop_ins, "10-a.conf", "[mqtt]\nnode = a\nhost = a\n");
	write_file(drop_ins, "README", "not read\n");
	write_file(drop_ins, ".hidden.conf", "not read\n");
	assert_int_equal(config_load(path, true, &report, &config), 0);
	assert_string_equal(config.mqtt.node, "b");
	assert_string_equal(config.mqtt.host, "a");
	assert_int_equal(config.decide.rule.hold_ms, 1);

	/* Faults of all files are told, and nothing is taken. */
	heard.text[0] = '\0';
	write_file(directory, "c.conf", "[mqtt]\nnodo = main\n");
	write_file(drop_ins, "10-a.conf", "[mqtt]\nqos = 3\n");
	assert_int_equal(config_load(path, true, &report, &config), -22);
	assert_non_null(strstr(heard.text, "c.conf:2: mqtt.nodo: unknown key, did you mean node?"));
	assert_non_null(strstr(heard.text, "c.conf.d/10-a.conf:2: mqtt.qos: `3` is not allowed: 0 to 2"));
	assert_string_equal(config.mqtt.node, "b");

	/* A directory in the file's place. */
	assert_int_equal(config_load(directory, true, &report, &config), -5);
	remove_file(drop_ins, "10-a.conf");
	remove_file(drop_ins, "20-b.conf");
	remove_file(drop_ins, "README");
	remove_file(drop_ins, ".hidden.conf");
	rmdir(drop_ins);
	remove_file(directory, "c.conf");
	rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_all_faults_at_once),
		cmocka_unit_test(test_binary),
		cmocka_unit_test(test_too_many_postures),
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_dump_round_trip),
		cmocka_unit_test(test_template),
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
