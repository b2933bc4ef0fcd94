/* SPDX-License-Identifier: Apache-2.0 */
/* test-recipe.c - recipes: what they mean, and what is said of those that mean nothing. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nn/train/frozen-layers.h"
#include "nn/train/recipe.h"
#include "nn/train/yaml-tree.h"

static char reason[RECIPE_REASON];

static int parse(const char *text, struct recipe *recipe)
{
	*reason = '\0';
	return recipe_parse("r.yaml", text, strlen(text), NULL, recipe, reason);
}

static void refuse(const char *text, const char *wanted)
{
	struct recipe recipe;

	assert_true(parse(text, &recipe) < 0);
	if (!strstr(reason, wanted))
		fail_msg("\"%s\" says: %s", wanted, reason);
}

static void test_defaults(void **state)
{
	struct nn_preprocess preprocess;
	struct recipe recipe;

	(void)state;
	assert_int_equal(parse("", &recipe), 0);
	assert_false(recipe.st);
	assert_int_equal(recipe.epochs, 150);
	assert_int_equal(recipe.batch, 64);
	assert_int_equal(recipe.optimiser, TRAINER_ADAMW);
	assert_int_equal(recipe.schedule, TRAINER_COSINE);
	assert_true(recipe.form.centre);
	assert_true(recipe.dropout < 0);
	preprocess = recipe_preprocess(&recipe);
	assert_int_equal(preprocess.representation, NN_REPRESENTATION_RELATIVE);
	assert_int_equal(preprocess.flags, NN_PREPROCESS_CENTRE);
	assert_true(preprocess.background_distance == -1.3f);
	recipe_clear(&recipe);
}

static void test_own(void **state)
{
	struct recipe recipe;

	(void)state;
	assert_int_equal(parse("name: mine\nseed: 7\ndata: here\nclasses: [None, Like, \"Two words\"]\n"
			       "rate: 5e-3\noptimiser: SGD\nnesterov: yes\nmean: [0.1, 0.2, 0.3]\ninput: 784\n"
			       "augmentation:\n  mirror: 0.5\n  rotation: 45\nnegatives: {speckle: 3}\n"
			       "split: user\nkind: recordings\n",
			       &recipe),
			 0);
	assert_string_equal(recipe.name, "mine");
	assert_int_equal(recipe.seed, 7);
	assert_string_equal(recipe.classes, "None,Like,Two words");
	assert_true(recipe.rate == 5e-3f);
	assert_int_equal(recipe.optimiser, TRAINER_SGD);
	assert_true(recipe.nesterov);
	assert_int_equal(recipe.pixels.mean.n, 3);
	assert_true(recipe.pixels.mean.list[2] == 0.3f);
	assert_int_equal(recipe.input[0], 1);
	assert_int_equal(recipe.input[2], 784);
	assert_true(recipe.augmentation.mirror == 0.5f);
	assert_true(recipe.augmentation.rotation > 0.785f && recipe.augmentation.rotation < 0.786f);
	assert_int_equal(recipe.negatives[NEGATIVE_SPECKLE], 3);
	assert_int_equal(recipe.split, RECIPE_SPLIT_USER);
	assert_int_equal(recipe.data_kind, RECIPE_DATA_RECORDINGS);
	recipe_clear(&recipe);
}

/* A file as ST's examples are, also the older form. */
static void test_zoo(void **state)
{
	static const char zoo[] =
		"general:\n  project_name: hp\n  model_path:\n  display_figures: True\n  global_seed: 42\n"
		"operation_mode: training\n"
		"dataset:\n  name: x\n  class_names: [None, Like]\n  training_path: ../d\n  validation_split:\n"
		"preprocessing:\n  Max_distance: 350\n  Min_distance: 150\n  Background_distance: 110\n"
		"data_augmentation:\n  random_flip:\n    mode: horizontal\n"
		"training:\n  model:\n    name: CNN2D_ST_HandPosture\n    version: v1\n    input_shape: (8, 8, 2)\n"
		"  frozen_layers: #(0:-1)\n  dropout: 0.3\n  batch_size: 16\n  epochs: 1000\n"
		"  optimizer:\n    Adam:\n      learning_rate: 0.02\n"
		"  callbacks:\n    ReduceLROnPlateau:\n      monitor: val_loss\n      factor: 0.2\n      patience: 21\n"
		"      min_lr: 1.0e-04\n    EarlyStopping:\n      monitor: val_accuracy\n"
		"      restore_best_weights: true\n      patience: 40\n"
		"tools:\n  stedgeai:\n    version: 10.0.0\nmlflow:\n  uri: ./m\nhydra:\n  run:\n    dir: ./${now:%Y}\n";
	static const char older[] =
		"general:\n  project_name: hp\ntrain_parameters:\n  batch_size: 32\n  training_epochs: 11\n"
		"  optimizer: adam\n  initial_learning: 0.01\n  learning_rate_scheduler: reducelronplateau\n"
		"data_augmentation:\n  RandomFlip: horizontal\nmodel:\n  model_type:\n    name: CNN2D_ST_HandPosture\n"
		"  input_shape:\n  - 8\n  - 8\n  - 2\n  dropout: 0.5\n";
	static const char newer[] =
		"general:\n  project_name: hp\noperation_mode: training\nmodel:\n  model_name: st_cnn2d_handposture\n"
		"  input_shape: (8, 8, 2)\ndataset:\n  dataset_name: x\n  class_names:\n  - None\n  - Like\n"
		"  training_path: d\n  validation_split: null\ntraining:\n  frozen_layers: null\n  resume_training_from: null\n  epochs: 3\n"
		"  optimizer:\n    Adam:\n      learning_rate: 0.01\n";
	struct recipe recipe;
	FILE *notes;
	char *text = NULL;
	size_t size;

	(void)state;
	notes = open_memstream(&text, &size);
	assert_int_equal(recipe_parse("r.yaml", zoo, strlen(zoo), notes, &recipe, reason), 0);
	fclose(notes);
	assert_non_null(strstr(text, "r.yaml:4: general.display_figures: "));
	assert_non_null(strstr(text, "tools: for ST's tools"));
	assert_null(strstr(text, "model_path"));
	free(text);
	assert_true(recipe.st);
	assert_int_equal(recipe.form.representation, NN_REPRESENTATION_ST);
	assert_false(recipe.form.centre);
	assert_true(recipe.form.nearest_mm == 150 && recipe.form.farthest_mm == 350 &&
		    recipe.form.background_mm == 110);
	assert_true(recipe.validation_share == 0.2f);
	assert_int_equal(recipe.seed, 42);
	assert_int_equal(recipe.optimiser, TRAINER_ADAM);
	assert_true(recipe.rate == 0.02f && recipe.factor == 0.2f && recipe.lowest == 1e-4f && recipe.dropout == 0.3f);
	assert_int_equal(recipe.schedule, TRAINER_PLATEAU);
	assert_int_equal(recipe.every, 21);
	assert_int_equal(recipe.patience, 40);
	assert_int_equal(recipe.stop_monitor, TRAINER_VALIDATION_ACCURACY);
	assert_true(recipe.keep_best);
	assert_true(recipe.augmentation.mirror == 0.5f && recipe.augmentation.flip == 0);
	assert_true(recipe.decay == 0 && recipe.warm_up == 0);
	recipe_clear(&recipe);
	assert_int_equal(parse(newer, &recipe), 0);
	assert_string_equal(layers_find_maker(recipe.network)->name, "CNN2D_ST_HandPosture");
	assert_string_equal(recipe.classes, "None,Like");
	recipe_clear(&recipe);
	assert_int_equal(parse(older, &recipe), 0);
	assert_int_equal(recipe.epochs, 11);
	assert_int_equal(recipe.schedule, TRAINER_PLATEAU);
	assert_true(recipe.dropout == 0.5f && recipe.augmentation.mirror == 0.5f);
	recipe_clear(&recipe);
}

