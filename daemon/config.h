/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.h - the configuration in memory: defaults, then postured.conf, then postured.conf.d/ in order, then options.
 *
 * Files are INI (inih). What may stand in them is one table, config-keys.c; reading, checking, dumping, the commented
 * etc/postured.conf and the key section of postured.conf(5) all come from it.
 */
#ifndef DAEMON_CONFIG_H
#define DAEMON_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "daemon/decide.h"
#include "daemon/mqtt-settings.h"
#include "nn/classifier.h"
#include "sensor/source.h"

enum {
	CONFIG_TEXT = 256,   /* bytes of the longest text, with its NUL */
	CONFIG_REASON = 384, /* bytes of an error's text */
	CONFIG_POSTURES_MAX = NN_CLASSES_MAX,
};

struct sensor_settings {
	char type[16];		    /* "vl53l8cx", "replay" */
	char bus[CONFIG_TEXT];	    /* node, adapter's name, or "emulator" */
	uint16_t address;	    /* 7 bit */
	char firmware[CONFIG_TEXT]; /* "" = the usual place; with the emulator: a synthetic one */
	char int_line[64], lpn_line[64];
	uint8_t resolution, rate_hz;
	uint16_t integration_ms;
	bool continuous;
	uint8_t sharpener_percent;
	uint8_t order; /* enum source_order */
	uint16_t xtalk_margin_kcps, vhv_repeat;
	bool external_sync, all_outputs;
	char scene[CONFIG_TEXT]; /* emulator: what it looks at */
	char path[CONFIG_TEXT];	 /* replay: file or directory */
};

struct classifier_settings {
	char backend[16];  /* enum remote_mode's texts */
	uint8_t auto_goal; /* enum policy_goal */
	uint16_t m4_deadline_ms;
	char m4_channel[100];	 /* as in mcu-offload/transport.h */
	char model[CONFIG_TEXT]; /* "" = the built-in one */
};

struct decide_settings {
	struct decide_rule rule; /* of every posture that has no section of its own */
	uint32_t absence_ms;
};

/* [posture NAME]: only the keys in set (1 << position among the section's keys) replace those of [decide]. */
struct posture_settings {
	char name[NN_LABEL_MAX];
	struct decide_rule rule;
	uint32_t set;
};

/* Also the threshold of what log.h lets through: syslog's numbers. */
enum log_level { LOG_LEVEL_ERROR = 3, LOG_LEVEL_WARNING, LOG_LEVEL_NOTICE, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

struct config {
	struct sensor_settings sensor;
	struct classifier_settings classifier;
	struct decide_settings decide;
	struct posture_settings posture[CONFIG_POSTURES_MAX];
	unsigned postures;
	struct mqtt_settings mqtt;
	bool mqtt_named; /* somebody set a key of [mqtt] */
	struct {
		uint8_t bus; /* enum dbus_which */
	} dbus;
	bool dbus_named;
	struct {
		uint8_t level; /* enum log_level */
	} log;
};

/* Takes one line a fault: "FILE:LINE: section.key: what, what is allowed, did you mean X?" */
struct config_report {
	void (*line)(void *userdata, const char *text);
	void *userdata;
	unsigned errors; /* counted here */
};

/* The table's defaults. */
void config_init(struct config *ret_config);

/*
 * Defaults, then path, then the .conf files of path.d/ in the order of their names. Without required a missing file
 * at path is no error. Every fault of every file is reported. Returns 0, or -EINVAL (or the errno of a file that
 * can't be read) with ret_config untouched.
 */
int config_load(const char *path, bool required, struct config_report *report, struct config *ret_config);

/* The same for a stream, on top of what config holds; name is for the reports. Changes config even when it fails. */
int config_read(FILE *stream, const char *name, struct config_report *report, struct config *config);

/* What no single key can know: min below max, a key file with its certificate ... Reported without a line number. */
int config_check(const struct config *config, struct config_report *report);

/*
 * Sets one key from text with the checks of the table. section is as between the brackets: "decide", "posture Like".
 * Returns 0 or -EINVAL, config untouched; ret_reason (CONFIG_REASON bytes) then says what is allowed.
 */
int config_set(struct config *config, const char *section, const char *key, const char *value, char *ret_reason);

/*
 * A command that came over the air (set/<key>): a key of [decide], or POSTURE/<key of [posture NAME]>. Nothing else
 * can be changed this way.
 */
int config_command(struct config *config, const char *command, const char *value, char *ret_reason);

enum config_dump { CONFIG_DUMP_EFFECTIVE, CONFIG_DUMP_TEMPLATE, CONFIG_DUMP_MAN };

/* EFFECTIVE reads back as the same configuration; TEMPLATE is etc/postured.conf; MAN is postured.conf(5)'s key list. */
void config_dump(const struct config *config, enum config_dump form, FILE *stream);

/* Calls changed for every key that differs. live: takes effect without a restart. */
void config_compare(const struct config *before, const struct config *after,
		    void (*changed)(void *userdata, const char *section, const char *key, bool live), void *userdata);

/* Borrows the texts of config. */
void config_source(const struct config *config, struct source_config *ret_source);

/* The rules of each class of a model. A [posture NAME] that the model doesn't know is reported, and skipped. */
void config_decide(const struct config *config, const struct nn_description *model, struct config_report *report,
		   struct decide_config *ret_decide);

#endif
