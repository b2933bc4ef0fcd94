/* SPDX-License-Identifier: Apache-2.0 */
/* recipe-near.c - the key that somebody meant who wrote one that there is not. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "nn/train/recipe-keys.h"

enum { FAR = RECIPE_PATH };

/* Letters to change, add or leave out. */
static size_t distance(const char *a, const char *b)
{
	size_t rows[2][RECIPE_PATH + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n > RECIPE_PATH || m > RECIPE_PATH)
		return FAR;
	for (size_t j = 0; j <= m; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t *above = rows[(i - 1) % 2], *row = rows[i % 2];

		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			size_t change = above[j - 1] + (strncasecmp(&a[i - 1], &b[j - 1], 1) != 0);
			size_t one = above[j] < row[j - 1] ? above[j] + 1 : row[j - 1] + 1;

			row[j] = change < one ? change : one;
		}
	}
	return rows[n % 2][m];
}

/* Calls for each path of the table, also for sections: "a.b.c" is "a", "a.b" and "a.b.c". */
static void consider(const char *path, size_t length, const char *wanted, size_t *best, char *ret_name)
{
	for (size_t end = 1; end <= length; end++) {
		char part[RECIPE_PATH];
		size_t far;

		if (end < length && path[end] != '.')
			continue;
		snprintf(part, sizeof(part), "%.*s", (int)end, path);
		far = distance(part, wanted);
		if (far < *best) {
			*best = far;
			memcpy(ret_name, part, sizeof(part));
		}
	}
}

static const char *last_word(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot ? dot + 1 : path;
}

/* The right word at the wrong place: learning_rate is rate here, and has its section in ST's files. */
static bool find_word(const char *wanted, char *ret_name)
{
	const char *word = last_word(wanted);

	for (const struct recipe_key *key = recipe_keys; !recipe_key_is_end(key); key++)
		for (const char *at = key->st; at && *at; at += strcspn(at, "|"), at += *at == '|') {
			char part[RECIPE_PATH];

			snprintf(part, sizeof(part), "%.*s", (int)strcspn(at, "|"), at);
			if (strcasecmp(last_word(part), word) != 0)
				continue;
			snprintf(ret_name, RECIPE_PATH, "%s", word == wanted && key->path ? key->path : part);
			return true;
		}
	return false;
}

bool recipe_nearest_key(const char *wanted, char *ret_name)
{
	size_t best = FAR, word = strlen(last_word(wanted));

	for (const struct recipe_key *key = recipe_keys; !recipe_key_is_end(key); key++) {
		if (key->path)
			consider(key->path, strlen(key->path), wanted, &best, ret_name);
		for (const char *at = key->st; at && *at; at += strcspn(at, "|"), at += *at == '|')
			consider(at, strcspn(at, "|"), wanted, &best, ret_name);
	}
	return best <= 1 + word / 4 || find_word(wanted, ret_name) || best <= 1 + word / 2;
}
