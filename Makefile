# SPDX-License-Identifier: GPL-2.0
#
# For this machine's kernel (or another's, with KDIR=; its headers are needed):
#	make			build the module
#	make install		install it, so that "modprobe nat64" finds it
#				(INSTALL_MOD_PATH= puts it below another root)
#	make dkms		have it built and installed for each new kernel, too
#	make install-scripts	install the scripts, their man pages and units
#				(DESTDIR= puts them below another root)
#	make uninstall-scripts	take these away; /etc/nat64.d stays
#	make selftests		run the selftests here, as root
#
# In virtual machines, which touch nothing of this one (as root; what is missing
# is installed):
#	make demo		see it work
#	make check		all checks and tests, on all kernels
#	make check-quick	the same on one kernel, in a few minutes
#	make check-system	the package, the quick start, the initramfs: in whole
#				Debian machines
#	make bench		measure
#	make style		the checks that need no virtual machine
#
# Of the documents:
#	make htmldocs		build/html/index.html, with Sphinx

KDIR ?= /lib/modules/$(shell uname -r)/build
DEPMOD ?= depmod
# As in uname -r, which "make kernelrelease" is not with Debian's headers of 6.1.
release = sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' $(KDIR)/include/generated/utsrelease.h
selftests := tools/testing/selftests/net/nat64
prefix ?= /usr
sbindir ?= $(prefix)/sbin
datadir ?= $(prefix)/share
mandir ?= $(datadir)/man
examplesdir ?= $(datadir)/doc/nat64/examples
unitdir ?= /lib/systemd/system
initramfsdir ?= $(datadir)/initramfs-tools
# rst2man is in Debian's python3-docutils, with or without ".py" elsewhere.
RST2MAN ?= $(shell command -v rst2man || command -v rst2man.py || echo missing)
scripts := $(wildcard scripts/nat64-*)
examples := $(wildcard $(addprefix scripts/,nat64.d openrc prometheus grafana ansible))
version = $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)

.PHONY: modules install modules_install copy-source dkms install-scripts uninstall-scripts
.PHONY: clean selftests demo check check-quick check-system bench style htmldocs

modules:
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

install modules_install:
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules_install
	$(DEPMOD) -b "$(or $(INSTALL_MOD_PATH),/)" "$$($(release))"

# What the module is built from, and nothing that was built; for packages.
copy-source:
	tar -cf - Makefile Kbuild Kconfig kernel/Kbuild kernel/Kconfig \
		$(wildcard kernel/*.[ch] kernel/tests/*.[ch]) | tar -xf - -C "$(DESTDIR)"

# DKMS keeps a copy, of what the module is built from and no more.
dkms:
	! dkms status nat64/$(version) | grep -q . || dkms remove nat64/$(version) --all
	rm -rf /usr/src/nat64-$(version)
	mkdir -p /usr/src/nat64-$(version)
	cp LICENSE dkms.conf /usr/src/nat64-$(version)
	$(MAKE) copy-source DESTDIR=/usr/src/nat64-$(version)
	dkms install nat64/$(version)

# What runs as a program needs a POSIX shell, and the usual tools, busybox's or others.
install-scripts:
	install -d $(DESTDIR)$(sbindir) $(DESTDIR)$(unitdir) $(DESTDIR)$(mandir)/man8 \
		$(DESTDIR)$(examplesdir)
	install -d -m 700 $(DESTDIR)/etc/nat64.d	# static bindings have clients' addresses
	install $(scripts) $(DESTDIR)$(sbindir)
	install -m 644 $(wildcard scripts/systemd/nat64*) $(DESTDIR)$(unitdir)
	for dir in hooks scripts/init-premount; do \
		install -D scripts/initramfs-tools/$$dir/nat64 \
			$(DESTDIR)$(initramfsdir)/$$dir/nat64 || exit; \
	done
	cp -r $(examples) $(DESTDIR)$(examplesdir)
	if [ $(RST2MAN) = missing ]; then \
		echo "No man pages: there is no rst2man (Debian: python3-docutils)"; \
	else \
		for page in Documentation/man/*.8.rst; do \
			$(RST2MAN) --halt=warning "$$page" \
				"$(DESTDIR)$(mandir)/man8/$$(basename "$$page" .rst)" || exit; \
		done; \
	fi

uninstall-scripts:
	rm -f $(addprefix $(DESTDIR)$(sbindir)/,$(notdir $(scripts))) \
		$(addprefix $(DESTDIR)$(unitdir)/,$(notdir $(wildcard scripts/systemd/nat64*))) \
		$(patsubst Documentation/man/%.rst,$(DESTDIR)$(mandir)/man8/%, \
			$(wildcard Documentation/man/*.rst)) \
		$(addprefix $(DESTDIR)$(initramfsdir)/,hooks/nat64 scripts/init-premount/nat64)
	rm -rf $(DESTDIR)$(examplesdir)

clean:
	rm -rf build
	$(MAKE) -C $(KDIR) M=$(CURDIR) clean

selftests:
	$(MAKE) -C $(selftests) run_tests

demo:
	@tools/testing/vm/run.sh -k uml -p "python3 curl iputils-ping" -- tools/testing/demo.sh

bench:
	@tools/testing/bench/run.sh

check:
	@tools/testing/check.sh

check-quick:
	@tools/testing/check.sh quick

check-system:
	@tools/testing/system/run.sh

style:
	@scripts/style.sh

# Debian's python3-sphinx; everything anew, so that no warning is missed.
htmldocs:
	sphinx-build -E -q -W --keep-going -b html -d build/doctrees Documentation build/html
