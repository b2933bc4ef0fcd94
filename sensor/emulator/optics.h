/* SPDX-License-Identifier: Apache-2.0 */
/* optics.h - from what the rays hit to what the sensor says of a zone: targets, signal, noise, status. */
#ifndef SENSOR_EMULATOR_OPTICS_H
#define SENSOR_EMULATOR_OPTICS_H

#include <stdint.h>

#include "sensor/emulator/random.h"
#include "sensor/emulator/ray.h"
#include "sensor/frame.h"

/* Fills a frame of cols x cols zones from the picture. */
void optics_measure(const struct ray_picture *picture, uint8_t cols, struct random *random, struct frame *ret_frame);

/* Fills the optional arrays that a frame lacks with what a sensor would have said beside its distance and signal. */
void optics_complete(struct frame *frame);

#endif
