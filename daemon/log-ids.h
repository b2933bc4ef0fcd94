/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log-ids.h - the events that an operator acts on: name, MESSAGE_ID, level. systemd/postured.catalog explains each.
 * Never change or reuse an id. Make a new one with `systemd-id128 new`.
 */
#ifndef DAEMON_LOG_IDS_H
#define DAEMON_LOG_IDS_H

#define LOG_EVENTS(X)                                                                                                  \
	X(STARTED, "59d0b8cb4f764bcf90bd6fc6792d155c", LOG_LEVEL_INFO)                                                 \
	X(READY, "e3ba41895dac46cfaaa0817c9ea61e21", LOG_LEVEL_INFO)                                                   \
	X(STOPPED, "f30c168f1d0e4c03bc34bbfbfd61cd43", LOG_LEVEL_INFO)                                                 \
	X(POSTURE_CHANGED, "1e163c6d2fa643fa90c1ff073ef2756a", LOG_LEVEL_DEBUG)                                        \
	X(SENSOR_LOST, "3713b2506a6e42bf8e088c26a346311e", LOG_LEVEL_ERROR)                                            \
	X(SENSOR_RECOVERED, "ec4154f67dcb43a49abd9e689223bb9d", LOG_LEVEL_NOTICE)                                      \
	X(FIRMWARE_MISSING, "7105eb2bae944741951b847f8faa2288", LOG_LEVEL_ERROR)                                       \
	X(LASER_FAULT, "7179a6b1304d4da7abdb600ed261d724", LOG_LEVEL_ERROR)                                            \
	X(BROKER_LOST, "e46d6da8fcf7470286301533bb7a434a", LOG_LEVEL_WARNING)                                          \
	X(BROKER_BACK, "92a04bbf8bf44e30ba54e8f6a2e239b3", LOG_LEVEL_NOTICE)                                           \
	X(QUEUE_OVERFLOW, "84f48912f3ba461c88b6d5484686917c", LOG_LEVEL_WARNING)                                       \
	X(CONFIG_REJECTED, "3fc1b4a31ec64c9aa42b7d3d93513223", LOG_LEVEL_ERROR)                                        \
	X(RELOADED, "8051ea4809db4ba2b08a05b4f578931c", LOG_LEVEL_NOTICE)                                              \
	X(MODEL_REFUSED, "6685f8201d544e7c81c63f04d4394f10", LOG_LEVEL_ERROR)

#endif
