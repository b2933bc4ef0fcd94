/* SPDX-License-Identifier: Apache-2.0 */
/* taught.c - see taught.h. */
#include "daemon/taught.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/log.h"
#include "daemon/model-store.h"
#include "daemon/reload.h"
#include "nn/model-file.h"
#include "nn/runtime/sha256.h"

_Static_assert(DBUS_MODELS_MAX == MODEL_STORE_KEPT + 1, "the built-in one is listed, too");

/* What the configuration names wins: whoever teaches must hear that it would be for nothing. */
static int refuse_fixed(const struct app *app, char *ret_reason)
{
	if (app->config.classifier.model[0] == '\0')
		return 0;
	snprintf(ret_reason, DBUS_REASON_MAX,
		 "the configuration names a model, and that one is used: take `model = %.200s` out of [classifier]",
		 app->config.classifier.model);
	return -EBUSY;
}

static void say_sha256(const struct app *app, char ret_sha256[65])
{
	memcpy(ret_sha256, app->pipeline.model.sha256, sizeof(app->pipeline.model.sha256));
}

static int keep_and_use(struct app *app, struct classifier *classifier, const void *bytes, size_t size,
			char *ret_reason)
{
	struct model_store_entry entry, before = {.number = 0};
	char origin[MODEL_CHOICE_ORIGIN], ignored[MODEL_STORE_REASON];
	int r = model_store_add(bytes, size, &entry, ret_reason);

	if (r < 0)
		return r;
	(void)model_store_current(&before);
	model_store_prune(entry.number);
	snprintf(origin, sizeof(origin), "taught %u", entry.number);
	r = model_store_use(entry.number, ret_reason);
	r = r < 0 ? r : reload_model(app, classifier, origin, ret_reason);
	if (r < 0) {
		(void)model_store_use(before.number, ignored);
		model_store_prune(0);
	}
	return r;
}

int taught_install(struct app *app, const void *bytes, size_t size, char ret_sha256[65], char *ret_reason)
{
	const struct nn_config nn = {.bytes = bytes, .bytes_size = size};
	struct classifier *classifier = NULL;
	int r = refuse_fixed(app, ret_reason);

	r = r < 0 ? r : local_classifier_ops.open(&nn, &classifier, ret_reason);
	r = r < 0 ? r : keep_and_use(app, classifier, bytes, size, ret_reason);
	if (r < 0) {
		classifier_free(classifier);
		log_event(LOG_MODEL_REFUSED, "classifier", NULL, "a model that was sent: %s", ret_reason);
		return r;
	}
	say_sha256(app, ret_sha256);
	return 0;
}

int taught_rollback(struct app *app, char ret_sha256[65], char *ret_reason)
{
	struct model_store_entry entries[MODEL_STORE_KEPT], current;
	unsigned n = model_store_list(entries);
	uint32_t before = 0;
	int r = refuse_fixed(app, ret_reason);

	if (r < 0)
		return r;
	if (model_store_current(&current) < 0) {
		snprintf(ret_reason, DBUS_REASON_MAX, "the built-in model is in use: there is nothing before it");
		return -ENOENT;
	}
	for (unsigned i = 0; i < n && entries[i].number < current.number; i++)
		before = entries[i].number;
	r = model_store_use(before, ret_reason);
	if (r < 0)
		return r;
	r = reload_chosen_model(app, ret_reason);
	if (r < 0)
		return r;
	say_sha256(app, ret_sha256);
	return 0;
}

/* --- telling -------------------------------------------------------------------------------------------------- */

static int copy(const void *bytes, size_t size, void **ret_bytes, size_t *ret_size)
{
	void *mine = malloc(size);

	if (!mine)
		return -ENOMEM;
	memcpy(mine, bytes, size);
	*ret_bytes = mine;
	*ret_size = size;
	return 0;
}

/* 1: it is the one that is wanted. path NULL: the built-in model. */
static int read_file(const char *path, const char *which, void **ret_bytes, size_t *ret_size)
{
	char sha256[NN_SHA256_TEXT], reason[MODEL_FILE_REASON];
	struct model_file file;
	int r = model_file_open(path, &file, reason);

	if (r < 0)
		return r;
	nn_sha256_text(file.model.header->sha256, sha256);
	if (strcmp(which, sha256) == 0 || (!path && strcmp(which, "built-in") == 0))
		r = copy(file.model.header, file.model.header->bytes, ret_bytes, ret_size) < 0 ? -ENOMEM : 1;
	model_file_close(&file);
	return r;
}

int taught_read(struct app *app, const char *which, void **ret_bytes, size_t *ret_size, char *ret_reason)
{
	const struct nn_description *model = &app->pipeline.model;
	struct model_store_entry entries[MODEL_STORE_KEPT];
	unsigned n = model_store_list(entries);
	int r;

	if (which[0] == '\0' || strcmp(which, model->sha256) == 0)
		return copy(model->file, model->file_bytes, ret_bytes, ret_size);
	r = read_file(NULL, which, ret_bytes, ret_size);
	for (unsigned i = 0; i < n && r != 1; i++)
		r = read_file(entries[i].path, which, ret_bytes, ret_size);
	if (r == 1)
		return 0;
	snprintf(ret_reason, DBUS_REASON_MAX, "no such model is kept");
	return -ENOENT;
}

static void tell_one(const char *path, struct dbus_model *model)
{
	char reason[MODEL_FILE_REASON];
	struct model_file file;

	if (model_file_open(path, &file, reason) < 0) {
		snprintf(model->name, sizeof(model->name), "(unreadable)");
		return;
	}
	nn_sha256_text(file.model.header->sha256, model->sha256);
	dbus_facts_text(model->name, sizeof(model->name), file.model.main->name);
	model_file_close(&file);
}

unsigned taught_list(struct app *app, struct dbus_model ret_models[DBUS_MODELS_MAX])
{
	struct model_store_entry entries[MODEL_STORE_KEPT];
	unsigned n = model_store_list(entries);

	memset(ret_models, 0, DBUS_MODELS_MAX * sizeof(*ret_models));
	tell_one(NULL, &ret_models[0]);
	for (unsigned i = 0; i < n; i++) {
		ret_models[i + 1].number = entries[i].number;
		ret_models[i + 1].installed_s = entries[i].installed_s;
		tell_one(entries[i].path, &ret_models[i + 1]);
	}
	for (unsigned i = 0; i <= n; i++)
		ret_models[i].in_use = strcmp(ret_models[i].sha256, app->pipeline.model.sha256) == 0;
	return n + 1;
}