static void test_errors(void **state)
{
	(void)state;
	refuse("a: 1\n", "r.yaml:1: a: no such key");
	refuse("\nepoch: 3\n", "r.yaml:2: epoch: no such key; the nearest one is epochs");
	refuse("general: {}\ntraining:\n  batchsize: 3\n",
	       "r.yaml:3: training.batchsize: no such key; the nearest one is "
	       "training.batch_size");
	refuse("epochs: none\n", "r.yaml:1: epochs: \"none\": a whole number from 1 to 100000 is needed");
	refuse("epochs: 2.5\n", "whole number");
	refuse("rate: nan\n", "rate: \"nan\": a number from");
	refuse("optimiser: rmsprop\n", "one of sgd|adam|adamw|lbfgs");
	refuse("training:\n  optimizer:\n    RMSprop:\n      learning_rate: 1\n",
	       "r.yaml:3: training.optimizer.RMSprop: is "
	       "TensorFlow's only");
	refuse("training:\n  callbacks:\n    LearningRateScheduler:\n      schedule: |\n        lambda\n",
	       "Python code");
	refuse("training:\n  callbacks:\n    TensorBoard:\n", "is built in");
	refuse("training:\n  callbacks:\n    ExponentialDecay:\n      decay_steps: 1\n", "say LRExponentialDecay");
	refuse("training:\n  resume_training_from: x\n", "say `posture-model train --resume DIRECTORY`");
	refuse("operation_mode: deployment\n", "this command trains");
	refuse("nearest_mm: 400\nfarthest_mm: 300\n", "r.yaml:1: nearest_mm: has to be less");
	refuse("batch: 3\ngeneral: {}\ntraining:\n  batch_size: 4\n",
	       "r.yaml:4: training.batch_size: something else is said in "
	       "line 1 already");
	refuse("network: alexnet\n", "not built in");
	refuse("network: res88\nstart: x.h5\n", "leave `network`");
	refuse("frozen_layers: (0:-1)\n", "only with `start`");
	refuse("start: x\nfrozen_layers: (0;1)\n", "no list of layers");
	refuse("distil: 0.5\n", "only with `start`");
	refuse("classes: [A]\n", "two or more");
	refuse("classes: [A, B, A]\n", "A is there twice");
	refuse("classes: [A, {b: c}]\n", "plain values");
	refuse("augmentation: 3\n", "a section with keys");
	refuse("epochs: [3]\n", "one plain value");
	refuse("- a\n- b\n", "keys with values");
	refuse("input: (8, 8)\n", "[height, width, channels]");
}

