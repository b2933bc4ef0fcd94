# SPDX-License-Identifier: Apache-2.0
libsensor_a_SOURCES += \
	sensor/emulator/emulator.h sensor/emulator/emulator.c \
	sensor/emulator/emulator-bus.h sensor/emulator/emulator-bus.c \
	sensor/emulator/emulator-chip.h sensor/emulator/emulator-chip.c \
	sensor/emulator/emulator-dci.c \
	sensor/emulator/emulator-detect.c \
	sensor/emulator/emulator-frame.c \
	sensor/emulator/emulator-incident.c \
	sensor/emulator/emulator-line.c \
	sensor/emulator/emulator-words.h \
	sensor/emulator/faults.h sensor/emulator/faults.c \
	sensor/emulator/faults-line.h sensor/emulator/faults-script.c \
	sensor/emulator/scene.h
