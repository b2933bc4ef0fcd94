/* SPDX-License-Identifier: Apache-2.0 */
/* recipe-keys.h - the table of all keys of a recipe. */
#ifndef NN_TRAIN_RECIPE_KEYS_H
#define NN_TRAIN_RECIPE_KEYS_H

#include "nn/train/recipe.h"

enum { RECIPE_PATH = 192 }; /* bytes of a key with its sections */

enum recipe_type {
	RECIPE_FLOAT, /* float, low..high */
	RECIPE_WHOLE, /* unsigned, low..high */
	RECIPE_BIG,   /* uint64_t */
	RECIPE_BOOL,
	RECIPE_CHOICE,	 /* int: position among the choices, from `low` */
	RECIPE_STRING,	 /* char [high] */
	RECIPE_NAMES,	 /* list of words, kept with commas: char [high] */
	RECIPE_SHAPE,	 /* uint32_t [3] */
	RECIPE_NUMBERS,	 /* struct recipe_numbers */
	RECIPE_CHANNELS, /* the same, of RECIPE_CHANNELS_MAX at most */
	RECIPE_LAYERS,
	RECIPE_MONITOR,	       /* of ST: val_loss, ... */
	RECIPE_FLIP,	       /* of ST: horizontal, vertical, horizontal_and_vertical */
	RECIPE_OPTIMISER_NAME, /* of ST */
	RECIPE_FREEZE,
	RECIPE_DEGREES,	      /* float, in radians */
	RECIPE_SCHEDULE_NAME, /* of ST's old files */
	RECIPE_MODE,	      /* operation_mode */
};

struct recipe_key {
	const char *path;
	const char *st; /* where ST's files have it, with | between; NULL: only ours */
	enum recipe_type type;
	size_t offset;
	double low, high;
	const char *start;   /* the default, as it would be written */
	const char *choices; /* with | between */
	const char *summary;
};

/* A part of ST's files that decides nothing here (error false), or that only TensorFlow can do (error true). */
struct recipe_note {
	const char *path;
	bool error;
	const char *text;
};

/* A section that already says something by being there. */
struct recipe_section {
	const char *path;
	const char *key; /* of ours that it is the value of: a choice */
	int value;
};

extern const struct recipe_key recipe_keys[];	      /* till path is NULL */
extern const struct recipe_note recipe_notes[];	      /* the same */
extern const struct recipe_section recipe_sections[]; /* the same */

static inline bool recipe_key_is_end(const struct recipe_key *key)
{
	return !key->path && !key->st;
}

/* The key or section that is probably meant; ret_name has RECIPE_PATH bytes. false: none is like it. */
bool recipe_nearest_key(const char *wanted, char *ret_name);

/* Whether `path` is one of the words with | between. */
bool recipe_is_one_of(const char *path, const char *words);
/* Sets a key from the text of a value. -EINVAL with what is allowed in ret_reason (RECIPE_REASON bytes). */
int recipe_set(struct recipe *recipe, const struct recipe_key *key, const char *text, char *ret_reason);

/* What a key is, as recipe_set() takes it (layers: how many); "" for one without a value. free() it; NULL: ENOMEM. */
char *recipe_get(const struct recipe *recipe, const struct recipe_key *key);

/* The list of layers; errors as recipe_parse(). */
struct yaml_tree;
int recipe_read_layers(const char *file, const struct yaml_tree *list, struct recipe *recipe, char *ret_reason);

#endif
