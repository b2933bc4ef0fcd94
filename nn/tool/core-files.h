/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core-files.h - sources that posture-model carries within itself to measure models on other cores: the runtime, nn/bench/
 * and what they include. One after the other in a text that make puts together: "PATH BYTES", line feed, the file.
 */
#ifndef NN_TOOL_CORE_FILES_H
#define NN_TOOL_CORE_FILES_H

/* Writes all of them below directory. Returns 0 or a negative errno. */
int core_files_write(const char *directory);

#endif
