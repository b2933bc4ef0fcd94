/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml.h - a YAML file as a small tree that knows its lines. Anchors, aliases, tags, several documents and two equal
 * keys are refused: a recipe needs none of them, and an alias can unfold a line into gigabytes.
 */
#ifndef NN_TRAIN_YAML_H
#define NN_TRAIN_YAML_H

#include <stddef.h>
#include <stdint.h>

enum {
	YAML_BYTES_MAX = 1 << 20,
	YAML_NODES_MAX = 20000,
	YAML_DEPTH_MAX = 16,
	YAML_TEXT_MAX = 1024, /* bytes of one scalar */
	YAML_REASON = 320,
};

enum yaml_kind {
	YAML_KIND_SCALAR,
	YAML_KIND_SEQUENCE,
	YAML_KIND_MAPPING,
};

struct yaml_node {
	enum yaml_kind kind;
	uint32_t line; /* from 1 */
	char *key;     /* in a mapping */
	uint32_t key_line;
	char *text;			   /* of a scalar */
	uint8_t quoted;			   /* it is text, whatever it looks like */
	struct yaml_node *children, *next; /* of a sequence or mapping, in their order */
};

/*
 * name is said in front of the line. Errors: -EBADMSG, -ENOMEM, -EFBIG; ret_reason (YAML_REASON bytes) is
 * "file:line: what". An empty file is an empty mapping.
 */
int yaml_parse(const char *name, const void *bytes, size_t size, struct yaml_node **ret_root, char *ret_reason);
struct yaml_node *yaml_free(struct yaml_node *root);

/* NULL: none. */
const struct yaml_node *yaml_child(const struct yaml_node *mapping, const char *key);
size_t yaml_count(const struct yaml_node *node);

#endif
