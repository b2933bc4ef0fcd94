# SPDX-License-Identifier: Apache-2.0
dist_man_MANS += man/postured.8 man/postured.conf.5
