# SPDX-License-Identifier: Apache-2.0
# librecipe.a: what stands round the trainer - recipes, data, what a run leaves behind. Reaches only posture-model.
noinst_LIBRARIES += librecipe.a
librecipe_a_CPPFLAGS = $(AM_CPPFLAGS) $(CJSON_CFLAGS)
librecipe_a_CFLAGS = $(NN_CFLAGS)
librecipe_a_SOURCES = \
	nn/train/history.h nn/train/history.c nn/train/history-file.c \
	nn/train/report.h nn/train/report.c
