/* SPDX-License-Identifier: Apache-2.0 */
/* trials.c - see trials.h. Labels of arrays are in trials-labels.c. */
#include "nn/tool/trials.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/tool/hash-file.h"
#include "nn/tool/runner.h"
#include "nn/tool/trials-labels.h"
#include "sensor/recording.h"

static int fail(char *ret_reason, int error, const char *format, ...) __attribute__((format(printf, 3, 4)));
static int fail(char *ret_reason, int error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(ret_reason, TRIALS_REASON, format, arguments);
	va_end(arguments);
	return error;
}

static int reserve(struct trials *trials, size_t more)
{
	size_t room = trials->n + more;
	void *grown;

	if (room <= trials->room)
		return 0;
	room = room < 2 * trials->room ? 2 * trials->room : room;
	grown = reallocarray(trials->inputs, room, trials->elements * sizeof(*trials->inputs));
	if (!grown)
		return -ENOMEM;
	trials->inputs = grown;
	grown = reallocarray(trials->labels, room, sizeof(*trials->labels));
	if (!grown)
		return -ENOMEM;
	trials->labels = grown;
	trials->room = room;
	return 0;
}

static int add_file(struct trials *trials, const char *path)
{
	void *grown = reallocarray(trials->files, trials->file_count + 1, sizeof(*trials->files));
	int r;

	if (!grown)
		return -ENOMEM;
	trials->files = grown;
	r = hash_file(path, trials->files[trials->file_count]);
	trials->file_count += r == 0;
	return r;
}

/* --- recordings ------------------------------------------------------------------------------------------------ */

static int32_t find_label(const struct nn_model *model, const struct recording *recording, const struct frame *frame)
{
	const char *name = recording_class_of(recording, frame);

	for (uint32_t i = 0; name && i < model->main->classes; i++)
		if (!strcmp(name, model->labels[i]))
			return (int32_t)i;
	return TRIALS_NO_LABEL;
}

static int add_recording(struct trials *trials, const struct nn_model *model, const struct recording *recording)
{
	if (reserve(trials, recording->n) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < recording->n; i++) {
		float *input = trials->inputs + trials->n * trials->elements;
		struct nn_hand hand;

		if (nn_preprocess(&model->main->preprocess, &recording->frames[i], input, &hand) != 0 ||
		    !hand.present) {
			trials->no_hand++;
			continue;
		}
		trials->labels[trials->n] = find_label(model, recording, &recording->frames[i]);
		trials->no_label += trials->labels[trials->n++] == TRIALS_NO_LABEL;
	}
	return 0;
}

static int read_recordings(const char *path, const struct nn_model *model, struct trials *trials, char *ret_reason)
{
	char reason[RECORDING_REASON];
	struct recording_list list;
	int r = recording_list_open(path, &list, reason);

	if (r < 0)
		return fail(ret_reason, r, "%s", reason);
	for (size_t i = 0; i < list.n && r == 0; i++) {
		struct recording recording;

		r = recording_read(list.paths[i], &recording, reason);
		if (r < 0) {
			fail(ret_reason, r, "%s", reason);
			break;
		}
		r = add_recording(trials, model, &recording);
		recording_clear(&recording);
		r = r < 0 ? r : add_file(trials, list.paths[i]);
		if (r < 0)
			fail(ret_reason, r, "%.256s: %s", list.paths[i], strerror(-r));
	}
	recording_list_clear(&list);
	return r;
}

/* --- arrays and pictures --------------------------------------------------------------------------------------- */

/* The samples are written as if to a network whose input is float. */
static int add_samples(struct trials *trials, const struct nn_model *model, const struct samples *samples,
		       const struct nn_tensor *input)
{
	const size_t n = (size_t)samples->n;

	if (n != samples->n || reserve(trials, n) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct nn_run place = {
			.model = model,
			.arena = (uint8_t *)(trials->inputs + trials->n * trials->elements),
		};
		int r = samples_write(samples, i, &place, input);

		if (r < 0)
			return r;
		trials->labels[trials->n++] = TRIALS_NO_LABEL;
		trials->no_label++;
	}
	return 0;
}

