/* SPDX-License-Identifier: Apache-2.0 */
/* faults-line.h - what the parser of fault scripts and the judge of their lines share (see faults.h). */
#ifndef SENSOR_EMULATOR_FAULTS_LINE_H
#define SENSOR_EMULATOR_FAULTS_LINE_H

#include "sensor/emulator/faults.h"

enum { FAULTS_SENSORS = 4 };

enum fault_counter { COUNTER_NONE, COUNTER_TRANSFER, COUNTER_FRAME, COUNTER_COMMAND, COUNTER_BOOT };

struct fault_argument {
	const char *name; /* NULL = no such argument */
	bool time;	  /* in us, written with a unit */
	int64_t value;	  /* when the script has none */
	int64_t min, max;
};

struct fault_type {
	unsigned number;
	const char *name;
	struct fault_argument arguments[FAULTS_ARGUMENTS];
	const char *effect;
};

extern const struct fault_type fault_types[FAULT_KINDS];

struct fault_line {
	enum fault_kind kind;
	struct fault_hit hit;
	bool has_sensor, has_probability, has_times;
	unsigned sensor;
	enum fault_counter counter;
	uint64_t first, last; /* of the counter */
	uint64_t after_ns;
	uint64_t for_ns; /* 0 = no end */
	double probability;
	uint64_t times; /* left */
	/* while it runs */
	bool begun;
	uint64_t begun_ns;
	uint64_t struck[FAULTS_SENSORS]; /* the counter's value at the last strike */
};

#endif
