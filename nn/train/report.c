/* SPDX-License-Identifier: Apache-2.0 */
/* report.c - see report.h: history.json with everything, history.csv with a line an epoch. */
#include "nn/train/report.h"

#include <stdio.h>
#include <string.h>

enum {
	PATH = 4096,
};

int report_write(const struct history *history, const char *directory, char *ret_reason)
{
	char path[PATH];
	int r;

	snprintf(path, sizeof(path), "%s/history.json", directory);
	r = history_write_json(history, path);
	if (r == 0) {
		snprintf(path, sizeof(path), "%s/history.csv", directory);
		r = history_write_csv(history, path);
	}
	if (r < 0)
		snprintf(ret_reason, HISTORY_REASON, "%.256s: %s", path, strerror(-r));
	return r;
}
