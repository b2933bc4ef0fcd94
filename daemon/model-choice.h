/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model-choice.h - which model is used: the file that the configuration names; else the one that was taught last
 * (model-store.h); else the built-in one.
 */
#ifndef DAEMON_MODEL_CHOICE_H
#define DAEMON_MODEL_CHOICE_H

#include "daemon/config.h"
#include "nn/classifier.h"

enum { MODEL_CHOICE_ORIGIN = 320 };

/*
 * ret_origin: "built-in", "taught 3", or the file's path. A taught model that can't be used is reported, and the built-in
 * one stands in for it; a named file that can't is an error: ret_reason has 192 bytes.
 */
int model_choice_open(const struct config *config, struct classifier **ret_classifier,
		      char ret_origin[MODEL_CHOICE_ORIGIN], char *ret_reason);

#endif
