/* SPDX-License-Identifier: Apache-2.0 */
/* personalise.h - the recipe with which a trained model learns one user's recordings. */
#ifndef NN_TOOL_PERSONALISE_H
#define NN_TOOL_PERSONALISE_H

#include "nn/tool/run-directory.h"

/*
 * A recipe that starts from model (NULL: the shipped one), with its classes and those that the recordings below
 * `directory` add. ret_reason has RUN_DIRECTORY_REASON bytes.
 */
int personalise_write_recipe(const char *directory, const char *model, struct recipe_file *file, char *ret_reason);

#endif
