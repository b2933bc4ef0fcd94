/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recipe.c - see recipe.h. Values are read by recipe-set.c, the list of layers by recipe-layers.c; recipe-near.c knows
 * what was meant, recipe-print.c shows the keys, recipe-use.c makes options of them.
 */
#include "nn/train/recipe.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "nn/train/recipe-keys.h"
#include "nn/train/yaml-tree.h"

enum {
	KEYS_MAX = 192,
	LINE_OF_SET = UINT32_MAX, /* not in the file: said by --set */
};

struct parser {
	const char *name;
	FILE *notes;
	struct recipe *recipe;
	char *reason;
	uint32_t lines[KEYS_MAX]; /* where a key was given; 0: not at all */
};

static int fail(const struct parser *parser, uint32_t line, const char *key, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
static int fail(const struct parser *parser, uint32_t line, const char *key, const char *format, ...)
{
	char text[RECIPE_REASON / 2];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (line == LINE_OF_SET)
		snprintf(parser->reason, RECIPE_REASON, "--set %.80s: %s", key, text);
	else
		snprintf(parser->reason, RECIPE_REASON, "%.80s:%u: %.80s: %s", parser->name, line, key, text);
	return -EINVAL;
}

static const struct recipe_key *find_key(const char *path)
{
	for (const struct recipe_key *key = recipe_keys; !recipe_key_is_end(key); key++)
		if ((key->path && !strcmp(key->path, path)) || recipe_is_one_of(path, key->st))
			return key;
	return NULL;
}

static const struct recipe_note *find_note(const char *path)
{
	for (const struct recipe_note *note = recipe_notes; note->path; note++) {
		size_t length = strlen(note->path);

		if (!strncmp(path, note->path, length) && (!path[length] || path[length] == '.'))
			return note;
	}
	return NULL;
}

static int refuse_unknown(const struct parser *parser, const char *path, uint32_t line)
{
	char name[RECIPE_PATH];

	if (recipe_nearest_key(path, name))
		return fail(parser, line, path, "no such key; the nearest one is %s", name);
	return fail(parser, line, path, "no such key; `posture-model train --keys` lists all");
}

/* --- values ---------------------------------------------------------------------------------------------------- */

static bool is_null(const struct yaml_tree *node)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL", "None"};

	if (node->kind != YAML_TREE_SCALAR)
		return !node->children;
	for (unsigned i = 0; i < sizeof(nulls) / sizeof(nulls[0]) && !node->quoted; i++)
		if (!strcmp(node->text, nulls[i]))
			return true;
	return false;
}

/* A list becomes one text with commas between. */
static int join(const struct parser *parser, const struct yaml_tree *list, const char *key, char *text, size_t room)
{
	size_t used = 0;

	text[0] = '\0';
	for (const struct yaml_tree *item = list->children; item; item = item->next) {
		int n;

		if (item->kind != YAML_TREE_SCALAR)
			return fail(parser, item->line, key, "a list of plain values is needed");
		if (strchr(item->text, ','))
			return fail(parser, item->line, key, "\"%.40s\" has a comma in it", item->text);
		n = snprintf(text + used, room - used, "%s%s", used ? "," : "", item->text);
		if (n < 0 || (size_t)n >= room - used)
			return fail(parser, item->line, key, "too long a list");
		used += (size_t)n;
	}
	return 0;
}

static bool says_the_same(const struct recipe *recipe, const struct recipe_key *key, const char *text)
{
	char reason[RECIPE_REASON];
	struct recipe copy;

	memcpy(&copy, recipe, sizeof(copy));
	return recipe_set(&copy, key, text, reason) == 0 && !memcmp(&copy, recipe, sizeof(copy));
}

