# SPDX-License-Identifier: Apache-2.0
# libsensor.a: chip driver, bus, pins, recordings, sources. libemulator.a is part of it: the demo needs it too.
noinst_LIBRARIES += libsensor.a
libsensor_a_CPPFLAGS = $(AM_CPPFLAGS) $(GPIOD_CFLAGS) $(ZIP_CFLAGS) $(CRYPTO_CFLAGS)
libsensor_a_SOURCES = \
	sensor/frame.h \
	sensor/clock.h sensor/clock.c \
	sensor/i2c.h \
	sensor/i2c-dev.h sensor/i2c-dev.c \
	sensor/gpio.h \
	sensor/gpio-name.h sensor/gpio-name.c \
	sensor/bus.h sensor/bus.c \
	sensor/bytes.h \
	sensor/crc32.h sensor/crc32.c \
	sensor/firmware.h sensor/firmware.c \
	sensor/firmware-parts.h sensor/firmware-parts.c \
	sensor/firmware-synthetic.c \
	sensor/recording.h sensor/recording.c sensor/recording-list.c sensor/recording-writer.c \
	sensor/recording-layout.h sensor/recording-layout.c \
	sensor/npz.h sensor/npz.c sensor/npz-writer.c \
	sensor/replay.c \
	sensor/source.h sensor/source.c
if GPIOD2
libsensor_a_SOURCES += sensor/gpio-v2.c
else
if GPIOD1
libsensor_a_SOURCES += sensor/gpio-v1.c
else
libsensor_a_SOURCES += sensor/gpio-none.c
endif
endif
EXTRA_DIST += sensor/gpio-v1.c sensor/gpio-v2.c sensor/gpio-none.c

# What a program that uses sensor/ must link besides libsensor.a.
SENSOR_LIBS = $(GPIOD_LIBS) $(ZIP_LIBS) $(CRYPTO_LIBS)

include sensor/emulator/local.mk

# The chip and its way onto the wire.
libsensor_a_SOURCES += \
	sensor/i2c.c \
	sensor/vl53l8cx.h sensor/vl53l8cx.c \
	sensor/vl53l8cx-address.h sensor/vl53l8cx-address.c \
	sensor/vl53l8cx-boot.c \
	sensor/vl53l8cx-dci.c \
	sensor/vl53l8cx-error.h sensor/vl53l8cx-error.c \
	sensor/vl53l8cx-frame.h sensor/vl53l8cx-frame.c \
	sensor/vl53l8cx-grids.h sensor/vl53l8cx-grids.c \
	sensor/vl53l8cx-internal.h \
	sensor/vl53l8cx-motion.h sensor/vl53l8cx-motion.c \
	sensor/vl53l8cx-power.c \
	sensor/vl53l8cx-ranging.c \
	sensor/vl53l8cx-regs.h \
	sensor/vl53l8cx-settings.c \
	sensor/vl53l8cx-thresholds.h sensor/vl53l8cx-thresholds.c \
	sensor/vl53l8cx-xtalk.h sensor/vl53l8cx-xtalk.c

# The frame source on a VL53L8CX.
libsensor_a_SOURCES += \
	sensor/bus-gate.h sensor/bus-gate.c \
	sensor/frame-ring.h sensor/frame-ring.c \
	sensor/ladder.h sensor/ladder.c \
	sensor/pacer.h sensor/pacer.c \
	sensor/vl53l8cx-source.h sensor/vl53l8cx-source.c \
	sensor/vl53l8cx-acquire.c \
	sensor/vl53l8cx-recover.c

# Cuts the sensor's firmware out of the user's copy of ST's driver.
libsensor_a_SOURCES += sensor/c-arrays.h sensor/c-arrays.c
bin_PROGRAMS += vl53l8cx-fwcut
vl53l8cx_fwcut_SOURCES = sensor/fwcut.c
vl53l8cx_fwcut_LDADD = libsensor.a $(SENSOR_LIBS)
