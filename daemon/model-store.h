/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model-store.h - the models that the service was taught, newest last, and which of them is in use.
 *
 *   DIRECTORY/taught-0001.pnn ...   complete files, at most MODEL_STORE_KEPT
 *   DIRECTORY/current               a symbolic link to the one in use; none: the built-in model
 *
 * The link is changed by rename: whatever happens, it names a whole model. Going back moves it to the one before;
 * installing another one from there drops what came after.
 */
#ifndef DAEMON_MODEL_STORE_H
#define DAEMON_MODEL_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	MODEL_STORE_PATH = 512,
	MODEL_STORE_KEPT = 8,
	MODEL_STORE_REASON = 384,
};

struct model_store_entry {
	uint32_t number;      /* from 1 */
	uint64_t installed_s; /* Unix seconds */
	bool current;
	char path[MODEL_STORE_PATH];
};

/*
 * The directory: models in $STATE_DIRECTORY, which systemd sets, else in the state directory of the system for root and
 * in that of the user for others.
 */
void model_store_directory(char ret_path[MODEL_STORE_PATH]);

/* Fills at most MODEL_STORE_KEPT, the newest, in their order. Returns how many; 0 also for no directory. */
unsigned model_store_list(struct model_store_entry ret_entries[MODEL_STORE_KEPT]);

/* The one in use; -ENOENT: none. */
int model_store_current(struct model_store_entry *ret_entry);

/* Writes a new one, which is not in use yet. Negative errno, and ret_reason (MODEL_STORE_REASON bytes) says what to do. */
int model_store_add(const void *bytes, size_t size, struct model_store_entry *ret_entry, char *ret_reason);

/* Puts one in use, 0 = none; files above it stay. */
int model_store_use(uint32_t number, char *ret_reason);

/* Removes those behind the one in use but for `keep`, and the oldest ones beyond MODEL_STORE_KEPT. */
void model_store_prune(uint32_t keep);

#endif
