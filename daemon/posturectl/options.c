/* SPDX-License-Identifier: Apache-2.0 */
/* options.c - see options.h. */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/config.h"
#include "daemon/mqtt-endpoint.h"
#include "daemon/mqtt-link.h"
#include "daemon/posturectl/options.h"

enum {
	OPTION_BROKER = 'b',
	OPTION_CONFIG = 'c',
	OPTION_HELP = 'h',
	OPTION_JSON = 'j',
	OPTION_NODE = 'n',
	OPTION_SECONDS = 's',
	OPTION_PREFIX = 256,
	OPTION_USER,
	OPTION_PASSWORD_FILE,
	OPTION_TLS,
	OPTION_CAFILE,
	OPTION_CERT,
	OPTION_KEY,
	OPTION_PSK_IDENTITY,
	OPTION_PSK_FILE,
	OPTION_INSECURE,
	OPTION_SUMMARY,
	OPTION_EXPECT,
	OPTION_FRAMES,
	OPTION_MQTT,
	OPTION_BUS,
	OPTION_SAVE,
	OPTION_POSTURE,
	OPTION_DIRECTORY,
	OPTION_COUNTDOWN,
	OPTION_ROOT,
	OPTION_NEW,
	OPTION_TAKES,
	OPTION_YES,
	OPTION_FORCE,
	OPTION_ROLLBACK,
	OPTION_LIST,
	OPTION_NO_RECORD,
};

static const struct option long_options[] = {
	{"broker", required_argument, NULL, OPTION_BROKER},
	{"config", required_argument, NULL, OPTION_CONFIG},
	{"help", no_argument, NULL, OPTION_HELP},
	{"json", no_argument, NULL, OPTION_JSON},
	{"node", required_argument, NULL, OPTION_NODE},
	{"seconds", required_argument, NULL, OPTION_SECONDS},
	{"prefix", required_argument, NULL, OPTION_PREFIX},
	{"user", required_argument, NULL, OPTION_USER},
	{"password-file", required_argument, NULL, OPTION_PASSWORD_FILE},
	{"tls", no_argument, NULL, OPTION_TLS},
	{"cafile", required_argument, NULL, OPTION_CAFILE},
	{"cert", required_argument, NULL, OPTION_CERT},
	{"key", required_argument, NULL, OPTION_KEY},
	{"psk-identity", required_argument, NULL, OPTION_PSK_IDENTITY},
	{"psk-file", required_argument, NULL, OPTION_PSK_FILE},
	{"insecure", no_argument, NULL, OPTION_INSECURE},
	{"summary", no_argument, NULL, OPTION_SUMMARY},
	{"expect", required_argument, NULL, OPTION_EXPECT},
	{"frames", no_argument, NULL, OPTION_FRAMES},
	{"mqtt", no_argument, NULL, OPTION_MQTT},
	{"bus", required_argument, NULL, OPTION_BUS},
	{"save", no_argument, NULL, OPTION_SAVE},
	{"posture", required_argument, NULL, OPTION_POSTURE},
	{"dir", required_argument, NULL, OPTION_DIRECTORY},
	{"countdown", required_argument, NULL, OPTION_COUNTDOWN},
	{"root", required_argument, NULL, OPTION_ROOT},
	{"new", required_argument, NULL, OPTION_NEW},
	{"takes", required_argument, NULL, OPTION_TAKES},
	{"yes", no_argument, NULL, OPTION_YES},
	{"force", no_argument, NULL, OPTION_FORCE},
	{"rollback", no_argument, NULL, OPTION_ROLLBACK},
	{"list", no_argument, NULL, OPTION_LIST},
	{"no-record", no_argument, NULL, OPTION_NO_RECORD},
	{NULL, 0, NULL, 0},
};

void options_help(FILE *stream)
{
	fputs("  -s, --seconds N         end after N seconds; record: so long [10]\n"
	      "  -j, --json              for programs\n"
	      "      --bus system|session  this bus only (default: the session's, then the system's, when the service is\n"
	      "                          there; else MQTT)\n"
	      "      --summary           watch, monitor: print the postures that came, and how often, at the end\n"
	      "      --expect M          watch, monitor: fail unless at least M different postures came\n"
	      "      --save              backend, threshold, frames: keep the value for the next start too\n"
	      "      --posture NAME      threshold, frames: of this posture alone\n"
	      "      --user NAME         record, teach: whose hand it is [the login name]\n"
	      "      --dir DIRECTORY     record, teach: the data set\n"
	      "      --countdown N       record, teach: seconds to get ready [3]\n"
	      "      --new NAME          teach: a posture that the model does not know yet\n"
	      "      --takes N           teach: of each posture [2]\n"
	      "      --no-record         teach: with the takes that are there\n"
	      "      --yes               teach: ask nothing\n"
	      "      --force             teach: install the model even when it is not better\n"
	      "      --list, --rollback  teach: the models that were installed; back to the one before\n"
	      "  -c, --config FILE       the service's configuration, for doctor, --save and the broker [" OPTIONS_CONFIG
	      "]\n\n"
	      "Through a broker, also of another machine (each of these means --mqtt):\n"
	      "      --mqtt              watch, monitor and status ask the broker of the configuration\n"
	      "  -b, --broker [mqtt[s]://]HOST[:PORT]  this broker; mqtts means --tls\n"
	      "  -n, --node NAME         which service (default: this host's name)\n"
	      "      --prefix TOPIC      what stands before the node's name in topics (default: postured)\n"
	      "      --user NAME, --password-file FILE\n"
	      "      --tls, --cafile FILE, --cert FILE, --key FILE, --psk-identity NAME, --psk-file FILE\n"
	      "      --insecure          do not check the broker's certificate\n"
	      "      --frames            watch: ask the service to publish frames meanwhile\n",
	      stream);
}

