# SPDX-License-Identifier: Apache-2.0
# posturectl: for whoever runs the service.
noinst_LIBRARIES += libposturectl.a
libposturectl_a_CPPFLAGS = $(libhall_a_CPPFLAGS) -DBINDIR='"$(bindir)"'
libposturectl_a_SOURCES = \
	daemon/posturectl/bus-client.h daemon/posturectl/bus-client.c \
	daemon/posturectl/bus-decode.h daemon/posturectl/bus-decode.c \
	daemon/posturectl/bus-models.h daemon/posturectl/bus-models.c \
	daemon/posturectl/bus-private.h \
	daemon/posturectl/bus-payload.h daemon/posturectl/bus-payload.c \
	daemon/posturectl/commands.h \
	daemon/posturectl/doctor.h daemon/posturectl/doctor.c \
	daemon/posturectl/doctor-broker.c \
	daemon/posturectl/doctor-m4.c \
	daemon/posturectl/doctor-sensor.c \
	daemon/posturectl/doctor-service.c \
	daemon/posturectl/drop-in.h daemon/posturectl/drop-in.c \
	daemon/posturectl/heatmap.h daemon/posturectl/heatmap.c \
	daemon/posturectl/lesson-takes.h daemon/posturectl/lesson-takes.c \
	daemon/posturectl/model-tool.h daemon/posturectl/model-tool.c \
	daemon/posturectl/moment.h \
	daemon/posturectl/monitor.c \
	daemon/posturectl/options.h daemon/posturectl/options.c \
	daemon/posturectl/record.c \
	daemon/posturectl/recorder.h daemon/posturectl/recorder.c \
	daemon/posturectl/report.h daemon/posturectl/report.c \
	daemon/posturectl/session.h daemon/posturectl/session.c \
	daemon/posturectl/session-bus.c \
	daemon/posturectl/session-mqtt.c \
	daemon/posturectl/settings.c \
	daemon/posturectl/status.c \
	daemon/posturectl/take.h daemon/posturectl/take.c \
	daemon/posturectl/tally.h daemon/posturectl/tally.c \
	daemon/posturectl/teach.h daemon/posturectl/teach.c \
	daemon/posturectl/teach-history.c \
	daemon/posturectl/teach-print.c \
	daemon/posturectl/teach-record.c \
	daemon/posturectl/teach-scores.c \
	daemon/posturectl/teach-train.c \
	daemon/posturectl/watch.h daemon/posturectl/watch.c \
	daemon/posturectl/watch-view.c

bin_PROGRAMS += posturectl
posturectl_CPPFLAGS = $(libhall_a_CPPFLAGS)
posturectl_SOURCES = daemon/posturectl/main.c
posturectl_LDADD = libposturectl.a libhall.a libsensor.a libmcu.a libnn.a $(HALL_LIBS) $(SENSOR_LIBS) $(NN_LIBS)
