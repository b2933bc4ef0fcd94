/* SPDX-License-Identifier: Apache-2.0 */
/*
 * i2c-dev.h - finding the machine's I2C adapters. What opens one is i2c_dev_open() of sensor/i2c.h.
 */
#ifndef SENSOR_I2C_DEV_H
#define SENSOR_I2C_DEV_H

#include <stddef.h>

#include "sensor/i2c.h"

/* As i2c_dev_open(), with the file systems somewhere else. */
int i2c_dev_open_at(const char *sys, const char *dev, const char *path_or_name, struct i2c_adapter **ret_adapter);

/*
 * "i2c-0 (STM32F7 I2C(0x40012000)), i2c-1 (...)", cut when it does not fit; "none" without any adapter.
 * Always ends in a zero byte.
 */
void i2c_dev_list(const char *sys, char *ret_text, size_t n);

#endif
