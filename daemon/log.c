/* SPDX-License-Identifier: Apache-2.0 */
/* log.c - journal or stderr (see log.h). The one place with mutable state of its own: where to write, and how much. */
#include "daemon/log.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "sensor/clock.h"

#define NS_PER_S 1000000000ull

enum { LOG_TEXT = 1024, LOG_FIELDS_MAX = 8, LOG_SLOTS = 16 };

/* How often one format was used lately. Two formats may share a slot: then the limit is a little too generous. */
struct log_slot {
	const char *format;
	uint64_t window_ns;
	unsigned count;
};

static struct {
	enum log_level level;
	enum { LOG_TO_TERMINAL, LOG_TO_MANAGER, LOG_TO_JOURNAL } target;
	struct log_slot slots[LOG_SLOTS];
} self = {.level = LOG_LEVEL_INFO};

void log_open(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	if (stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 && fstat(STDERR_FILENO, &st) == 0 &&
	    st.st_dev == device && st.st_ino == inode)
		self.target = LOG_TO_JOURNAL;
	else if (getenv("INVOCATION_ID") && !isatty(STDERR_FILENO))
		self.target = LOG_TO_MANAGER;
	else
		self.target = LOG_TO_TERMINAL;
}

void log_level_set(enum log_level level)
{
	self.level = level;
}

enum log_level log_level_get(void)
{
	return self.level;
}

/* True when the text may go out; ret_held says how many of its kind were held back before it. */
static bool admit(const char *format, enum log_level level, unsigned *ret_held)
{
	struct log_slot *slot = &self.slots[((uintptr_t)format >> 3) % LOG_SLOTS];
	uint64_t now_ns = clock_now_ns(clock_monotonic());

	*ret_held = 0;
	if (level > self.level)
		return false;
	if (level == LOG_LEVEL_DEBUG)
		return true;
	if (slot->format != format || now_ns - slot->window_ns >= LOG_WINDOW_S * NS_PER_S) {
		if (slot->format == format && slot->count > LOG_BURST)
			*ret_held = slot->count - LOG_BURST;
		*slot = (struct log_slot){.format = format, .window_ns = now_ns};
	}
	return ++slot->count <= LOG_BURST;
}

static void add_field(struct iovec *iov, int *n, char *text)
{
	iov[(*n)++] = (struct iovec){.iov_base = text, .iov_len = strlen(text)};
}

static void write_journal(enum log_level level, const char *subsystem, const char *id, const char *const *fields,
			  const char *text)
{
	char message[LOG_TEXT + 16], priority[16], system[64], message_id[64];
	char identifier[] = "SYSLOG_IDENTIFIER=postured";
	struct iovec iov[LOG_FIELDS_MAX + 5];
	int n = 0;

	snprintf(message, sizeof(message), "MESSAGE=%s: %s", subsystem, text);
	snprintf(priority, sizeof(priority), "PRIORITY=%d", (int)level);
	snprintf(system, sizeof(system), "POSTURED_SUBSYSTEM=%s", subsystem);
	add_field(iov, &n, message);
	add_field(iov, &n, priority);
	add_field(iov, &n, identifier);
	add_field(iov, &n, system);
	if (id) {
		snprintf(message_id, sizeof(message_id), "MESSAGE_ID=%s", id);
		add_field(iov, &n, message_id);
	}
	for (int i = 0; fields && fields[i] && i < LOG_FIELDS_MAX; i++)
		iov[n++] = (struct iovec){.iov_base = (void *)(uintptr_t)fields[i], .iov_len = strlen(fields[i])};
	(void)sd_journal_sendv(iov, n);
}

__attribute__((format(printf, 5, 0))) static void emit(enum log_level level, const char *subsystem, const char *id,
						       const char *const *fields, const char *format, va_list list)
{
	char text[LOG_TEXT];
	unsigned held;
	int n;

	if (!admit(format, level, &held))
		return;
	n = vsnprintf(text, sizeof(text), format, list);
	if (held > 0 && n >= 0 && (size_t)n < sizeof(text))
		snprintf(text + n, sizeof(text) - (size_t)n, " (%u more like this were held back)", held);
	/* stderr is not buffered: one dprintf is one line, whoever else writes there. */
	if (self.target == LOG_TO_JOURNAL)
		write_journal(level, subsystem, id, fields, text);
	else if (self.target == LOG_TO_MANAGER)
		dprintf(STDERR_FILENO, "<%d>%s: %s\n", (int)level, subsystem, text);
	else
		dprintf(STDERR_FILENO, "postured: %s: %s\n", subsystem, text);
}

void log_print(enum log_level level, const char *subsystem, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	emit(level, subsystem, NULL, NULL, format, list);
	va_end(list);
}

void log_event(enum log_event event, const char *subsystem, const char *const *fields, const char *format, ...)
{
#define LOG_ROW(name, id, level) {id, level},
	static const struct {
		const char *id;
		enum log_level level;
	} events[] = {LOG_EVENTS(LOG_ROW)};
#undef LOG_ROW
	va_list list;

	va_start(list, format);
	emit(events[event].level, subsystem, events[event].id, fields, format, list);
	va_end(list);
}