static int parse_sets(const char *text, const char *first, const char *second, struct recipe *recipe)
{
	const char *const sets[] = {first, second};

	*reason = '\0';
	return recipe_parse_sets("r.yaml", text, strlen(text), sets, 2, NULL, recipe, reason);
}

static void refuse_set(const char *text, const char *set, const char *wanted)
{
	struct recipe recipe;

	assert_int_equal(parse_sets(text, set, "batch=3", &recipe), -EINVAL);
	if (!strstr(reason, wanted))
		fail_msg("\"%s\" says: %s", wanted, reason);
}

/* What --set says counts instead of the file, and has to go together with it. */
static void test_sets(void **state)
{
	struct recipe recipe;

	(void)state;
	assert_int_equal(parse_sets("distil: 0.5\nepochs: 3\n", "start=x.pnn", "epochs=4", &recipe), 0);
	assert_string_equal(recipe.start, "x.pnn");
	assert_int_equal(recipe.epochs, 4);
	recipe_clear(&recipe);
	assert_int_equal(parse_sets("general: {}\n", "training.batch_size=5", "training.optimizer=SGD", &recipe), 0);
	assert_int_equal(recipe.batch, 5);
	assert_int_equal(recipe.optimiser, TRAINER_SGD);
	recipe_clear(&recipe);
	refuse_set("", "nearest_mm=500", "--set nearest_mm: has to be less than farthest_mm");
	refuse_set("", "frozen_layers=(0)", "--set frozen_layers: only with `start`");
	refuse_set("network: res88\n", "start=x", "--set start: the network is that of this file");
	refuse_set("", "epoch=3", "--set epoch: no such key; the nearest one is epochs");
	refuse_set("", "epochs=none", "--set epochs: \"none\": a whole number");
	refuse_set("", "epochs", "--set epochs: KEY=VALUE is needed");
	refuse_set("", "layers=conv", "--set layers: a list of layers is needed");
}

/* ST's schedules have a rate of their own. */
static void test_callbacks(void **state)
{
	struct recipe recipe;

	(void)state;
	assert_int_equal(parse("training:\n  optimizer: Adam\n  callbacks:\n    LRStepDecay:\n      initial_lr: 0.002\n"
			       "      step_size: 30\n      decay_rate: 0.4\n      min_lr: 1e-7\n      verbose: 0\n",
			       &recipe),
			 0);
	assert_int_equal(recipe.optimiser, TRAINER_ADAM);
	assert_int_equal(recipe.schedule, TRAINER_LR_STEP_DECAY);
	assert_true(recipe.rate == 0.002f && recipe.every == 30 && recipe.factor == 0.4f && recipe.lowest == 1e-7f);
	recipe_clear(&recipe);
	assert_int_equal(
		parse("training:\n  optimizer: {Adam: {learning_rate: 0.1}}\n  callbacks:\n    LRCosineDecay:\n"
		      "      initial_lr: 0.003\n      hold_steps: 0\n      decay_steps: 180\n      end_lr: 1e-6\n",
		      &recipe),
		0);
	assert_int_equal(recipe.schedule, TRAINER_LR_COSINE_DECAY);
	assert_int_equal(recipe.over, 180);
	assert_true(recipe.rate == 0.003f && recipe.lowest == 1e-6f);
	recipe_clear(&recipe);
}

