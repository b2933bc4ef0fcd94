/* SPDX-License-Identifier: Apache-2.0 */
/* yaml-tree.c - see yaml-tree.h. Built on libyaml's events, which know their lines and unfold nothing. */
#include "nn/train/yaml-tree.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct reader {
	yaml_parser_t parser;
	const char *name;
	char *reason;
	unsigned nodes;
};

static int fail(const struct reader *reader, size_t line, int error, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
static int fail(const struct reader *reader, size_t line, int error, const char *format, ...)
{
	char text[YAML_TREE_REASON / 2];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	snprintf(reader->reason, YAML_TREE_REASON, "%.120s:%zu: %s", reader->name, line, text);
	return error;
}

struct yaml_tree *yaml_tree_free(struct yaml_tree *root)
{
	/* Siblings in a loop, children by recursion: the depth is limited, the number of siblings is not. */
	while (root) {
		struct yaml_tree *next = root->next;

		yaml_tree_free(root->children);
		free(root->key);
		free(root->text);
		free(root);
		root = next;
	}
	return NULL;
}

static int next_event(struct reader *reader, yaml_event_t *event)
{
	if (yaml_parser_parse(&reader->parser, event))
		return 0;
	return fail(reader, reader->parser.problem_mark.line + 1, -EBADMSG, "%s",
		    reader->parser.problem ? reader->parser.problem : "this is no YAML");
}

static int check_event(const struct reader *reader, const yaml_event_t *event)
{
	size_t line = event->start_mark.line + 1;
	const yaml_char_t *anchor = NULL, *tag = NULL;

	switch (event->type) {
	case YAML_ALIAS_EVENT:
		return fail(reader, line, -EBADMSG, "aliases (*name) are not taken: write it out");
	case YAML_SCALAR_EVENT:
		anchor = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
		if (event->data.scalar.length > YAML_TREE_TEXT_MAX)
			return fail(reader, line, -EFBIG, "a text of %zu bytes; at most %d", event->data.scalar.length,
				    YAML_TREE_TEXT_MAX);
		if (memchr(event->data.scalar.value, 0, event->data.scalar.length))
			return fail(reader, line, -EBADMSG, "a text with a NUL in it");
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
		break;
	default:
		break;
	}
	if (anchor)
		return fail(reader, line, -EBADMSG, "anchors (&name) are not taken");
	if (tag)
		return fail(reader, line, -EBADMSG, "tags (!name) are not taken");
	return 0;
}

static int new_node(struct reader *reader, const yaml_event_t *event, struct yaml_tree **ret_node)
{
	struct yaml_tree *node;

	if (++reader->nodes > YAML_TREE_NODES_MAX)
		return fail(reader, event->start_mark.line + 1, -EFBIG, "more than %d values", YAML_TREE_NODES_MAX);
	node = calloc(1, sizeof(*node));
	if (!node)
		return fail(reader, event->start_mark.line + 1, -ENOMEM, "out of memory");
	node->line = (uint32_t)event->start_mark.line + 1;
	*ret_node = node;
	return 0;
}

static int read_node(struct reader *reader, yaml_event_t *event, unsigned depth, struct yaml_tree **ret_node);

static int read_key(struct reader *reader, const yaml_event_t *event, const struct yaml_tree *mapping, char **ret_key)
{
	const struct yaml_tree *other;
	size_t line = event->start_mark.line + 1;
	const char *key;

	if (event->type != YAML_SCALAR_EVENT)
		return fail(reader, line, -EBADMSG, "a key has to be a plain word");
	key = (const char *)event->data.scalar.value;
	other = yaml_tree_child(mapping, key);
	if (other)
		return fail(reader, line, -EBADMSG, "%.64s: already given in line %u", key, other->key_line);
	*ret_key = strdup(key);
	return *ret_key ? 0 : fail(reader, line, -ENOMEM, "out of memory");
}

/* Children till the end of the sequence or mapping. */
static int read_children(struct reader *reader, struct yaml_tree *node, unsigned depth)
{
	struct yaml_tree **end = &node->children;
	bool mapping = node->kind == YAML_TREE_MAPPING;
	int r = 0;

	for (;;) {
		yaml_event_t event;
		struct yaml_tree *child = NULL;
		uint32_t key_line;
		char *key = NULL;

		r = next_event(reader, &event);
		if (r < 0)
			return r;
		if (event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT) {
			yaml_event_delete(&event);
			return 0;
		}
		key_line = (uint32_t)event.start_mark.line + 1;
		r = check_event(reader, &event);
		if (r == 0 && mapping) {
			r = read_key(reader, &event, node, &key);
			yaml_event_delete(&event);
			r = r < 0 ? r : next_event(reader, &event);
			if (r < 0) {
				free(key);
				return r;
			}
			r = check_event(reader, &event);
		}
		r = r < 0 ? r : read_node(reader, &event, depth + 1, &child);
		yaml_event_delete(&event);
		if (r < 0) {
			free(key);
			return r;
		}
		child->key = key;
		child->key_line = key_line;
		*end = child;
		end = &child->next;
	}
}

/* What an event begins. */
static int read_node(struct reader *reader, yaml_event_t *event, unsigned depth, struct yaml_tree **ret_node)
{
	struct yaml_tree *node = NULL;
	int r = new_node(reader, event, &node);

	if (r < 0)
		return r;
	if (event->type == YAML_SCALAR_EVENT) {
		node->text = strdup((const char *)event->data.scalar.value);
		node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
		r = node->text ? 0 : fail(reader, node->line, -ENOMEM, "out of memory");
	} else if (depth >= YAML_TREE_DEPTH_MAX) {
		r = fail(reader, node->line, -EFBIG, "deeper than %d levels", YAML_TREE_DEPTH_MAX);
	} else {
		node->kind = event->type == YAML_MAPPING_START_EVENT ? YAML_TREE_MAPPING : YAML_TREE_SEQUENCE;
		r = read_children(reader, node, depth);
	}
	if (r < 0)
		yaml_tree_free(node);
	else
		*ret_node = node;
	return r;
}

static int read_document(struct reader *reader, struct yaml_tree **ret_root)
{
	struct yaml_tree *root = NULL;
	int r = 0;

	for (bool done = false; r == 0 && !done;) {
		yaml_event_t event;

		r = next_event(reader, &event);
		if (r < 0)
			break;
		done = event.type == YAML_STREAM_END_EVENT;
		r = check_event(reader, &event);
		if (r == 0 && event.type == YAML_DOCUMENT_START_EVENT && root)
			r = fail(reader, event.start_mark.line + 1, -EBADMSG, "a second document");
		if (r == 0 && (event.type == YAML_MAPPING_START_EVENT || event.type == YAML_SEQUENCE_START_EVENT ||
			       event.type == YAML_SCALAR_EVENT))
			r = read_node(reader, &event, 0, &root);
		yaml_event_delete(&event);
	}
	if (r == 0 && !root) {
		root = calloc(1, sizeof(*root));
		r = root ? 0 : fail(reader, 1, -ENOMEM, "out of memory");
		if (root) {
			root->kind = YAML_TREE_MAPPING;
			root->line = 1;
		}
	}
	if (r < 0)
		yaml_tree_free(root);
	else
		*ret_root = root;
	return r;
}

int yaml_tree_parse(const char *name, const void *bytes, size_t size, struct yaml_tree **ret_root, char *ret_reason)
{
	struct reader reader = {.name = name, .reason = ret_reason};
	int r;

	if (size > YAML_TREE_BYTES_MAX)
		return fail(&reader, 1, -EFBIG, "%zu bytes; at most %d", size, YAML_TREE_BYTES_MAX);
	if (!yaml_parser_initialize(&reader.parser))
		return fail(&reader, 1, -ENOMEM, "out of memory");
	yaml_parser_set_input_string(&reader.parser, bytes, size);
	r = read_document(&reader, ret_root);
	yaml_parser_delete(&reader.parser);
	return r;
}

const struct yaml_tree *yaml_tree_child(const struct yaml_tree *mapping, const char *key)
{
	for (const struct yaml_tree *child = mapping->children; child; child = child->next)
		if (child->key && !strcmp(child->key, key))
			return child;
	return NULL;
}
