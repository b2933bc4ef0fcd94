# SPDX-License-Identifier: Apache-2.0
libsensor_a_SOURCES += \
	sensor/emulator/emulator.h \
	sensor/emulator/scene.h
