/* SPDX-License-Identifier: Apache-2.0 */
/*
 * h5-reader.c - Keras' own file, by libhdf5, in a process of its own:
 *
 *   /                              attribute model_config: JSON text
 *   /model_weights/<layer>         attribute weight_names: list of paths below this group, such as "conv/kernel:0"
 *   /model_weights/<layer>/<path>  a data set of floats
 */
#include "nn/import/h5-reader.h"

#include <errno.h>
#include <hdf5.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nn/import/sandbox.h"

enum {
	NAMES_MAX = 4096, /* weights of one layer, or of a model that is one */
	ADDRESSES_MAX = 1 << 30,
	CPU_S = 2,		    /* many times what a slow core takes, and */
	CPU_BYTES_EACH_S = 1 << 18, /* as much again for each of these */
};

/* What is held open for all questions; negative: it is not there. */
struct reader {
	hid_t file, weights;
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

		strings.texts[i] = text ? strndup(text, variable ? H5_TEXT_MAX : length) : NULL;
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

	if (H5Tget_class(type) != H5T_STRING || n < 1 || (size_t)n > max || !length || length > H5_TEXT_MAX)
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

static int read_open_floats(hid_t dataset, hid_t space, struct h5_reply *reply, void **ret_data)
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
		reply->shape[i] = (uint32_t)sizes[i];
	}
	data = malloc(elements * sizeof(*data));
	if (!data)
		return -ENOMEM;
	if (H5Dread(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0) {
		free(data);
		return -EBADMSG;
	}
	reply->dims = (uint32_t)dims;
	reply->bytes = (uint32_t)(elements * sizeof(*data));
	*ret_data = data;
	return 0;
}

static int read_floats(hid_t group, const char *path, struct h5_reply *reply, void **ret_data)
{
	hid_t dataset = H5Dopen2(group, path, H5P_DEFAULT), space;
	int r = -EBADMSG;

	if (dataset < 0)
		return -EBADMSG;
	space = H5Dget_space(dataset);
	if (space >= 0) {
		r = read_open_floats(dataset, space, reply, ret_data);
		H5Sclose(space);
	}
	H5Dclose(dataset);
	return r;
}

/* "conv/kernel:0" is the weight "kernel", and "conv/kernel". */
static bool is_weight(const char *path, const char *name)
{
	const char *last = strrchr(path, '/');
	size_t length = (size_t)((last ? last : path) - path), wanted = strlen(name);

	length += strcspn(path + length, ":");
	return length >= wanted && !memcmp(path + length - wanted, name, wanted) &&
	       (length == wanted || path[length - wanted - 1] == '/');
}

static int read_weight(hid_t all, const struct h5_request *request, struct h5_reply *reply, void **ret_data)
{
	struct strings names = {0};
	hid_t group;
	int r;

	if (H5Lexists(all, request->layer, H5P_DEFAULT) <= 0)
		return -ENOENT;
	group = H5Gopen2(all, request->layer, H5P_DEFAULT);
	if (group < 0)
		return -ENOENT;
	r = read_strings(group, "weight_names", NAMES_MAX, &names);
	if (r == 0) {
		r = -ENOENT;
		for (size_t i = 0; i < names.n && r == -ENOENT; i++)
			if (is_weight(names.texts[i], request->weight))
				r = read_floats(group, names.texts[i], reply, ret_data);
	}
	strings_clear(&names);
	H5Gclose(group);
	return r;
}

static int read_config(const struct reader *reader, struct h5_reply *reply, void **ret_text)
{
	struct strings config = {0};
	int r;

	if (reader->file < 0)
		return -EBADMSG;
	r = read_strings(reader->file, "model_config", 1, &config);
	if (r < 0)
		return r;
	if (reader->weights < 0 || !*config.texts[0]) {
		strings_clear(&config);
		return reader->weights < 0 ? -ENODATA : -EBADMSG;
	}
	reply->bytes = (uint32_t)strlen(config.texts[0]);
	*ret_text = config.texts[0];
	config.n = 0;
	strings_clear(&config);
	return 0;
}

/* --- serving --------------------------------------------------------------------------------------------------- */

/* The file is its bytes, so that nothing has to be opened. */
static hid_t open_bytes(const void *bytes, size_t size)
{
	hid_t access = H5Pcreate(H5P_FILE_ACCESS), file = -1;
	void *image = (void *)(uintptr_t)bytes; /* it is copied */

	if (access >= 0 && size && H5Pset_fapl_core(access, 65536, 0) >= 0 &&
	    H5Pset_file_image(access, image, size) >= 0)
		file = H5Fopen("model.h5", H5F_ACC_RDONLY, access);
	return file;
}

static int answer(int socket, const struct reader *reader, const struct h5_request *request)
{
	struct h5_reply reply = {0};
	void *data = NULL;
	int r;

	reply.error = *request->layer ? read_weight(reader->weights, request, &reply, &data)
				      : read_config(reader, &reply, &data);
	r = h5_send(socket, &reply, sizeof(reply));
	if (r == 0 && reply.error == 0)
		r = h5_send(socket, data, reply.bytes);
	free(data);
	return r;
}

void h5_reader_prepare(void)
{
	H5open();
}

void h5_reader_serve(int socket, const void *bytes, size_t size)
{
	struct h5_request request;
	struct reader reader;

	H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* reasons are the parent's to tell */
	if (sandbox_enter(ADDRESSES_MAX, CPU_S + (unsigned)(size / CPU_BYTES_EACH_S)) < 0)
		_exit(1);
	reader.file = open_bytes(bytes, size);
	reader.weights = reader.file < 0 ? -1 : H5Gopen2(reader.file, "model_weights", H5P_DEFAULT);
	while (h5_receive(socket, &request, sizeof(request)) == 0)
		if (answer(socket, &reader, &request) < 0)
			break;
	_exit(0);
}
