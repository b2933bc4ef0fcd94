/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml-tree.h - a YAML file as a small tree that knows its lines. Anchors, aliases, tags, several documents and two equal
 * keys are refused: a recipe needs none of them, and an alias can unfold a line into gigabytes.
 */
#ifndef NN_TRAIN_YAML_TREE_H
#define NN_TRAIN_YAML_TREE_H

#include <stddef.h>
#include <stdint.h>

enum {
	YAML_TREE_BYTES_MAX = 1 << 20,
	YAML_TREE_NODES_MAX = 20000,
	YAML_TREE_DEPTH_MAX = 16,
	YAML_TREE_TEXT_MAX = 1024, /* bytes of one scalar */
	YAML_TREE_REASON = 320,
};

enum yaml_tree_kind {
	YAML_TREE_SCALAR,
	YAML_TREE_SEQUENCE,
	YAML_TREE_MAPPING,
};

struct yaml_tree {
	enum yaml_tree_kind kind;
	uint32_t line; /* from 1 */
	char *key;     /* in a mapping */
	uint32_t key_line;
	char *text;			   /* of a scalar */
	uint8_t quoted;			   /* it is text, whatever it looks like */
	struct yaml_tree *children, *next; /* of a sequence or mapping, in their order */
};

/*
 * name is said in front of the line. Errors: -EBADMSG, -ENOMEM, -EFBIG; ret_reason (YAML_TREE_REASON bytes) is
 * "file:line: what". An empty file is an empty mapping.
 */
int yaml_tree_parse(const char *name, const void *bytes, size_t size, struct yaml_tree **ret_root, char *ret_reason);
struct yaml_tree *yaml_tree_free(struct yaml_tree *root);

/* NULL: none. */
const struct yaml_tree *yaml_tree_child(const struct yaml_tree *mapping, const char *key);

#endif
