/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event-file.h - what TensorBoard reads: a file of records, each a protocol-buffer message Event
 * (tensorflow/core/util/event.proto, framework/summary.proto).
 *
 *   u64 length  u32 crc of those 8 bytes  bytes[length]  u32 crc of them      little-endian
 *
 * crc is CRC-32C, turned right by 15 bits and 0xa282ead8 added (tensorflow/core/lib/io/record_writer.h). Each record is
 * written at once: who follows the file while it grows sees whole ones.
 */
#ifndef NN_TRAIN_EVENT_FILE_H
#define NN_TRAIN_EVENT_FILE_H

#include <stddef.h>
#include <stdint.h>

struct event_file {
	int fd;
};

/*
 * A new file in directory, which is made; others of its kind there are removed, since a run that goes on tells its past
 * again. Errors: those of the file system, ENOMEM.
 */
int event_file_open(const char *directory, double wall_s, struct event_file *ret_file);
void event_file_close(struct event_file *file);
/* Removes all files of this kind. */
void event_file_remove_all(const char *directory);

/* wall_s: Unix time. Errors as above. */
int event_file_add_scalar(struct event_file *file, double wall_s, int64_t step, const char *tag, float value);
/* Markdown. */
int event_file_add_text(struct event_file *file, double wall_s, int64_t step, const char *tag, const char *text);
int event_file_add_png(struct event_file *file, double wall_s, int64_t step, const char *tag, uint32_t width,
		       uint32_t height, const void *png, size_t size);

#endif
