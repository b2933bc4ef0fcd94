/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recording.h - captures in ST's datalog layout, so that they interchange with ST's tools and with numpy.
 *
 *   <Class>/log__<Class>__<User>__<k>__VL53L8__<app>__8x8__<date>_<time>/npz/data_..._ends<time>.npz
 *
 * A file is a zip of .npy members (format 1.0, little-endian, C order; Fortran order is read too):
 *   zone_head   <U.. (c,)            names of the zone channels
 *   zone_data   <f8  (c, zones, n)   target_status, valid, signal_per_spad [kcps/SPAD], distance_mm, ...
 *   glob_head   <U.. (g,)            names of the global channels
 *   glob_data   <f8  (g, n)          .GestureGT = label id, ...
 *   start_tstmp, end_tstmp  <f8 ()   Unix seconds
 * Ours adds, and reads when there: zone channels nb_target, ambient_per_spad, range_sigma_mm, reflectance [%],
 * nb_spads_enabled, the global channel .silicon_temp_degc, and frame_tstmp <f8 (n,) Unix seconds of every frame;
 * without it the frames lie evenly from start_tstmp (the first) to end_tstmp (the last). `valid` of ST's files is always 1 and is not trusted.
 */
#ifndef SENSOR_RECORDING_H
#define SENSOR_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/frame.h"

enum {
	RECORDING_FRAMES_MAX = 100000,		 /* in one file */
	RECORDING_BYTES_MAX = 512 * 1024 * 1024, /* unpacked, one member: a zip bomb stops here */
	RECORDING_CHUNK_FRAMES = 118,		 /* the writer starts a new file after so many, as ST's logger */
	RECORDING_REASON = 192,
};

/* One file, decoded. */
struct recording {
	struct frame *frames; /* [n], t_ns and wall_us from the time stamps, t_ns = 0 for the file's first */
	size_t n;
	double start_s, end_s; /* Unix seconds */
	char class_name[32];   /* from the path; "" when it does not follow the layout */
	char user[32];
	char log[128]; /* the log directory's name */
};

/*
 * Reads one .npz. Errors: ENOENT, EACCES, EBADMSG (not a recording), EFBIG, ENOMEM; ret_reason
 * (RECORDING_REASON bytes) says what is wrong with which member.
 */
int recording_read(const char *path, struct recording *ret_recording, char *ret_reason);
/* The same from a file's bytes; class_name, user and log stay "". */
int recording_read_memory(const void *data, size_t n, struct recording *ret_recording, char *ret_reason);
void recording_clear(struct recording *recording);

/* All .npz files below a directory (or the one file), sorted by path. ENOENT when there is none. */
struct recording_list {
	char **paths;
	size_t n;
};
int recording_list_open(const char *path, struct recording_list *ret_list, char *ret_reason);
void recording_list_clear(struct recording_list *list);

/* Writing: frames are collected and written in chunks; a file appears complete (rename) or not at all. */
struct recording_writer;
struct recording_writer_config {
	const char *directory; /* of the data set; created */
	const char *class_name;
	const char *user;  /* "User1" */
	int16_t label;	   /* ST label id */
	bool extra_fields; /* all that is ours; without it exactly ST's members and channels */
	int64_t now_s;	   /* Unix seconds, names the log directory */
};
int recording_writer_open(const struct recording_writer_config *config, struct recording_writer **ret_writer,
			  char *ret_reason);
int recording_writer_add(struct recording_writer *writer, const struct frame *frame);
/* Writes what is left and frees. Returns the first error of the whole recording. */
int recording_writer_close(struct recording_writer *writer);

/* ST's label ids: "Like" <-> 21. */
int recording_label_id(const char *class_name);	    /* -ENOENT when unknown */
const char *recording_label_name(int16_t label_id); /* NULL when unknown */
/*
 * The class of one of its frames: by ST's number, or by the layout's path, which alone knows classes that ST has not. NULL:
 * none.
 */
const char *recording_class_of(const struct recording *recording, const struct frame *frame);

#endif
