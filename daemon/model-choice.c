/* SPDX-License-Identifier: Apache-2.0 */
/* model-choice.c - see model-choice.h. */
#include "daemon/model-choice.h"

#include <stdio.h>

#include "daemon/log.h"
#include "daemon/model-store.h"

int model_choice_open(const struct config *config, struct classifier **ret_classifier,
		      char ret_origin[MODEL_CHOICE_ORIGIN], char *ret_reason)
{
	struct nn_config nn = {.model = config->classifier.model};
	struct model_store_entry taught;

	if (nn.model[0] == '\0' && model_store_current(&taught) == 0) {
		nn.model = taught.path;
		snprintf(ret_origin, MODEL_CHOICE_ORIGIN, "taught %u", taught.number);
		if (local_classifier_ops.open(&nn, ret_classifier, ret_reason) == 0)
			return 0;
		log_event(LOG_MODEL_REFUSED, "classifier", NULL, "%s: %s; the built-in model is used instead",
			  taught.path, ret_reason);
		nn.model = "";
	}
	snprintf(ret_origin, MODEL_CHOICE_ORIGIN, "%s", nn.model[0] ? nn.model : "built-in");
	return local_classifier_ops.open(&nn, ret_classifier, ret_reason);
}
