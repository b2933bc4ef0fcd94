/* SPDX-License-Identifier: Apache-2.0 */
/* report.h - the one place where a finished run is turned into something to look at. */
#ifndef NN_TRAIN_REPORT_H
#define NN_TRAIN_REPORT_H

#include "nn/train/history.h"

/* Writes into the run's directory, which exists. Errors: errno of the file; ret_reason (HISTORY_REASON bytes). */
int report_write(const struct history *history, const char *directory, char *ret_reason);

#endif
