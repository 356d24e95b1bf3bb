# SPDX-License-Identifier: GPL-2.0
#
# For this machine's kernel (or another's, with KDIR=):
#	make			build the module
#	make install		install it, so that "modprobe nat64" finds it
#	make selftests		run the selftests here, as root
#
# In virtual machines, which touch nothing of this one (as root; what is missing
# is installed):
#	make demo		see it work
#	make check		all checks and tests, on all kernels
#	make check-quick	the same on one kernel, in a few minutes
#	make bench		measure
#	make style		the checks that need no virtual machine

KDIR ?= /lib/modules/$(shell uname -r)/build
selftests := tools/testing/selftests/net/nat64

.PHONY: modules install modules_install clean selftests demo check check-quick bench style

modules:
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

install modules_install:
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules_install
	depmod $$($(MAKE) -s -C $(KDIR) kernelrelease)

clean:
	$(MAKE) -C $(KDIR) M=$(CURDIR) clean
	rm -rf build

selftests:
	$(MAKE) -C $(selftests) run_tests

demo:
	@tools/testing/vm/run.sh -k uml -- tools/testing/demo.sh

bench:
	@tools/testing/bench/run.sh

check:
	@tools/testing/check.sh

check-quick:
	@tools/testing/check.sh quick

style:
	@scripts/style.sh
