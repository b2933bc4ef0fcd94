/* SPDX-License-Identifier: Apache-2.0 */
/* program-parts.h - what program.c and program-nodes.c share. */
#ifndef NN_TRAIN_PROGRAM_PARTS_H
#define NN_TRAIN_PROGRAM_PARTS_H

#include "nn/train/program.h"

enum {
	PROGRAM_NO_BUFFER = UINT16_MAX,
};

/* The buffer of a tensor, constants included, or a negative errno. */
int program_input(struct program *program, uint16_t tensor);
/* The parameter of a constant. -ENOTSUP: it is none. */
int program_parameter(struct program *program, uint16_t tensor, const struct trainer_options *options);
struct step *program_add_step(struct program *program, const struct step_kind *kind, const struct graph_node *node);

/* The step of a node but for its output, whose buffer is known already. -ENOTSUP with ret_reason, -ENOMEM. */
int program_plan_node(struct program *program, const struct trainer_options *options, const struct graph_node *node,
		      struct step **ret_step, char *ret_reason);

#endif
