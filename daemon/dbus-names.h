/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dbus-names.h - the service on D-Bus, as both ends must spell it.
 *
 *   org.postured.Daemon1            what it says of itself: properties, PostureChanged
 *   org.postured.Daemon1.Frames     StartFrames, StopFrames and the signal Frame
 *   org.postured.Daemon1.Settings   what may be changed while it runs; only root and the group postured may call it
 *   org.postured.Daemon1.Models     Install, Rollback, Get, List: what it was taught; the same
 *
 * `busctl introspect org.postured.Daemon1 /org/postured/Daemon1` lists all of it; postured-dbus(7) explains it.
 */
#ifndef DAEMON_DBUS_NAMES_H
#define DAEMON_DBUS_NAMES_H

#define DBUS_NAME     "org.postured.Daemon1"
#define DBUS_PATH     "/org/postured/Daemon1"
#define DBUS_DAEMON   "org.postured.Daemon1"
#define DBUS_FRAMES   "org.postured.Daemon1.Frames"
#define DBUS_SETTINGS "org.postured.Daemon1.Settings"
#define DBUS_MODELS   "org.postured.Daemon1.Models"
#define DBUS_REFUSED  "org.postured.Daemon1.Error.Refused"
#define DBUS_LIMIT    "org.postured.Daemon1.Error.TooManyClients"

/*
 * PostureChanged: posture, previous, confidence, distance in mm, hand, seq, Unix time in us (0 = unknown).
 */
#define DBUS_POSTURE_TYPE "ssddbut"

/*
 * Frame, in this order; arrays hold one value a zone, row by row, and are empty when the sensor does not give them:
 *   t   CLOCK_MONOTONIC in ns              n   degrees Celsius of the chip
 *   t   Unix time in us, 0 = unknown       ay  targets               an  distance, 1/4 mm
 *   u   seq                                ay  target status         au  signal, 1/2048 kcps/SPAD
 *   u   lost by the chip before this one   au  ambient, 1/2048 kcps/SPAD
 *   u   dropped for this client before it  au  SPADs x 256           aq  sigma, 1/128 mm
 *   q   fields (enum frame_field)          ay  reflectance, 1/2 %
 *   y   columns, y rows, y stream count
 *   s   posture, d its confidence, b hand, d distance in mm
 *   s   the network's own word of this frame, "" without a hand in the gate
 *   a{sd}  probability of each class
 */
#define DBUS_FRAME_HEAD_TYPE "ttuuuqyyyn"
#define DBUS_FRAME_TYPE                                                                                                \
	DBUS_FRAME_HEAD_TYPE "ayayanauauauaqay"                                                                        \
			     "sdbds"                                                                                   \
			     "a{sd}"

enum {
	DBUS_CREDIT_MAX = 64, /* frames that a client may have on their way */
	DBUS_CLIENTS_MAX = 8, /* that take frames */
	DBUS_MODEL_BYTES_MAX = 1024 * 1024,
	DBUS_MODELS_MAX = 9, /* in a list of them */
	DBUS_TEXT_MAX = 64,  /* bytes of a key or a value in a call, with the NUL */
};

#endif