static int set_value(struct parser *parser, const struct recipe_key *key, const struct yaml_tree *node,
		     const char *path)
{
	char text[RECIPE_CLASSES], reason[RECIPE_REASON];
	bool list = key->type == RECIPE_NAMES || key->type == RECIPE_SHAPE || key->type == RECIPE_NUMBERS ||
		    key->type == RECIPE_CHANNELS;
	uint32_t *line = &parser->lines[key - recipe_keys];

	if (is_null(node) && !(key->type == RECIPE_NAMES && node->kind == YAML_TREE_SEQUENCE))
		return 0;
	if (key->type == RECIPE_LAYERS) {
		*line = node->key_line;
		return recipe_read_layers(parser->name, node, parser->recipe, parser->reason);
	}
	if (node->kind == YAML_TREE_MAPPING ||
	    (node->kind == YAML_TREE_SEQUENCE && !list && key->type != RECIPE_FREEZE))
		return fail(parser, node->key_line, path, "one plain value is needed");
	if (node->kind == YAML_TREE_SCALAR)
		snprintf(text, sizeof(text), "%s", node->text);
	else if (join(parser, node, path, text, sizeof(text)) < 0)
		return -EINVAL;
	if (*line && !says_the_same(parser->recipe, key, text))
		return fail(parser, node->key_line, path, "something else is said in line %u already", *line);
	*line = node->key_line;
	if (recipe_set(parser->recipe, key, text, reason) < 0)
		return fail(parser, node->line, path, "%s", reason);
	return 0;
}

static bool is_section(const char *path)
{
	size_t length = strlen(path);

	for (const struct recipe_key *key = recipe_keys; !recipe_key_is_end(key); key++) {
		if (key->path && !strncmp(key->path, path, length) && key->path[length] == '.')
			return true;
		for (const char *at = key->st; at && *at; at += strcspn(at, "|"), at += *at == '|')
			if (!strncmp(at, path, length) && at[length] == '.')
				return true;
	}
	for (const struct recipe_note *note = recipe_notes; note->path; note++)
		if (!strncmp(note->path, path, length) && note->path[length] == '.')
			return true;
	return false;
}

/* A section may say what a key says, and then it is said once only. */
static int enter_section(struct parser *parser, const char *path, uint32_t line)
{
	const struct recipe_section *section = recipe_sections;
	uint32_t *said;
	int *value;

	while (section->path && strcmp(section->path, path) != 0)
		section++;
	if (!section->path)
		return is_section(path) ? 0 : refuse_unknown(parser, path, line);
	said = &parser->lines[find_key(section->key) - recipe_keys];
	value = (int *)((char *)parser->recipe + recipe_keys[said - parser->lines].offset);
	if (*said && *value != section->value)
		return fail(parser, line, path, "line %u says another %s already", *said, section->key);
	*said = line;
	*value = section->value;
	return 0;
}

/* An optimiser or a callback is asked for by its name alone; of other keys without a value nothing is wanted. */
static bool says_something(const struct yaml_tree *node, const char *path)
{
	return !is_null(node) || !strncmp(path, "training.callbacks.", 19) || !strncmp(path, "training.optimizer.", 19);
}

static int read_mapping(struct parser *parser, const struct yaml_tree *mapping, const char *prefix);

static int read_entry(struct parser *parser, const struct yaml_tree *node, const char *path)
{
	const struct recipe_key *key = find_key(path);
	const struct recipe_note *note = find_note(path);
	bool section = is_section(path);
	int r;

	if (key && !(section && node->kind == YAML_TREE_MAPPING))
		return set_value(parser, key, node, path);
	if (note && note->error && says_something(node, path))
		return fail(parser, node->key_line, path, "%s", note->text);
	if (note && !(section && node->kind == YAML_TREE_MAPPING)) {
		if (parser->notes && !is_null(node))
			fprintf(parser->notes, "%s:%u: %s: %s\n", parser->name, node->key_line, path, note->text);
		return 0;
	}
	r = enter_section(parser, path, node->key_line);
	if (r < 0 || is_null(node))
		return r;
	if (node->kind != YAML_TREE_MAPPING)
		return fail(parser, node->key_line, path, "a section with keys is needed");
	return read_mapping(parser, node, path);
}

static int read_mapping(struct parser *parser, const struct yaml_tree *mapping, const char *prefix)
{
	for (const struct yaml_tree *node = mapping->children; node; node = node->next) {
		char path[RECIPE_PATH];
		int n = snprintf(path, sizeof(path), "%s%s%s", prefix, *prefix ? "." : "", node->key);
		int r;

		if (n < 0 || (size_t)n >= sizeof(path))
			return fail(parser, node->key_line, prefix, "no key is as long as that");
		r = read_entry(parser, node, path);
		if (r < 0)
			return r;
	}
	return 0;
}

