/* SPDX-License-Identifier: Apache-2.0 */
/*
 * h5.c - Keras' own file, by libhdf5:
 *
 *   /                              attribute model_config: JSON text
 *   /model_weights/<layer>         attribute weight_names: list of paths below this group, such as "conv/kernel:0"
 *   /model_weights/<layer>/<path>  a data set of floats
 */
#include "nn/import/h5.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_HDF5
#include <hdf5.h>

#include "nn/import/keras.h"

enum {
	TEXT_MAX = 16 * 1024 * 1024,
	NAMES_MAX = 64, /* weights of one layer */
};

struct h5_weights {
	struct keras_weights base;
	hid_t group; /* /model_weights */
};

/* A list of strings, as Keras writes it: of fixed length or not. */
struct strings {
	char **texts;
	size_t n;
};

static void strings_clear(struct strings *strings)
{
	for (size_t i = 0; i < strings->n; i++)
		free(strings->texts[i]);
	free(strings->texts);
	*strings = (struct strings){0};
}

static int copy_strings(char *const *variable, const char *fixed, size_t length, size_t n, struct strings *ret_strings)
{
	struct strings strings = {.texts = calloc(n, sizeof(char *))};

	if (!strings.texts)
		return -ENOMEM;
	for (; strings.n < n; strings.n++) {
		size_t i = strings.n;
		const char *text = variable ? variable[i] : fixed + i * length;

		strings.texts[i] = text ? strndup(text, variable ? TEXT_MAX : length) : NULL;
		if (!strings.texts[i]) {
			strings_clear(&strings);
			return text ? -ENOMEM : -EBADMSG;
		}
	}
	*ret_strings = strings;
	return 0;
}

static int read_open_attribute(hid_t attribute, hid_t type, hid_t space, size_t max, struct strings *ret_strings)
{
	hssize_t n = H5Sget_simple_extent_npoints(space);
	size_t length = H5Tget_size(type);
	bool variable = H5Tis_variable_str(type) > 0;
	void *bytes;
	int r = -EBADMSG;

	if (H5Tget_class(type) != H5T_STRING || n < 1 || (size_t)n > max || !length || length > TEXT_MAX)
		return -EBADMSG;
	bytes = calloc((size_t)n, variable ? sizeof(char *) : length);
	if (!bytes)
		return -ENOMEM;
	if (H5Aread(attribute, type, bytes) >= 0) {
		r = copy_strings(variable ? bytes : NULL, bytes, length, (size_t)n, ret_strings);
		if (variable)
			H5Dvlen_reclaim(type, space, H5P_DEFAULT, bytes);
	}
	free(bytes);
	return r;
}

/* -ENOENT when there is no such attribute. */
static int read_strings(hid_t object, const char *name, size_t max, struct strings *ret_strings)
{
	hid_t attribute, type, space;
	int r = -EBADMSG;

	if (H5Aexists(object, name) <= 0)
		return -ENOENT;
	attribute = H5Aopen(object, name, H5P_DEFAULT);
	if (attribute < 0)
		return -EBADMSG;
	type = H5Aget_type(attribute);
	space = H5Aget_space(attribute);
	if (type >= 0 && space >= 0)
		r = read_open_attribute(attribute, type, space, max, ret_strings);
	if (space >= 0)
		H5Sclose(space);
	if (type >= 0)
		H5Tclose(type);
	H5Aclose(attribute);
	return r;
}

