/* SPDX-License-Identifier: Apache-2.0 */
/* config-dump.c - the configuration as text: effective, as the commented template, as a manual page's list. */
#include <string.h>

#include "daemon/config-key.h"

enum { WIDTH = 100 };

/* Words of text in lines that start with lead. */
static void wrap(FILE *stream, const char *lead, const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t word = strcspn(text, " ");

		if (column != 0 && column + 1 + word > WIDTH) {
			fputc('\n', stream);
			column = 0;
		}
		if (column == 0) {
			fputs(lead, stream);
			column = strlen(lead);
		} else {
			fputc(' ', stream);
			column++;
		}
		fwrite(text, 1, word, stream);
		column += word;
		text += word + (text[word] == ' ');
	}
	fputc('\n', stream);
}

/* "0 to 1, default 0.9" */
static void describe(const struct config_key *key, char *ret_text, size_t size)
{
	char allowed[CONFIG_TEXT];
	bool inherited = strcmp(key->section, "posture") == 0 && key->preset[0] == '\0';

	config_key_allowed(key, allowed, sizeof(allowed));
	snprintf(ret_text, size, "%s%s%s, default %s", allowed, key->unit ? " " : "", key->unit ? key->unit : "",
		 inherited	  ? "as in [decide]"
		 : key->preset[0] ? key->preset
				  : "empty");
}

static void dump_comment(FILE *stream, const struct config_key *key)
{
	char text[CONFIG_TEXT + 64];

	describe(key, text, sizeof(text));
	fputc('\n', stream);
	wrap(stream, "# ", key->doc);
	wrap(stream, "# ", text);
}

static void dump_posture(FILE *stream, const struct posture_settings *posture)
{
	char value[CONFIG_TEXT];

	fprintf(stream, "\n[posture %s]\n", posture->name);
	for (size_t i = 0; i < config_keys_count; i++) {
		const struct config_key *key = &config_keys[i];

		if (strcmp(key->section, "posture") != 0 || !(posture->set & config_key_bit(key)))
			continue;
		dump_comment(stream, key);
		config_key_format(key, posture, value, sizeof(value));
		fprintf(stream, "%s = %s\n", key->name, value);
	}
}

static void dump_section(FILE *stream, const struct config *config, const char *section, bool template)
{
	bool posture = strcmp(section, "posture") == 0;
	char value[CONFIG_TEXT];

	fprintf(stream, posture ? "#[posture Like]\n" : "[%s]\n", section);
	for (size_t i = 0; i < config_keys_count; i++) {
		const struct config_key *key = &config_keys[i];

		if (strcmp(key->section, section) != 0)
			continue;
		dump_comment(stream, key);
		if (posture)
			snprintf(value, sizeof(value), "%s", key->preset);
		else
			config_key_format(key, config, value, sizeof(value));
		fprintf(stream, "%s%s =%s%s\n", template ? "#" : "", key->name, value[0] ? " " : "", value);
	}
}

static void dump_file(FILE *stream, const struct config *config, bool template)
{
	fputs("# SPDX-License-Identifier: Apache-2.0\n"
	      "# postured.conf - see postured.conf(5). Files in postured.conf.d/ come after this one, in the order of "
	      "their names.\n",
	      stream);
	if (template)
		fputs("# Every key is here with its default. To change one, take off its # and write your value.\n",
		      stream);
	for (size_t i = 0; i < config_sections_count; i++) {
		const char *section = config_sections[i].name;

		if (!template && strcmp(section, "posture") == 0) {
			for (unsigned p = 0; p < config->postures; p++)
				dump_posture(stream, &config->posture[p]);
			continue;
		}
		fputc('\n', stream);
		wrap(stream, "# ", config_sections[i].doc);
		dump_section(stream, config, section, template);
	}
}

/* Text for roff: a leading dot or quote and every backslash and hyphen need care. */
static void roff(FILE *stream, const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", stream);
	for (; *text; text++)
		if (*text == '\\')
			fputs("\\e", stream);
		else if (*text == '-')
			fputs("\\-", stream);
		else
			fputc(*text, stream);
	fputc('\n', stream);
}

static void dump_man(FILE *stream)
{
	char text[CONFIG_TEXT + 64];

	for (size_t s = 0; s < config_sections_count; s++) {
		const char *section = config_sections[s].name;

		fprintf(stream, ".SS [%s%s]\n", section, strcmp(section, "posture") == 0 ? " NAME" : "");
		roff(stream, config_sections[s].doc);
		for (size_t i = 0; i < config_keys_count; i++) {
			const struct config_key *key = &config_keys[i];

			if (strcmp(key->section, section) != 0)
				continue;
			describe(key, text, sizeof(text));
			fprintf(stream, ".TP\n.B %s\n", key->name);
			roff(stream, key->doc);
			fputs(".br\n", stream);
			roff(stream, text);
			if (!key->live)
				fputs("(a change needs a restart)\n", stream);
		}
	}
}

void config_dump(const struct config *config, enum config_dump form, FILE *stream)
{
	if (form == CONFIG_DUMP_MAN)
		dump_man(stream);
	else
		dump_file(stream, config, form == CONFIG_DUMP_TEMPLATE);
}

/* --- differences ---------------------------------------------------------------------------------------------- */

static const struct posture_settings *posture_find(const struct config *config, const char *name)
{
	for (unsigned i = 0; i < config->postures; i++)
		if (strcmp(config->posture[i].name, name) == 0)
			return &config->posture[i];
	return NULL;
}

static bool posture_differs(const struct config_key *key, const struct posture_settings *a,
			    const struct posture_settings *b)
{
	bool set_a = a && (a->set & config_key_bit(key)), set_b = b && (b->set & config_key_bit(key));

	return set_a != set_b ||
	       (set_a && memcmp((const char *)a + key->offset, (const char *)b + key->offset, key->size) != 0);
}

void config_compare(const struct config *before, const struct config *after,
		    void (*changed)(void *userdata, const char *section, const char *key, bool live), void *userdata)
{
	for (size_t i = 0; i < config_keys_count; i++) {
		const struct config_key *key = &config_keys[i];
		const char *a = (const char *)before + key->offset, *b = (const char *)after + key->offset;
		char section[NN_LABEL_MAX + 16];

		if (strcmp(key->section, "posture") != 0) {
			if (memcmp(a, b, key->size) != 0)
				changed(userdata, key->section, key->name, key->live);
			continue;
		}
		/* The sections of both, those in both once. */
		for (unsigned p = 0; p < before->postures + after->postures; p++) {
			const struct posture_settings *posture =
				p < before->postures ? &before->posture[p] : &after->posture[p - before->postures];
			const struct posture_settings *old = posture_find(before, posture->name);

			if (p >= before->postures && old)
				continue;
			snprintf(section, sizeof(section), "posture %s", posture->name);
			if (posture_differs(key, old, posture_find(after, posture->name)))
				changed(userdata, section, key->name, key->live);
		}
	}
}
