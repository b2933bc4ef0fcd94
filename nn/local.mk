# SPDX-License-Identifier: Apache-2.0
# libnn.a: the freestanding runtime and the local classifier.
noinst_LIBRARIES += libnn.a
libnn_a_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS)
libnn_a_SOURCES = \
	nn/classifier.h \
	nn/runtime/model.h \
	nn/runtime/preprocess.h
NN_LIBS = $(CRYPTO_LIBS)