static int read_open_floats(hid_t dataset, hid_t space, unsigned *ret_dims, uint32_t shape[NN_DIMS_MAX],
			    float **ret_data)
{
	hsize_t sizes[H5S_MAX_RANK];
	int dims = H5Sget_simple_extent_ndims(space);
	size_t elements = 1;
	float *data;

	if (dims < 1 || dims > NN_DIMS_MAX || H5Sget_simple_extent_dims(space, sizes, NULL) < 0)
		return -EBADMSG;
	for (int i = 0; i < dims; i++) {
		if (!sizes[i] || sizes[i] > NN_FORMAT_BYTES_MAX / sizeof(float) / elements)
			return -EBADMSG;
		elements *= (size_t)sizes[i];
		shape[i] = (uint32_t)sizes[i];
	}
	data = malloc(elements * sizeof(*data));
	if (!data)
		return -ENOMEM;
	if (H5Dread(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0) {
		free(data);
		return -EBADMSG;
	}
	*ret_dims = (unsigned)dims;
	*ret_data = data;
	return 0;
}

static int read_floats(hid_t group, const char *path, unsigned *ret_dims, uint32_t shape[NN_DIMS_MAX], float **ret_data)
{
	hid_t dataset = H5Dopen2(group, path, H5P_DEFAULT), space;
	int r = -EBADMSG;

	if (dataset < 0)
		return -EBADMSG;
	space = H5Dget_space(dataset);
	if (space >= 0) {
		r = read_open_floats(dataset, space, ret_dims, shape, ret_data);
		H5Sclose(space);
	}
	H5Dclose(dataset);
	return r;
}

/* "conv/kernel:0" is the weight "kernel". */
static bool is_weight(const char *path, const char *name)
{
	const char *last = strrchr(path, '/');
	size_t length;

	last = last ? last + 1 : path;
	length = strcspn(last, ":");
	return length == strlen(name) && !memcmp(last, name, length);
}

static int read_weight(const struct keras_weights *weights, const char *layer, const char *name, unsigned *ret_dims,
		       uint32_t shape[NN_DIMS_MAX], float **ret_data, char *ret_reason)
{
	hid_t all = ((const struct h5_weights *)weights)->group, group;
	struct strings names = {0};
	int r;

	if (!*layer || H5Lexists(all, layer, H5P_DEFAULT) <= 0)
		return -ENOENT;
	group = H5Gopen2(all, layer, H5P_DEFAULT);
	if (group < 0)
		return -ENOENT;
	r = read_strings(group, "weight_names", NAMES_MAX, &names);
	if (r == 0) {
		r = -ENOENT;
		for (size_t i = 0; i < names.n && r == -ENOENT; i++)
			if (is_weight(names.texts[i], name))
				r = read_floats(group, names.texts[i], ret_dims, shape, ret_data);
	}
	if (r < 0 && r != -ENOENT)
		snprintf(ret_reason, GRAPH_REASON, "layer %.60s: the weights \"%.40s\" can't be read: %s", layer, name,
			 r == -ENOMEM ? "out of memory" : "damaged, or not at most four dimensions of numbers");
	strings_clear(&names);
	H5Gclose(group);
	return r;
}

static int import_open_file(hid_t file, struct graph *graph, char *ret_reason)
{
	struct h5_weights weights = {.base = {.read = read_weight}};
	struct strings config = {0};
	int r = read_strings(file, "model_config", 1, &config);

	if (r < 0) {
		snprintf(ret_reason, GRAPH_REASON, "%s",
			 r == -ENOENT
				 ? "no model_config: these are weights alone; save the whole model with model.save()"
				 : "model_config can't be read");
		return -EBADMSG;
	}
	weights.group = H5Gopen2(file, "model_weights", H5P_DEFAULT);
	if (weights.group < 0) {
		snprintf(ret_reason, GRAPH_REASON, "no model_weights: save the whole model with model.save()");
		strings_clear(&config);
		return -EBADMSG;
	}
	r = keras_import(config.texts[0], &weights.base, graph, ret_reason);
	H5Gclose(weights.group);
	strings_clear(&config);
	return r;
}

int h5_import(const char *path, struct graph *graph, char *ret_reason)
{
	hid_t file;
	int r;

	if (access(path, R_OK) < 0) {
		r = -errno;
		snprintf(ret_reason, GRAPH_REASON, "%s", strerror(-r));
		return r;
	}
	H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* reasons are ours to tell */
	file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
	if (file < 0) {
		snprintf(ret_reason, GRAPH_REASON, "not an HDF5 file, or a damaged one");
		return -EBADMSG;
	}
	r = import_open_file(file, graph, ret_reason);
	H5Fclose(file);
	return r;
}

#else

int h5_import(const char *path, struct graph *graph, char *ret_reason)
{
	(void)path;
	(void)graph;
	snprintf(ret_reason, GRAPH_REASON,
		 "built without libhdf5; install it (Debian: libhdf5-dev) and configure again");
	return -EOPNOTSUPP;
}

#endif
