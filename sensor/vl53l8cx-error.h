/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vl53l8cx-error.h - everything that can go wrong with the chip, each with its errno and a text for the operator.
 *
 * ST's driver ORs its status values together, so that causes can't be told apart; here each cause is a value of its
 * own. The texts say what happened and what to check.
 */
#ifndef SENSOR_VL53L8CX_ERROR_H
#define SENSOR_VL53L8CX_ERROR_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

/* Stands for the value in the texts. */
#define VL53L8CX_ERROR_VALUE "$"

/* name, errno, text */
#define VL53L8CX_ERRORS(X)                                                                                             \
	X(NONE, 0, "no error")                                                                                         \
	X(BUS, EIO, "the sensor does not answer on the bus ($): check wiring, supply, LPn and the address")            \
	X(WRONG_ID, ENODEV, "device id $ is not 0xf0: another chip, or two sensors, at this address")                  \
	X(WRONG_REVISION, ENOTSUP,                                                                                     \
	  "revision $ is not a VL53L8CX (0x0c); 0x02 is a VL53L5CX or VL53L7CX, which needs other "                    \
	  "firmware")                                                                                                  \
	X(NO_FIRMWARE, ENOENT, "there is no firmware to download: make it with vl53l8cx-fwcut")                        \
	X(ROM_BOOT, ETIME,                                                                                             \
	  "the ROM did not boot within 2 s (GO2 status 0 = $): check AVDD and CORE_1V8, power-cycle "                  \
	  "the sensor")                                                                                                \
	X(RAM_ACCESS, EACCES, "the chip did not open its program RAM (status $): power-cycle the sensor")              \
	X(MCU_TRAP, ENOEXEC,                                                                                           \
	  "the firmware trapped at start (GO2 status 1 = $): power-cycle the sensor, cut the firmware"                 \
	  " again")                                                                                                    \
	X(MCU_TIMEOUT, EHOSTDOWN,                                                                                      \
	  "the firmware did not start within 500 ms (GO2 status 0 = $): cut the firmware again")                       \
	X(CHECKSUM_DOWNLOAD, EBADMSG,                                                                                  \
	  "the firmware arrived damaged twice (checksum $): bus noise, check pull-ups and bus clock")                  \
	X(CHECKSUM_FIRMWARE, EBADF,                                                                                    \
	  "the chip computes the checksum $ at each download, not the one of the file: damaged or "                    \
	  "foreign firmware, or a second sensor at this address; cut the firmware again")                              \
	X(NVM, EUCLEAN, "the factory calibration could not be read (header $): power-cycle the sensor")                \
	X(COMMAND_TIMEOUT, ETIMEDOUT, "a command was not finished within 2 s (status $)")                              \
	X(COMMAND_FAILED, EBADR, "the firmware refused a command (status $)")                                          \
	X(MCU_ERROR, EREMCHG, "the firmware reports an internal error (status $)")                                     \
	X(REPLY, EPROTO, "the firmware's reply is not what was asked for (header $)")                                  \
	X(PACKET_SIZE, EMSGSIZE,                                                                                       \
	  "the firmware makes frames of $ bytes, not as configured: firmware and configuration are "                   \
	  "from different versions")                                                                                   \
	X(LASER_SAFETY, EHWPOISON,                                                                                     \
	  "laser safety fault ($): the sensor stays off; power-cycle it, replace it if that does not "                 \
	  "help")                                                                                                      \
	X(TRAP, ENOTRECOVERABLE, "the firmware trapped while ranging (GO2 status 1 = $)")                              \
	X(STOP_TIMEOUT, EBUSY, "ranging did not stop (GO2 status 0 = $)")                                              \
	X(STOP_STATUS, EIO, "ranging stopped with GO2 status 1 = $, which should be 0x84 or 0x85")                     \
	X(SETTING, EINVAL, "a setting is out of its range")                                                            \
	X(STATE, EPERM, "not possible while the sensor is ranging, asleep or not initialised")                         \
	X(POWER, ETIME, "the power mode did not change within 2 s (GO2 status 0 = $)")                                 \
	X(XTALK_GLASS, ERANGE,                                                                                         \
	  "crosstalk calibration finds nothing to correct ($): the default crosstalk stays in use")                    \
	X(XTALK_TIMEOUT, ETIME, "crosstalk calibration did not finish within 20 s (status $)")                         \
	X(ADDRESS, EADDRNOTAVAIL,                                                                                      \
	  "address $ is taken or not reachable: power-cycle the sensor, or give each sensor an LPn line "              \
	  "and an address of its own")

#define VL53L8CX_ERROR_ENUM(name, code, text) VL53L8CX_ERROR_##name,
enum vl53l8cx_error { VL53L8CX_ERRORS(VL53L8CX_ERROR_ENUM) VL53L8CX_ERRORS_COUNT };
#undef VL53L8CX_ERROR_ENUM

struct vl53l8cx;

/* Notes the cause in the chip and returns its negative errno. */
int vl53l8cx_fail(struct vl53l8cx *chip, enum vl53l8cx_error error, uint32_t value);

/* The sentence about chip->error with its value filled in; at most n bytes with the 0. Returns text. */
const char *vl53l8cx_explain(const struct vl53l8cx *chip, char *text, size_t n);

/* "WRONG_ID", ...: for counters and logs; NULL when out of range. */
const char *vl53l8cx_error_name(enum vl53l8cx_error error);

#endif