/* Keras's own: what each argument becomes. */
static void test_keras(void **state)
{
	struct recipe recipe;

	(void)state;
	assert_int_equal(
		parse("training:\n  callbacks:\n    ReduceLROnPlateau: {monitor: val_accuracy, mode: max, factor: 0.5,\n"
		      "      patience: 7, min_delta: 0.01, cooldown: 3, min_lr: 1e-5, verbose: 1}\n"
		      "    EarlyStopping: {monitor: val_accuracy, min_delta: 0.002, patience: 9, mode: auto, verbose: 1,\n"
		      "      baseline: 0.75, restore_best_weights: true, start_from_epoch: 5}\n"
		      "    ModelCheckpoint: {monitor: val_accuracy, mode: max, save_best_only: True, filepath: x}\n"
		      "    TerminateOnNaN:\n",
		      &recipe),
		0);
	assert_int_equal(recipe.schedule, TRAINER_PLATEAU);
	assert_int_equal(recipe.monitor, TRAINER_VALIDATION_ACCURACY);
	assert_true(recipe.factor == 0.5f && recipe.delta == 0.01f && recipe.lowest == 1e-5f);
	assert_int_equal(recipe.every, 7);
	assert_int_equal(recipe.cooldown, 3);
	assert_int_equal(recipe.stop_monitor, TRAINER_VALIDATION_ACCURACY);
	assert_true(recipe.stop_delta == 0.002f && recipe.stop_baseline == 0.75f);
	assert_int_equal(recipe.patience, 9);
	assert_int_equal(recipe.stop_from, 5);
	assert_true(recipe.keep_best);
	recipe_clear(&recipe);
	assert_int_equal(parse("training:\n  callbacks:\n    ReduceLROnPlateau:\n", &recipe), 0);
	assert_int_equal(recipe.schedule, TRAINER_PLATEAU);
	assert_int_equal(recipe.every, 10);
	recipe_clear(&recipe);
	refuse("training:\n  callbacks:\n    EarlyStopping: {monitor: val_accuracy}\n    ModelCheckpoint: {monitor: loss}\n",
	       "r.yaml:4: training.callbacks.ModelCheckpoint.monitor: something else is said in line 3 already");
}

/* How inputs of others' files are made. */
static void test_start(void **state)
{
	struct recipe recipe;

	(void)state;
	assert_int_equal(parse("start: x.h5\n", &recipe), 0);
	assert_int_equal(recipe.form.representation, NN_REPRESENTATION_ST);
	assert_false(recipe.form.centre);
	recipe_clear(&recipe);
	assert_int_equal(parse("start: x.h5\nrepresentation: relative\ncentre: yes\n", &recipe), 0);
	assert_int_equal(recipe.form.representation, NN_REPRESENTATION_RELATIVE);
	assert_true(recipe.form.centre);
	recipe_clear(&recipe);
}

/* A word of ST's, or at the wrong place. */
static void test_nearest(void **state)
{
	(void)state;
	refuse("learning_rate: 1\n", "the nearest one is rate");
	refuse("batch_size: 1\n", "the nearest one is batch");
	refuse("optimizer: sgd\n", "the nearest one is optimiser");
	refuse("training:\n  learning_rate: 1\n", "the nearest one is training.optimizer.SGD.learning_rate");
	refuse("augmentation:\n  rotate: 1\n", "the nearest one is augmentation.rotation");
	refuse("zzzzzzzz: 1\n", "--keys` lists all");
}

