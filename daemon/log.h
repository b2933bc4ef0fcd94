/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.h - what the service tells its operator: to the journal with fields when stderr is the journal, else to stderr,
 * with "<N>" in front when a manager reads it and without when a person does.
 *
 * The first argument names the subsystem ("sensor", "mqtt", ...). A text that repeats more than LOG_BURST times in
 * LOG_WINDOW_S seconds is held back, and the number of those held back is told afterwards. For the event loop's
 * thread only.
 */
#ifndef DAEMON_LOG_H
#define DAEMON_LOG_H

#include "daemon/config.h"
#include "daemon/log-ids.h"

enum { LOG_BURST = 10, LOG_WINDOW_S = 10 };

#define LOG_ENUM(name, id, level) LOG_##name,
enum log_event { LOG_EVENTS(LOG_ENUM) LOG_EVENTS_COUNT };
#undef LOG_ENUM

/* Finds out where stderr goes. Until then everything goes there as it is. */
void log_open(void);
void log_level_set(enum log_level level);
enum log_level log_level_get(void);

void log_print(enum log_level level, const char *subsystem, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * With the MESSAGE_ID and level of the event. fields: "NAME=value" texts for the journal, NULL at the end; or NULL.
 */
void log_event(enum log_event event, const char *subsystem, const char *const *fields, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#define log_error(...)	 log_print(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_print(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...)	 log_print(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...)	 log_print(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)	 log_print(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