/* --- what is said instead of the file -------------------------------------------------------------------------- */

static int apply_set(struct parser *parser, const char *text)
{
	const char *equals = strchr(text, '=');
	const struct recipe_key *key;
	char path[RECIPE_PATH], reason[RECIPE_REASON];

	snprintf(path, sizeof(path), "%.*s", equals ? (int)(equals - text) : 80, text);
	if (!equals)
		return fail(parser, LINE_OF_SET, path, "KEY=VALUE is needed");
	key = find_key(path);
	if (!key)
		return refuse_unknown(parser, path, LINE_OF_SET);
	if (recipe_set(parser->recipe, key, equals + 1, reason) < 0)
		return fail(parser, LINE_OF_SET, path, "%s", reason);
	parser->lines[key - recipe_keys] = LINE_OF_SET;
	return 0;
}

/* --- defaults and what does not go together -------------------------------------------------------------------- */

static void set_defaults(struct recipe *recipe, bool st)
{
	char reason[RECIPE_REASON];

	*recipe = (struct recipe){.st = st};
	for (const struct recipe_key *key = recipe_keys; !recipe_key_is_end(key); key++)
		if (key->path && *key->start)
			recipe_set(recipe, key, key->start, reason);
	if (!st)
		return;
	recipe->form.representation = NN_REPRESENTATION_ST;
	recipe->form.centre = false;
	recipe->validation_share = 0.2f;
	recipe->optimiser = TRAINER_ADAM;
	recipe->schedule = TRAINER_CONSTANT;
	recipe->warm_up = 0;
	recipe->momentum = 0;
	recipe->decay = 0;
	recipe->stop_monitor = TRAINER_VALIDATION_ACCURACY;
	recipe->keep_best = true;
}

static uint32_t line_of(const struct parser *parser, const char *path)
{
	const struct recipe_key *key = find_key(path);

	return key && parser->lines[key - recipe_keys] ? parser->lines[key - recipe_keys] : 1;
}

static bool given(const struct parser *parser, const char *path)
{
	return parser->lines[find_key(path) - recipe_keys] != 0;
}

/* Others' files do not say how their inputs are made; then as ST's are. A .pnn says it, and is believed (training.c). */
static void take_form_of_start(const struct parser *parser)
{
	struct recipe *recipe = parser->recipe;

	if (!*recipe->start)
		return;
	if (!given(parser, "representation"))
		recipe->form.representation = NN_REPRESENTATION_ST;
	if (!given(parser, "centre"))
		recipe->form.centre = false;
}

/* What Keras does without a word about it. */
static void take_keras_patience(const struct parser *parser)
{
	if (parser->recipe->st && parser->recipe->schedule == TRAINER_PLATEAU && given(parser, "schedule") &&
	    !given(parser, "every"))
		parser->recipe->every = 10;
}

static int check_classes(const struct parser *parser)
{
	char copy[RECIPE_CLASSES], *rest = NULL;
	const char *names[NN_FORMAT_LABELS_MAX];
	uint32_t line = line_of(parser, "classes");
	unsigned n = 0;

	memcpy(copy, parser->recipe->classes, sizeof(copy));
	for (char *name = strtok_r(copy, ",", &rest); name; name = strtok_r(NULL, ",", &rest)) {
		size_t blanks = strspn(name, " ");

		name += blanks;
		if (!*name || strlen(name) >= NN_LABEL_MAX)
			return fail(parser, line, "classes", "\"%.40s\": a name of 1 to %d bytes is needed", name,
				    NN_LABEL_MAX - 1);
		for (unsigned i = 0; i < n; i++)
			if (!strcmp(names[i], name))
				return fail(parser, line, "classes", "%.40s is there twice", name);
		names[n++] = name;
	}
	if (n == 1)
		return fail(parser, line, "classes", "two or more are needed");
	return 0;
}

