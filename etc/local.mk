# SPDX-License-Identifier: Apache-2.0
# The configuration as it is installed: every key, commented out, with its default.
confdir = $(sysconfdir)/postured
dist_conf_DATA = etc/postured.conf
confdropdir = $(confdir)/postured.conf.d
dist_confdrop_DATA = etc/postured.conf.d/README

# After a change of the key table: writes it and the key list of postured.conf(5) anew. tests/golden/config-docs.sh
# holds them to the table.
update-config-docs: postured$(EXEEXT)
	./postured --dump-config=template >$(top_srcdir)/etc/postured.conf
	./postured --dump-config=man >keys.tmp
	$(SED) -e '/^\.\\" keys begin/r keys.tmp' -e '/^\.\\" keys begin/,/^\.\\" keys end/{/^\.\\" keys/!d}' \
		$(top_srcdir)/man/postured.conf.5 >man.tmp
	mv man.tmp $(top_srcdir)/man/postured.conf.5
	rm -f keys.tmp
.PHONY: update-config-docs
