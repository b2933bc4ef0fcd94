/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.h - the service's payloads, read back. Everything came over the network: sizes are bounded, numbers are
 * finite, and texts hold nothing that a terminal would obey.
 */
#ifndef DAEMON_POSTURECTL_REPORT_H
#define DAEMON_POSTURECTL_REPORT_H

#include <stdbool.h>
#include <stddef.h>

enum { REPORT_TEXT = 40, REPORT_LONG = 200, REPORT_CLASSES = 64, REPORT_ZONES = 64 };

/* posture and event; previous is "" in a posture. */
struct report_posture {
	char posture[REPORT_TEXT], previous[REPORT_TEXT], ts[REPORT_TEXT];
	double confidence, distance_mm;
	bool hand;
};

struct report_frame {
	unsigned cols, rows;
	double mm[REPORT_ZONES];   /* NAN = no target */
	double kcps[REPORT_ZONES]; /* signal; NAN = no target */
	unsigned classes;
	char label[REPORT_CLASSES][REPORT_TEXT];
	double probability[REPORT_CLASSES];
};

struct report_diagnostics {
	char version[REPORT_TEXT], state[REPORT_TEXT], model[REPORT_TEXT], backend[REPORT_TEXT], ts[REPORT_TEXT];
	char device[REPORT_LONG], reason[REPORT_LONG];
	double rate_hz, latency_p50_us, latency_p99_us, uptime_s, rss_kib, temperature_c;
	double frames, dropped, events, lost, rejects, recoveries, missed_edges;
	char rejects_by[REPORT_LONG], recoveries_by[REPORT_LONG]; /* "torn 2, crc 1"; "" = none */
	char origin[REPORT_LONG], sha256[REPORT_LONG], warning[REPORT_LONG];
	double bus_ms, bus_bytes, bus_failures, bus_retries; /* I2C, since the start */
	bool has_m4, m4_gives, m4_has_own; /* the backend uses it; its results are given; its own counters are known */
	char m4_state[REPORT_TEXT], m4_reason[REPORT_LONG], m4_firmware[REPORT_TEXT];
	double results_m4, results_local, fallbacks, compared, mismatches;
	double own_inferences, own_busy, own_late, own_bad_messages, own_replies_lost;
	double own_run_us_min, own_run_us_average, own_run_us_max, own_stack_free;
	bool has_broker, broker_connected;
	char broker[REPORT_LONG], broker_reason[REPORT_LONG];
};

/* 0, or -EBADMSG with the target untouched. payload needs no closing NUL. */
int report_posture_parse(const char *payload, size_t length, struct report_posture *ret_posture);
int report_frame_parse(const char *payload, size_t length, struct report_frame *ret_frame);
int report_diagnostics_parse(const char *payload, size_t length, struct report_diagnostics *ret_diagnostics);
/* At most size - 1 bytes of printable ASCII, others become '?'. */
void report_text(const char *text, size_t length, size_t size, char *ret_text);
/* On standard output, printed anew: whatever came is one line of JSON and nothing else, or nothing. */
void report_print_json(const char *payload, size_t length);

#endif
