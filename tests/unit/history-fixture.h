/* SPDX-License-Identifier: Apache-2.0 */
/* history-fixture.h - made-up histories and a directory for what becomes of them. */
#ifndef TESTS_UNIT_HISTORY_FIXTURE_H
#define TESTS_UNIT_HISTORY_FIXTURE_H

#include "nn/train/history.h"

/* So many epochs and an exam of so many classes; names are of the worst kind. */
struct history fixture_history(uint32_t epochs, uint32_t classes);
struct history_epoch fixture_epoch(uint32_t epoch);

/* A new directory; fixture_remove() takes it with all that is in it. */
char *fixture_directory(void);
void fixture_remove(char *directory);
/* The text of a file in it, to be freed; NULL: not there. */
char *fixture_read(const char *directory, const char *name);

#endif
