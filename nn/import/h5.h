/* SPDX-License-Identifier: Apache-2.0 */
/* h5.h - Keras .h5 files: HDF5 with the attribute model_config and a group model_weights. */
#ifndef NN_IMPORT_H5_H
#define NN_IMPORT_H5_H

#include "nn/graph/graph.h"

/*
 * Fills graph from the file's bytes. libhdf5 does not stand hostile files: it reads them in a process of its own that can
 * neither write nor open anything and has limits of memory and time, so that what kills it is an error here.
 *
 * Errors: those of keras_import(), EBADMSG for what is no Keras file or kills the reader, errno of fork and pipe, EOPNOTSUPP
 * when postured was built without libhdf5.
 */
int h5_import(const void *bytes, size_t size, struct graph *graph, char *ret_reason);

#endif