static void test_hostile(void **state)
{
	char *long_text = malloc(YAML_TREE_BYTES_MAX + 2);
	struct recipe recipe;

	(void)state;
	refuse("a: &x 1\n", "r.yaml:1: anchors");
	refuse("a: 1\nb: *x\n", "r.yaml:2: aliases");
	refuse("a: !!int 1\n", "tags");
	refuse("a: [[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]\n", "deeper than");
	refuse("a: 1\na: 2\n", "r.yaml:2: a: already given in line 1");
	refuse("a: 1\n---\nb: 1\n", "second document");
	refuse("a: {b: [c, d\n", "r.yaml:2: ");
	refuse("? [a]\n: b\n", "a key has to be a plain word");
	memset(long_text, 'a', YAML_TREE_BYTES_MAX + 1);
	assert_int_equal(recipe_parse("r.yaml", long_text, YAML_TREE_BYTES_MAX + 1, NULL, &recipe, reason), -EFBIG);
	assert_int_equal(recipe_parse("r.yaml", long_text, 5000, NULL, &recipe, reason), -EFBIG);
	for (size_t i = 0; i < 100000; i++)
		long_text[i] = i % 2 ? ',' : '1';
	memcpy(long_text, "a: [", 4);
	assert_int_equal(recipe_parse("r.yaml", long_text, 100000, NULL, &recipe, reason), -EFBIG);
	assert_non_null(strstr(reason, "more than"));
	free(long_text);
}

static void test_layers(void **state)
{
	struct recipe recipe;

	(void)state;
	assert_int_equal(
		parse("data: x\nlayers:\n  - conv: 8\n    name: first\n    kernel: 5\n    padding: same\n"
		      "    activation: relu\n  - max_pool: [2, 1]\n    name: p\n  - conv: 8\n    bias: no\n  - add: p\n"
		      "  - flatten\n  - dense: 3\n    from: first\n  - softmax\n",
		      &recipe),
		0);
	assert_int_equal(recipe.layers->n, 7);
	assert_int_equal(recipe.layers->list[0].kernel[1], 5);
	assert_true(recipe.layers->list[0].same);
	assert_int_equal(recipe.layers->list[1].kernel[1], 1);
	assert_true(recipe.layers->list[2].no_bias);
	assert_int_equal(recipe.layers->list[3].other, 2);
	assert_int_equal(recipe.layers->list[5].from, 1);
	recipe_clear(&recipe);
	refuse("layers: 3\n", "r.yaml:1: layers: a list is needed");
	refuse("layers:\n  - conv: 8\n  - shake: 3\n", "r.yaml:3: layers: each begins with its kind");
	refuse("layers:\n  - conv: 8\n    size: 3\n", "r.yaml:3: layers: size: no such key");
	refuse("layers:\n  - add: nobody\n", "no layer above is named");
	refuse("layers:\n  - conv: -8\n", "whole numbers");
	refuse("layers:\n  - dropout: 2\n", "a number from 0 to 0.95");
	refuse("network: res88\nlayers:\n  - softmax\n", "leave one of them out");
}

static void assert_frozen(const char *text, const char *wanted)
{
	char why[FROZEN_REASON];
	bool frozen[16];
	unsigned n = (unsigned)strlen(wanted);

	assert_int_equal(frozen_layers_parse(text, n, frozen, why), 0);
	for (unsigned i = 0; i < n; i++)
		if (frozen[i] != (wanted[i] == '1'))
			fail_msg("%s: layer %u", text, i);
}

static void test_frozen(void **state)
{
	char why[FROZEN_REASON];
	bool frozen[16];

	(void)state;
	assert_frozen("(0:-1)", "111110");
	assert_frozen("(2:)", "001111");
	assert_frozen("(1, 3:5, -1)", "010111");
	assert_frozen("[:2]", "110000");
	assert_frozen(" 4 ", "000010");
	assert_frozen("(-2,)", "000010");
	assert_frozen("(1:100)", "011111");
	assert_frozen("None", "000000");
	assert_frozen("", "000000");
	assert_int_equal(frozen_layers_parse("(6)", 6, frozen, why), -EINVAL);
	assert_non_null(strstr(why, "layer 6: there are 6"));
	assert_int_equal(frozen_layers_parse("(0:-1", 6, frozen, why), -EINVAL);
	assert_int_equal(frozen_layers_parse("(0:-1))", 6, frozen, why), -EINVAL);
	assert_int_equal(frozen_layers_parse("(a)", 6, frozen, why), -EINVAL);
	assert_int_equal(frozen_layers_parse("()", 6, frozen, why), -EINVAL);
	assert_int_equal(frozen_layers_parse("99999999999999999999", 6, frozen, why), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),  cmocka_unit_test(test_own),	 cmocka_unit_test(test_zoo),
		cmocka_unit_test(test_errors),	  cmocka_unit_test(test_sets),	 cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_callbacks), cmocka_unit_test(test_start),	 cmocka_unit_test(test_keras),
		cmocka_unit_test(test_hostile),	  cmocka_unit_test(test_layers), cmocka_unit_test(test_frozen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
