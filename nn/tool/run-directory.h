/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run-directory.h - what a training leaves: recipe.yaml as it was given, with what --set changed in comments at its top;
 * state.bin and history.csv to go on from; model.pnn, model-float.pnn; and what nn/train/report.h writes.
 */
#ifndef NN_TOOL_RUN_DIRECTORY_H
#define NN_TOOL_RUN_DIRECTORY_H

#include "nn/train/history.h"
#include "nn/train/material.h"
#include "nn/train/recipe.h"

enum {
	RUN_DIRECTORY_PATH = 4096,
	RUN_DIRECTORY_SETS = 64,
	RUN_DIRECTORY_REASON = 4608,
};

/* A recipe with where it is from. */
struct recipe_file {
	char *text; /* owned */
	size_t size;
	char name[RUN_DIRECTORY_PATH];
	const char *sets[RUN_DIRECTORY_SETS]; /* "key=value" */
	unsigned set_count;
	char *saved_sets; /* of a run's recipe; owned */
};

/* Reads path, its notes of --set included. */
int recipe_file_read(const char *path, struct recipe_file *file, char *ret_reason);
/* Text as if it had been read; copied. */
int recipe_file_set_text(const char *name, const char *text, struct recipe_file *file, char *ret_reason);
/* Instead of an earlier one of the same key. */
int recipe_file_add_set(struct recipe_file *file, const char *key_and_value, char *ret_reason);
/* recipe_parse() and what --set says. ret_reason has RUN_DIRECTORY_REASON bytes. */
int recipe_file_parse(const struct recipe_file *file, FILE *notes, struct recipe *ret_recipe, char *ret_reason);
/* The recipe itself, behind an earlier run's notes of --set. */
const char *recipe_file_body(const struct recipe_file *file);
void recipe_file_clear(struct recipe_file *file);

/* wanted, or a new one below recipe->output with name and time in its own. ret_path has RUN_DIRECTORY_PATH bytes. */
int run_directory_make(const char *wanted, const struct recipe *recipe, char *ret_path, char *ret_reason);
int run_directory_save_recipe(const char *directory, const struct recipe_file *file, char *ret_reason);
/* All of the history that is known before a training: names, hashes, the recipe and its settings. -ENOMEM. */
int run_directory_describe(const struct recipe_file *file, const struct recipe *recipe, const struct material *material,
			   struct history *history);
/* A file of it, complete or not at all. */
int run_directory_write(const char *directory, const char *name, const void *bytes, size_t size, char *ret_reason);
void run_directory_path(const char *directory, const char *name, char *ret_path);

#endif
