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
	sensor/emulator/emulator-pages.c \
	sensor/emulator/emulator-words.h \
	sensor/emulator/emulator-zones.c \
	sensor/emulator/faults.h sensor/emulator/faults.c \
	sensor/emulator/faults-line.h sensor/emulator/faults-script.c \
	sensor/emulator/scene.h sensor/emulator/scene.c sensor/emulator/scene-kinds.h \
	sensor/emulator/scene-recording.c sensor/emulator/scene-hand.c \
	sensor/emulator/hand-model.h sensor/emulator/hand-model.c sensor/emulator/hand-pose.c \
	sensor/emulator/optics.h sensor/emulator/optics.c \
	sensor/emulator/ray.h sensor/emulator/ray.c \
	sensor/emulator/random.h sensor/emulator/vector.h

# Scenes as recordings, for training and tests.
noinst_PROGRAMS += posture-scene
posture_scene_SOURCES = sensor/emulator/posture-scene.c
posture_scene_LDADD = libsensor.a $(SENSOR_LIBS)
