# SPDX-License-Identifier: Apache-2.0
dist_man_MANS += man/postured.8 man/postured-m4.8 man/postured.conf.5
dist_man_MANS += man/vl53l8cx-fwcut.1
dist_man_MANS += man/posture-model.1
dist_man_MANS += man/posturectl.1 man/postured-mqtt.7 man/postured-dbus.7