static int read_samples(const struct trials_source *source, const struct nn_model *model, struct trials *trials,
			char *ret_reason)
{
	struct nn_tensor input = *nn_model_input(model);
	char reason[SAMPLES_REASON];
	struct samples samples;
	int r;

	input.type = NN_TYPE_F32;
	input.bytes = nn_tensor_elements(&input) * (uint32_t)sizeof(float);
	input.scale_count = 0;
	input.location = 0;
	r = samples_open(source->path, &input, &source->form, &samples, reason);
	if (r < 0)
		return fail(ret_reason, r, "%.256s: %s", source->path, reason);
	r = add_samples(trials, model, &samples, &input);
	samples_clear(&samples);
	r = r < 0 ? r : add_file(trials, source->path);
	if (r < 0)
		return fail(ret_reason, r, "%.256s: %s", source->path, strerror(-r));
	if (!source->labels)
		return 0;
	r = trials_labels_read(source->labels, nn_tensor_elements(nn_model_output(model)), trials->labels, trials->n,
			       reason);
	trials->no_label = 0;
	return r < 0 ? fail(ret_reason, r, "%.256s: %s", source->labels, reason) : 0;
}

int trials_read(const struct trials_source *source, const struct nn_model *model, struct trials *ret_trials,
		char *ret_reason)
{
	struct trials trials = {.elements = nn_tensor_elements(nn_model_input(model))};
	bool recordings = samples_is_recording(source->path);
	uint8_t digest[NN_SHA256_BYTES];
	int r;

	if (recordings && model->main->input_form != NN_INPUT_FRAME)
		return fail(ret_reason, -EINVAL,
			    "%.256s: the model takes no sensor frames; a .npy or a picture is needed", source->path);
	r = recordings ? read_recordings(source->path, model, &trials, ret_reason)
		       : read_samples(source, model, &trials, ret_reason);
	if (r == 0 && !trials.n)
		r = fail(ret_reason, -EINVAL, "%.256s: nothing in it that the model can take", source->path);
	if (r < 0) {
		trials_clear(&trials);
		return r;
	}
	nn_sha256_of(trials.files, trials.file_count * sizeof(*trials.files), digest);
	nn_sha256_text(digest, trials.sha256);
	*ret_trials = trials;
	return 0;
}

void trials_clear(struct trials *trials)
{
	free(trials->inputs);
	free(trials->labels);
	free(trials->files);
	*trials = (struct trials){0};
}

/* --- overlap --------------------------------------------------------------------------------------------------- */

/* FNV-1a: equal inputs are equal numbers, and others hardly ever. */
static uint64_t number_of(const void *data, size_t n)
{
	const uint8_t *bytes = data;
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static int compare_numbers(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* How many of b[nb] items are among a[na]. */
static int count_common(const void *a, size_t na, const void *b, size_t nb, size_t item, size_t *ret_n)
{
	uint64_t *numbers = malloc((na ? na : 1) * sizeof(*numbers));
	size_t n = 0;

	if (!numbers)
		return -ENOMEM;
	for (size_t i = 0; i < na; i++)
		numbers[i] = number_of((const uint8_t *)a + i * item, item);
	qsort(numbers, na, sizeof(*numbers), compare_numbers);
	for (size_t i = 0; i < nb; i++) {
		uint64_t number = number_of((const uint8_t *)b + i * item, item);

		n += bsearch(&number, numbers, na, sizeof(*numbers), compare_numbers) != NULL;
	}
	free(numbers);
	*ret_n = n;
	return 0;
}

int trials_overlap(const struct trials *a, const struct trials *b, size_t *ret_files, size_t *ret_inputs)
{
	int r = count_common(a->files, a->file_count, b->files, b->file_count, sizeof(*a->files), ret_files);

	if (r == 0 && a->elements == b->elements)
		r = count_common(a->inputs, a->n, b->inputs, b->n, a->elements * sizeof(*a->inputs), ret_inputs);
	return r;
}

/* --- judging --------------------------------------------------------------------------------------------------- */

int trials_judge(const struct trials *trials, const struct nn_model *model, struct trials_score *ret_score)
{
	struct trials_score score = {0};
	struct runner runner;
	int r = runner_open(model, &runner);

	if (r < 0)
		return r;
	for (size_t i = 0; i < trials->n; i++) {
		if (trials->labels[i] == TRIALS_NO_LABEL)
			continue;
		runner_run(&runner, trials_input(trials, i));
		score.right += runner_best(&runner) == (uint32_t)trials->labels[i];
		score.n++;
	}
	runner_close(&runner);
	*ret_score = score;
	return 0;
}

double trials_percent(struct trials_score score)
{
	return score.n ? 100.0 * (double)score.right / (double)score.n : 0;
}