__attribute__((format(printf, 1, 2))) static int complain(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs("posturectl: ", stderr);
	vfprintf(stderr, format, arguments);
	fputs("\n", stderr);
	va_end(arguments);
	return -EINVAL;
}

static int number_take(const char *text, unsigned long max, unsigned long *ret_number)
{
	char *end;
	unsigned long number;

	errno = 0;
	number = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || number == 0 || number > max)
		return -EINVAL;
	*ret_number = number;
	return 0;
}

static int text_take(char *target, size_t size, const char *text)
{
	if (strlen(text) >= size)
		return -EINVAL;
	strcpy(target, text);
	return 0;
}

/* "mqtts://host:8883", "host:1883", "[::1]:1883", "::1", "host" */
static int broker_take(struct mqtt_settings *mqtt, const char *text)
{
	const char *host = text, *port = NULL, *end;
	unsigned long number = 0;

	if (strncmp(text, "mqtts://", 8) == 0) {
		mqtt->tls = true;
		host += 8;
	} else if (strncmp(text, "mqtt://", 7) == 0) {
		host += 7;
	}
	end = host + strlen(host);
	if (*host == '[') {
		host++;
		end = strchr(host, ']');
		if (!end || (end[1] && end[1] != ':'))
			return -EINVAL;
		port = end[1] ? end + 2 : NULL;
	} else if (strchr(host, ':') && strchr(host, ':') == strrchr(host, ':')) {
		end = strchr(host, ':');
		port = end + 1;
	}
	if (end == host || (size_t)(end - host) >= sizeof(mqtt->host) ||
	    (port && number_take(port, 65535, &number) < 0))
		return -EINVAL;
	memcpy(mqtt->host, host, (size_t)(end - host));
	mqtt->host[end - host] = '\0';
	mqtt->port = (uint16_t)number;
	return 0;
}

static void report_line(void *userdata, const char *text)
{
	(void)userdata;
	fprintf(stderr, "posturectl: %s\n", text);
}

static void report_nothing(void *userdata, const char *text)
{
	(void)userdata;
	(void)text;
}

/* A named file must be good; the default one is only a help. */
static int config_take(struct mqtt_settings *mqtt, const char *path)
{
	struct config_report report = {.line = path ? report_line : report_nothing};
	struct config config;
	int r;

	config_init(&config);
	r = config_load(path ? path : OPTIONS_CONFIG, path != NULL, &report, &config);
	if (r == 0 || !path)
		*mqtt = config.mqtt;
	mqtt->client_id[0] = '\0'; /* is the service's own */
	return path ? r : 0;
}

static const char *config_path(int argc, char **argv)
{
	const char *path = NULL;
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "b:c:hjn:s:", long_options, NULL)) != -1)
		if (option == OPTION_CONFIG)
			path = optarg;
	optind = 0;
	opterr = 1;
	return path;
}

static int option_take_number(struct options *options, int option, const char *text)
{
	unsigned long number;

	if (number_take(text, option == OPTION_SECONDS ? 1000000 : 64, &number) < 0)
		return complain("\"%s\": a whole number from 1 is needed", text);
	if (option == OPTION_SECONDS)
		options->seconds = (unsigned)number;
	else if (option == OPTION_TAKES)
		options->takes = (unsigned)number;
	else
		options->expect = (unsigned)number;
	return 0;
}

static int option_take_text(struct mqtt_settings *mqtt, int option, const char *text)
{
	const struct {
		int option;
		char *target;
		size_t size;
		bool tls;
	} texts[] = {
		{OPTION_NODE, mqtt->node, sizeof(mqtt->node), false},
		{OPTION_PREFIX, mqtt->prefix, sizeof(mqtt->prefix), false},
		{OPTION_USER, mqtt->user, sizeof(mqtt->user), false},
		{OPTION_PASSWORD_FILE, mqtt->password_file, sizeof(mqtt->password_file), false},
		{OPTION_CAFILE, mqtt->ca_file, sizeof(mqtt->ca_file), true},
		{OPTION_CERT, mqtt->cert_file, sizeof(mqtt->cert_file), true},
		{OPTION_KEY, mqtt->key_file, sizeof(mqtt->key_file), true},
		{OPTION_PSK_IDENTITY, mqtt->psk_identity, sizeof(mqtt->psk_identity), true},
		{OPTION_PSK_FILE, mqtt->psk_file, sizeof(mqtt->psk_file), true},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (texts[i].option != option)
			continue;
		mqtt->tls = mqtt->tls || texts[i].tls;
		if (text_take(texts[i].target, texts[i].size, text) == 0)
			return 0;
		return complain("\"%s\": too long", text);
	}
	return -EINVAL;
}

