# SPDX-License-Identifier: Apache-2.0
# libhall.a: everything of the service but main(), so that tests and fuzz targets link the same code.
noinst_LIBRARIES += libhall.a
libhall_a_CPPFLAGS = $(AM_CPPFLAGS) $(SYSTEMD_CFLAGS) $(CJSON_CFLAGS) $(INIH_CFLAGS)
libhall_a_SOURCES = \
	daemon/app.h daemon/app.c daemon/app-publishers.c \
	daemon/publish-dbus.h daemon/publish-dbus.c \
	daemon/dbus-facts.h daemon/dbus-facts.c \
	daemon/dbus-frames.c \
	daemon/dbus-models.c \
	daemon/dbus-names.h \
	daemon/dbus-object.c \
	daemon/dbus-private.h \
	daemon/backend.h daemon/backend.c \
	daemon/config.h daemon/config.c \
	daemon/config-dump.c \
	daemon/config-key.h daemon/config-key.c \
	daemon/config-keys.c \
	daemon/config-read.c \
	daemon/decide.h daemon/decide.c \
	daemon/health.h daemon/health.c \
	daemon/log.h daemon/log-ids.h daemon/log.c \
	daemon/mqtt-settings.h \
	daemon/model-choice.h daemon/model-choice.c \
	daemon/model-store.h daemon/model-store.c \
	daemon/options.h daemon/options.c \
	daemon/payload.h daemon/payload.c \
	daemon/pipeline.h daemon/pipeline.c \
	daemon/publish.h \
	daemon/publish-json.h daemon/publish-json.c \
	daemon/reload.h daemon/reload.c \
	daemon/supervisor.h daemon/supervisor.c \
	daemon/taught.h daemon/taught.c
include daemon/mqtt.mk
HALL_LIBS = $(SYSTEMD_LIBS) $(CJSON_LIBS) $(INIH_LIBS) $(PAHO_LIBS)

sbin_PROGRAMS += postured
postured_CPPFLAGS = $(libhall_a_CPPFLAGS)
postured_SOURCES = daemon/main.c
postured_LDADD = libhall.a libsensor.a libmcu.a libnn.a $(HALL_LIBS) $(SENSOR_LIBS) $(NN_LIBS)
include daemon/posturectl/local.mk