static int check_schedule(const struct parser *parser)
{
	const struct recipe_numbers *boundaries = &parser->recipe->boundaries, *rates = &parser->recipe->rates;

	if (parser->recipe->schedule != TRAINER_LR_PIECEWISE_CONSTANT_DECAY)
		return 0;
	for (unsigned i = 0; i < boundaries->n; i++)
		if (boundaries->list[i] != (float)(uint32_t)boundaries->list[i] ||
		    (i && boundaries->list[i] <= boundaries->list[i - 1]))
			return fail(parser, line_of(parser, "boundaries"), "boundaries",
				    "whole numbers are needed, each larger than the one before");
	if (rates->n != boundaries->n + 1)
		return fail(parser, line_of(parser, "rates"), "rates",
			    "one more than `boundaries` is needed: %u, not %u", boundaries->n + 1, rates->n);
	return 0;
}

static int check_whole(const struct parser *parser)
{
	const struct recipe *recipe = parser->recipe;

	if (recipe->form.nearest_mm >= recipe->form.farthest_mm)
		return fail(parser, line_of(parser, "nearest_mm"), "nearest_mm", "has to be less than farthest_mm, %g",
			    (double)recipe->form.farthest_mm);
	if (*recipe->start && (given(parser, "network") || recipe->layers))
		return fail(parser, line_of(parser, "start"), "start",
			    "the network is that of this file; leave `network` and `layers` out");
	if (recipe->layers && given(parser, "network"))
		return fail(parser, line_of(parser, "network"), "network",
			    "there are `layers`, too; leave one of them out");
	if (!*recipe->start && !recipe->layers && !layers_find_maker(recipe->network))
		return fail(parser, line_of(parser, "network"), "network",
			    "\"%.60s\" is not built in; `posture-model train --networks` lists what is",
			    recipe->network);
	if (*recipe->frozen && !*recipe->start)
		return fail(parser, line_of(parser, "frozen_layers"), "frozen_layers",
			    "only with `start` (general.model_path): a new network has nothing to keep");
	if ((recipe->distil > 0 || recipe->rehearsal) && !*recipe->start)
		return fail(parser, line_of(parser, recipe->distil > 0 ? "distil" : "rehearsal"),
			    recipe->distil > 0 ? "distil" : "rehearsal", "only with `start`: nobody else can answer");
	if (recipe->optimiser == TRAINER_LBFGS && !trainer_has_lbfgs())
		return fail(parser, line_of(parser, "optimiser"), "optimiser",
			    "built without liblbfgs; use sgd, adam or adamw");
	return check_schedule(parser) < 0 ? -EINVAL : check_classes(parser);
}

int recipe_parse_sets(const char *name, const void *bytes, size_t size, const char *const *sets, unsigned set_count,
		      FILE *notes, struct recipe *ret_recipe, char *ret_reason)
{
	static const char *const marks[] = {"operation_mode", "training", "train_parameters", "general"};
	struct recipe recipe;
	struct parser parser = {.name = name, .notes = notes, .recipe = &recipe, .reason = ret_reason};
	struct yaml_tree *root = NULL;
	bool st = false;
	int r = yaml_tree_parse(name, bytes, size, &root, ret_reason);

	if (r < 0)
		return r;
	for (unsigned i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		st = st || yaml_tree_child(root, marks[i]);
	set_defaults(&recipe, st);
	if (root->kind != YAML_TREE_MAPPING)
		r = fail(&parser, root->line, "recipe", "keys with values are needed, as in docs/training.md");
	r = r < 0 ? r : read_mapping(&parser, root, "");
	for (unsigned i = 0; i < set_count && r == 0; i++)
		r = apply_set(&parser, sets[i]);
	if (r == 0) {
		take_form_of_start(&parser);
		take_keras_patience(&parser);
	}
	r = r < 0 ? r : check_whole(&parser);
	yaml_tree_free(root);
	if (r < 0)
		recipe_clear(&recipe);
	else
		*ret_recipe = recipe;
	return r;
}

int recipe_parse(const char *name, const void *bytes, size_t size, FILE *notes, struct recipe *ret_recipe,
		 char *ret_reason)
{
	return recipe_parse_sets(name, bytes, size, NULL, 0, notes, ret_recipe, ret_reason);
}

void recipe_clear(struct recipe *recipe)
{
	free(recipe->layers);
	recipe->layers = NULL;
}
