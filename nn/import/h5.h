/* SPDX-License-Identifier: Apache-2.0 */
/* h5.h - Keras .h5 files: HDF5 with the attribute model_config and a group model_weights. */
#ifndef NN_IMPORT_H5_H
#define NN_IMPORT_H5_H

#include "nn/graph/graph.h"

/*
 * Fills graph from the file. Errors: those of keras_import(), ENOENT and other errno of the file, EBADMSG for what
 * is no Keras file, EOPNOTSUPP when postured was built without libhdf5.
 */
int h5_import(const char *path, struct graph *graph, char *ret_reason);

#endif
