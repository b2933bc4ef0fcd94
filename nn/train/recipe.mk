# SPDX-License-Identifier: Apache-2.0
# librecipe.a: what stands round the trainer - recipes, data, what a run leaves behind. Reaches only posture-model.
noinst_LIBRARIES += librecipe.a
librecipe_a_CPPFLAGS = $(AM_CPPFLAGS) $(CJSON_CFLAGS) $(YAML_CFLAGS)
librecipe_a_CFLAGS = $(NN_CFLAGS)
librecipe_a_SOURCES = \
	nn/train/augment.h nn/train/augment.c \
	nn/train/augment-picture.c \
	nn/train/chart.h nn/train/chart.c \
	nn/train/chart-exam.c \
	nn/train/event-file.h nn/train/event-file.c \
	nn/train/frozen-layers.h nn/train/frozen-layers.c \
	nn/train/history.h nn/train/history.c \
	nn/train/history-file.c \
	nn/train/markup.h nn/train/markup.c \
	nn/train/mlflow-run.h nn/train/mlflow-run.c \
	nn/train/negatives.h nn/train/negatives.c nn/train/zones.h \
	nn/train/page.h nn/train/page.c \
	nn/train/page-html.c \
	nn/train/page-markdown.c \
	nn/train/report.h nn/train/report.c \
	nn/train/report-page.c \
	nn/train/run-log.h nn/train/run-log.c
if HAVE_YAML
librecipe_a_SOURCES += \
	nn/train/dataset.h nn/train/dataset.c \
	nn/train/exam.h nn/train/exam.c \
	nn/train/exam-print.c \
	nn/train/exam-risk.c \
	nn/train/lesson.h nn/train/lesson.c \
	nn/train/material.h nn/train/material.c \
	nn/train/material-pictures.c \
	nn/train/material-recordings.c \
	nn/train/new-head.h nn/train/new-head.c \
	nn/train/recipe.h nn/train/recipe.c \
	nn/train/recipe-keys.h nn/train/recipe-keys.c \
	nn/train/recipe-get.c \
	nn/train/recipe-layers.c \
	nn/train/recipe-near.c \
	nn/train/recipe-notes.c \
	nn/train/recipe-print.c \
	nn/train/recipe-set.c \
	nn/train/recipe-use.c \
	nn/train/rehearsal.h nn/train/rehearsal.c \
	nn/train/split.h nn/train/split.c \
	nn/train/teachers.h nn/train/teachers.c \
	nn/train/training.h nn/train/training.c \
	nn/train/training-models.c nn/train/training-start.c \
	nn/train/yaml-tree.h nn/train/yaml-tree.c
endif
