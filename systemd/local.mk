# SPDX-License-Identifier: Apache-2.0
# What systemd and udev need to know. Paths are put in by make, so that `make prefix=...` means what it says.
systemdsystemunit_DATA = systemd/postured.service systemd/postured-m4.service
dist_udevrules_DATA = systemd/60-postured.rules
dist_sysusers_DATA = systemd/sysusers.d/postured.conf
dist_catalog_DATA = systemd/postured.catalog
dist_dbuspolicy_DATA = systemd/org.postured.conf
dist_bashcompletion_DATA = systemd/completion/posturectl
systemd_examplesdir = $(docdir)/examples
dist_systemd_examples_DATA = systemd/examples/broker-address.conf systemd/examples/credentials.conf

EXTRA_DIST += systemd/postured.service.in systemd/postured-m4.service.in
CLEANFILES += systemd/postured.service systemd/postured-m4.service

# A service type of systemd 253 that brings its own reload; older ones need to be told how.
if NOTIFY_RELOAD
EXEC_RELOAD = /@EXEC_RELOAD@/d
else
EXEC_RELOAD = s|@EXEC_RELOAD@|ExecReload=/bin/kill -HUP $$MAINPID|
endif

systemd/postured.service: systemd/postured.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) systemd && $(SED) -e 's|@sbindir[@]|$(sbindir)|g' -e 's|@NOTIFY_TYPE[@]|$(NOTIFY_TYPE)|g' \
		-e '$(EXEC_RELOAD)' $(top_srcdir)/systemd/postured.service.in >$@.tmp && mv $@.tmp $@

systemd/postured-m4.service: systemd/postured-m4.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) systemd && $(SED) -e 's|@sbindir[@]|$(sbindir)|g' \
		$(top_srcdir)/systemd/postured-m4.service.in >$@.tmp && mv $@.tmp $@
