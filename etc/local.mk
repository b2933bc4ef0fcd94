# SPDX-License-Identifier: Apache-2.0
# The configuration as it is installed: every key, commented out, with its default.
confdir = $(sysconfdir)/postured
dist_conf_DATA = etc/postured.conf
confdropdir = $(confdir)/postured.conf.d
dist_confdrop_DATA = etc/postured.conf.d/README

# Device-tree overlays for STM32MP1 boards, as sources: what they are compiled for is the user's board (docs/stm32mp1.md).
overlaysdir = $(pkgdatadir)/dts
dist_overlays_DATA = \
	etc/dts/stm32mp15-i2c5-dma.dtso \
	etc/dts/stm32mp15-m4.dtso \
	etc/dts/stm32mp15-vl53l8cx-1m.dtso \
	etc/dts/stm32mp15-vl53l8cx-400k.dtso \
	etc/dts/stm32mp15-vl53l8cx.dtsi

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
