/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source-rig.h - a frame source on the emulated chip, and how a test waits for what it does. Fails the test when it
 * has to wait for longer than is reasonable.
 */
#ifndef TESTS_UNIT_SOURCE_RIG_H
#define TESTS_UNIT_SOURCE_RIG_H

#include "sensor/source.h"

enum { RIG_PATIENCE_MS = 30000 };

/* 8x8 at 15 Hz with INT and LPn, an empty scene, virtual time. */
struct source_config rig_config(void);

struct source *rig_open(const struct source_config *config);

/* Waits for a frame: 1, or -ENODATA at the end. */
int rig_next(struct source *source, struct frame *ret_frame);
void rig_skip(struct source *source, unsigned frames);

struct source_health rig_health(struct source *source);
void rig_await(struct source *source, enum source_state state);

#endif