static int bus_take(struct options *options, const char *text)
{
	if (strcmp(text, "system") == 0)
		options->bus = BUS_OF_SYSTEM;
	else if (strcmp(text, "session") == 0)
		options->bus = BUS_OF_SESSION;
	else
		return complain("--bus \"%s\": system or session is needed", text);
	options->way = WAY_BUS;
	return 0;
}

static int countdown_take(struct options *options, const char *text)
{
	if (strlen(text) != 1 || text[0] < '0' || text[0] > '9')
		return complain("--countdown \"%s\": 0 to 9 seconds are possible", text);
	options->countdown_s = text[0] - '0';
	return 0;
}

/* Those that are only there or not. */
static bool *switch_of(struct options *options, int option)
{
	switch (option) {
	case OPTION_JSON:
		return &options->json;
	case OPTION_SUMMARY:
		return &options->summary;
	case OPTION_FRAMES:
		return &options->frames;
	case OPTION_SAVE:
		return &options->save;
	case OPTION_YES:
		return &options->yes;
	case OPTION_FORCE:
		return &options->force;
	case OPTION_ROLLBACK:
		return &options->rollback;
	case OPTION_LIST:
		return &options->list;
	case OPTION_NO_RECORD:
		return &options->no_record;
	default:
		return NULL;
	}
}

/* Those that have to do with no broker. -ENOENT: it is none of them. */
static int option_take_own(struct options *options, int option, const char *text)
{
	bool *there = switch_of(options, option);

	if (there) {
		*there = true;
		return 0;
	}
	switch (option) {
	case OPTION_CONFIG:
		options->config = text; /* and already read */
		return 0;
	case OPTION_SECONDS:
	case OPTION_EXPECT:
	case OPTION_TAKES:
		return option_take_number(options, option, text);
	case OPTION_BUS:
		return bus_take(options, text);
	case OPTION_POSTURE:
		options->posture = text;
		return 0;
	case OPTION_NEW:
		options->fresh = text;
		return 0;
	case OPTION_DIRECTORY:
		options->directory = text;
		return 0;
	case OPTION_COUNTDOWN:
		return countdown_take(options, text);
	case OPTION_ROOT:
		options->root = text;
		return 0;
	default:
		return -ENOENT;
	}
}

static int option_take_mqtt(struct options *options, int option, const char *text)
{
	options->way = WAY_MQTT;
	switch (option) {
	case OPTION_MQTT:
		return 0;
	case OPTION_BROKER:
		return broker_take(&options->mqtt, text) == 0
			       ? 0
			       : complain("--broker \"%s\": [mqtt[s]://]HOST[:PORT] is needed", text);
	case OPTION_TLS:
		options->mqtt.tls = true;
		return 0;
	case OPTION_INSECURE:
		options->mqtt.verify = false;
		return 0;
	case OPTION_USER:
		options->person = text;
		return option_take_text(&options->mqtt, option, text);
	default:
		return option_take_text(&options->mqtt, option, text);
	}
}

static int option_take(struct options *options, int option, const char *text)
{
	int r = option_take_own(options, option, text);

	return r == -ENOENT ? option_take_mqtt(options, option, text) : r;
}

int options_parse(int argc, char **argv, unsigned form, struct options *ret_options)
{
	struct options options = {.root = "", .countdown_s = -1};
	char node[MQTT_NODE_MAX], reason[MQTT_REASON_MAX];
	int option, r = config_take(&options.mqtt, config_path(argc, argv));

	if (r < 0 && !(form & OPTIONS_ANY_CONFIG))
		return r;
	while ((option = getopt_long(argc, argv, "b:c:hjn:s:", long_options, NULL)) != -1) {
		if (option == OPTION_HELP)
			return 1;
		if (option == '?' || option_take(&options, option, optarg) < 0)
			return -EINVAL;
	}
	options.words = argv + optind;
	while (optind < argc && (form & (OPTIONS_WORDS | OPTIONS_ARGUMENT)) &&
	       (options.word_count == 0 || (form & OPTIONS_WORDS))) {
		options.argument = options.words[0];
		options.word_count++;
		optind++;
	}
	if (optind < argc)
		return complain("what is \"%s\"?", argv[optind]);
	if (mqtt_endpoint_node(&options.mqtt, node, reason) < 0 ||
	    (options.way == WAY_MQTT && !(form & OPTIONS_ANY_CONFIG) && mqtt_endpoint_check(&options.mqtt, reason) < 0))
		return complain("%s", reason);
	snprintf(options.base, sizeof(options.base), "%s/%s", options.mqtt.prefix, node);
	*ret_options = options;
	return 0;
}
