/* SPDX-License-Identifier: Apache-2.0 */
/* drop-in.h - the file of the configuration that posturectl writes: <config>.d/90-posturectl.conf. */
#ifndef DAEMON_POSTURECTL_DROP_IN_H
#define DAEMON_POSTURECTL_DROP_IN_H

enum { DROP_IN_PATH = 512 };

/*
 * Sets one key there and keeps the others. The new file appears complete, or the old one stays; what would not be read
 * back is refused. ret_path (DROP_IN_PATH bytes) is the file; on failure ret_reason (512 bytes) says why.
 */
int drop_in_set(const char *config, const char *section, const char *key, const char *value, char *ret_path,
		char *ret_reason);

#endif
