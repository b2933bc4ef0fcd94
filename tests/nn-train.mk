# SPDX-License-Identifier: Apache-2.0
# Recipes, data sets, augmentation, exams; posture-model train and crossval.
RECIPE_TEST_LIBS = librecipe.a $(TRAIN_LIBS) libmodels.a libsensor.a libnn.a $(SENSOR_LIBS) $(MODELS_LIBS) $(NN_LIBS) \
	$(PNG_LIBS) $(YAML_LIBS) -lm
RECIPE_TEST_TOOL = nn/tool/image.c nn/tool/runner.c

if HAVE_YAML
if HAVE_CMOCKA
RECIPE_TESTS = \
	tests/unit/test-material \
	tests/unit/test-recipe \
	tests/unit/test-recipe-schedules \
	tests/unit/test-teaching
check_PROGRAMS += $(RECIPE_TESTS)
TESTS += $(RECIPE_TESTS)
endif
tests_unit_test_material_SOURCES = tests/unit/test-material.c $(RECIPE_TEST_TOOL)
tests_unit_test_material_CPPFLAGS = $(TEST_CPPFLAGS) $(PNG_CFLAGS)
tests_unit_test_material_LDADD = $(RECIPE_TEST_LIBS) $(CMOCKA_LIBS)
tests_unit_test_recipe_SOURCES = tests/unit/test-recipe.c $(RECIPE_TEST_TOOL)
tests_unit_test_recipe_CPPFLAGS = $(TEST_CPPFLAGS) $(PNG_CFLAGS)
tests_unit_test_recipe_LDADD = $(RECIPE_TEST_LIBS) $(CMOCKA_LIBS)
tests_unit_test_recipe_schedules_SOURCES = tests/unit/test-recipe-schedules.c $(RECIPE_TEST_TOOL)
tests_unit_test_recipe_schedules_CPPFLAGS = $(TEST_CPPFLAGS) $(PNG_CFLAGS)
tests_unit_test_recipe_schedules_LDADD = $(RECIPE_TEST_LIBS) $(CMOCKA_LIBS)
tests_unit_test_teaching_SOURCES = tests/unit/test-teaching.c $(RECIPE_TEST_TOOL)
tests_unit_test_teaching_CPPFLAGS = $(TEST_CPPFLAGS) $(PNG_CFLAGS)
tests_unit_test_teaching_LDADD = $(RECIPE_TEST_LIBS) $(CMOCKA_LIBS)

FUZZERS += tests/fuzz/fuzz-recipe
tests_fuzz_fuzz_recipe_SOURCES = tests/fuzz/fuzz-recipe.c $(FUZZ_MAIN) $(RECIPE_TEST_TOOL)
tests_fuzz_fuzz_recipe_CPPFLAGS = $(AM_CPPFLAGS) $(PNG_CFLAGS)
tests_fuzz_fuzz_recipe_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_ENGINE)
tests_fuzz_fuzz_recipe_LDADD = $(RECIPE_TEST_LIBS)

TESTS += tests/golden/personalise.sh tests/golden/posture-model-train.sh
endif
EXTRA_DIST += tests/golden/personalise.sh tests/golden/posture-model-train.sh
