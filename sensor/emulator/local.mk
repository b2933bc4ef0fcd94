# SPDX-License-Identifier: Apache-2.0
libsensor_a_SOURCES += \
	sensor/emulator/emulator.h \
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
