# SPDX-License-Identifier: GPL-2.0
#
# Everything a person types.  `make help` lists the targets and the variables.

SHELL := /bin/bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

# Kbuild cannot do with it, and its own messages do not say so.
ifneq ($(words x$(subst :, ,$(CURDIR))),1)
$(error The kernel's build system does not work below a path with a space or a colon: move "$(CURDIR)" elsewhere)
endif

# -- the kernel to build against

#: KDIR=DIR	build against the kernel whose build tree is DIR (default: the running kernel's)
#: KVER=K	build against tools/vm's 6.1, 6.12, 7.3, debug or uml kernel, fetched if need be; also the kernel for vm, demo and check
ifdef KVER
kernel := $(shell tools/vm/kernels path $(KVER))
ifeq ($(kernel),)
$(error There is no kernel '$(KVER)'; the message above says why)
endif
KDIR := $(kernel)/build
else
KDIR ?= /lib/modules/$(shell uname -r)/build
endif
# The build tree knows its kernel's release; Debian's include/config/kernel.release is not what uname -r says.
release := $(shell sed -n 's/^.define UTS_RELEASE "\(.*\)"/\1/p' $(KDIR)/include/generated/utsrelease.h 2>/dev/null)
build := build/$(release)

# Debian's 6.12 headers ask for BTF in modules, which takes pahole; nothing here needs it.
btf := $(if $(shell command -v pahole),,CONFIG_DEBUG_INFO_BTF_MODULES=)

#: V=1 W=1 C=2	passed on to the kernel's build: say commands, warn more, run sparse (CF=… gives it flags)
#: ESPGW_DEBUG_KERNEL=DIR	a debug kernel built elsewhere: bzImage and build/, where modules are built against
#: PREFIX=DIR	install the tool, the man page and the units below DIR (default: /usr/local)
#: DESTDIR=DIR	install into a staging directory
PREFIX ?= /usr/local
# Where systemd and zsh look for what has this prefix.
unitdir := $(PREFIX)/lib/systemd/system
zshdir := $(PREFIX)/share/zsh/site-functions
units := espgw.service espgw-block.service espgw-metrics.service espgw-metrics.timer
# What else is installed beside the module: mode, file, place.
installed := $(subst :/,:$(DESTDIR)/, \
	755:tools/espgw/espgw:$(PREFIX)/sbin/espgw \
	755:tools/espgw/espgw-mss:$(PREFIX)/sbin/espgw-mss \
	755:tools/espgw/espgw-plot:$(PREFIX)/bin/espgw-plot \
	644:Documentation/espgw.8:$(PREFIX)/share/man/man8/espgw.8 \
	644:Documentation/espgw-plot.1:$(PREFIX)/share/man/man1/espgw-plot.1 \
	644:Documentation/espgw.schema.json:$(PREFIX)/share/espgw/espgw.schema.json \
	755:contrib/keepalived/espgw-ha:$(PREFIX)/share/espgw/espgw-ha \
	644:contrib/keepalived/keepalived.conf:$(PREFIX)/share/espgw/keepalived.conf \
	644:contrib/grafana/espgw.json:$(PREFIX)/share/espgw/grafana.json \
	644:contrib/completion/espgw.bash:$(PREFIX)/share/bash-completion/completions/espgw \
	644:contrib/completion/espgw-plot.bash:$(PREFIX)/share/bash-completion/completions/espgw-plot \
	644:contrib/completion/_espgw:$(zshdir)/_espgw)

# -- build

.PHONY: all
all: module cli ## build the module and the tool

.PHONY: module
module: ## build build/RELEASE/espgw.ko
ifeq ($(release),)
	@echo "No kernel build tree at $(KDIR): the module was not built." >&2
	@echo "On Debian: apt-get install linux-headers-$$(dpkg --print-architecture); or give one: make KDIR=DIR;" >&2
	@echo "or build for a stock Debian kernel that is fetched for you: make KVER=6.1 (or 6.12, 7.3)." >&2
ifneq ($(filter module install demo,$(MAKECMDGOALS)),)
	@false
endif
else
	@tools/build/module $(KDIR) $(build) $(btf) $(foreach v,V W C CF,$(if $($v),$v="$($v)"))
endif

.PHONY: cli
cli: ## build the tool, tools/espgw/espgw, and espgw-mss beside it
	$(MAKE) --no-print-directory -C tools/espgw

.PHONY: generate
generate: ## make what is generated (checked in): from the netlink spec header and tables, from src/ the picture of the house and who is called with which lock held, from the tool's tables the JSON schema
	@tools/gen/netlink
	@tools/gen/house
	@tools/gen/schema
	@tools/gen/locking

.PHONY: install
install: install-module install-tool ## install the module (for the kernel it was built for) and all the rest

.PHONY: install-module
install-module: module
	install -D -m 644 $(build)/espgw.ko $(DESTDIR)/lib/modules/$(release)/updates/espgw.ko
	$(if $(DESTDIR),,depmod -a $(release))

.PHONY: install-tool
install-tool: cli ## install the tool, man pages, completion and systemd units
	$(foreach f,$(installed),install -D -m $(subst :, ,$f) &&) true
	ln -sf espgw.8 $(DESTDIR)$(PREFIX)/share/man/man8/espgw-mss.8
	install -d -m 755 $(DESTDIR)$(unitdir)
	$(foreach u,$(units),sed 's|@sbindir@|$(PREFIX)/sbin|g' contrib/systemd/$u.in >$(DESTDIR)$(unitdir)/$u &&) true

.PHONY: uninstall
uninstall: ## remove what install installed
	rm -f $(DESTDIR)/lib/modules/$(release)/updates/espgw.ko
	rm -f $(foreach f,$(installed),$(word 3,$(subst :, ,$f))) $(DESTDIR)$(PREFIX)/share/man/man8/espgw-mss.8
	rm -f $(units:%=$(DESTDIR)$(unitdir)/%)
	[ ! -d $(DESTDIR)$(PREFIX)/share/espgw ] || rmdir --ignore-fail-on-non-empty $(DESTDIR)$(PREFIX)/share/espgw
	$(if $(DESTDIR),,depmod -a $(release))

.PHONY: deb
deb: ## build Debian packages of module (for DKMS) and tool, into build/deb
	@tools/check/deps deb
	@tools/build/deb build/deb

.PHONY: clean
clean: ## remove everything that was built
	rm -rf build
	$(if $(wildcard tools/espgw/Makefile),$(MAKE) --no-print-directory -C tools/espgw clean)
	$(if $(wildcard selftests/unit/Makefile),$(MAKE) --no-print-directory -C selftests/unit clean)

# -- test and try out

# Scripts that start other kernels resolve them, and build for them, by themselves.
VM_KERNEL := $(or $(KVER),default)
OUT ?= $(CURDIR)/out

.PHONY: deps
deps: ## install the Debian packages that building and testing take (or say which, if not root)
	@tools/check/deps $(if $(filter debug uml,$(KVER)),debug-kernel,$(deps))

.PHONY: check
check: deps ## run every test: unit tests, clean builds, and namespace tests in VMs on Debian's kernels (or on KVER=)
	@tools/check/check $(addprefix -k ,$(KVER))

.PHONY: fuzz
#: SECONDS=N	fuzz each target for so long (default: 30)
fuzz: deps ## let libFuzzer draw for the random tests of src/core
	@$(MAKE) --no-print-directory -C selftests/unit fuzz

.PHONY: coverage
coverage: deps := coverage
coverage: deps ## say which lines of src/core neither unit tests nor the fuzzers' inputs reach
	@$(MAKE) --no-print-directory -C selftests/unit coverage

.PHONY: mutants
#: SAMPLE=N	try so many mutants of each file, the same each time (default: all)
#: JOBS=N	try so many mutants at once (default: 1)
mutants: deps ## change src/core by one operator at a time, and say which changes no unit test notices: an hour
	@$(MAKE) --no-print-directory -C selftests/unit mutants

.PHONY: check-matrix
check-matrix: deps ## run every namespace test on every kernel that can be had (or on KVER=), and put a table into the README: an hour for each
	@tools/check/check --matrix $(addprefix -k ,$(KVER))

.PHONY: check-packages
#: DEBIAN=N	check-packages on that release alone: 12 or 13
check-packages: ## try the packages on a bare Debian 12 and 13, from installation to purge, with a kernel upgrade and a boot that fails
	@tools/check/deps packages
	@tools/check/packages $(DEBIAN)

.PHONY: check-debug
#: DEBUG=debug	check-debug on the kernel for QEMU instead: several processors; hours, where there is no KVM
DEBUG ?= uml
check-debug: deps := debug-kernel
check-debug: deps ## run the namespace tests on a kernel with KASAN, lockdep and kmemleak (built once, 10 minutes)
	@tools/vm/kernels path $(DEBUG) >/dev/null
	@tools/check/check -k $(DEBUG) namespaces

.PHONY: torture
#: PART=NAMES	of torture only these (default: all; tools/check/torture -h)
#: SEED=N	what torture draws, again
torture: deps := debug-kernel
torture: deps ## torture the module for an evening: random netlink, allocations that fail, everything changes under traffic (SECONDS= for each part)
	@tools/check/torture $(addprefix -s ,$(SECONDS)) $(addprefix --seed ,$(SEED)) -o $(OUT) $(PART)

.PHONY: soak
soak: deps ## an hour (SECONDS=) of mixed traffic, rekeys and changes of the path MTU: nothing grows, nothing is lost without a reason
	@tools/check/torture -s $(or $(SECONDS),3600) $(addprefix --seed ,$(SEED)) -o $(OUT) soak

.PHONY: reliability
reliability: ## keep what torture or soak has measured, out/torture.json, and put it into the README
	@tools/check/reliability $(OUT)/torture.json

.PHONY: lint
lint: deps ## sparse, W=1 and style checks
	tools/check/core-purity
	tools/check/documents
	tools/check/generated
	tools/check/abi
	tools/check/scripts
	tools/check/selftests
	tools/check/warnings $$(tools/vm/kernels stock)

# Builds module and tool for the kernel that a VM is to boot.
.PHONY: for-vm
for-vm: deps
	@$(MAKE) --no-print-directory KVER=$(VM_KERNEL) module cli

.PHONY: vm
vm: for-vm ## a root shell in a VM (KVER=), with the module loaded; its changes to files are lost at the end
	@tools/vm/vm -k $(VM_KERNEL) -i -- tools/vm/with-module tools/vm/shell

.PHONY: demo
#: DEMO=host	run the demo on this machine instead of in a VM
#: DEMO=ike	the demo keyed by strongSwan: a file on its way while SAs are rekeyed and the path shrinks
#: OUT=DIR	where demo, bench, profile and compare leave their results (default: out)
ifeq ($(DEMO),host)
demo: deps all ## show two gateways carry a file over a path whose MTU shrinks
	@mkdir -p $(OUT)
	@PATH=$(CURDIR)/tools/espgw:$$PATH ESPGW_KO=$(CURDIR)/$(build)/espgw.ko ESPGW_OUT=$(OUT) selftests/demo.sh
else
demo: for-vm
	@tools/vm/vm -k $(VM_KERNEL) -t 900 -o $(OUT) -- tools/vm/with-module selftests/demo$(if $(filter ike,$(DEMO)),-ike).sh
endif
	@echo "Results: $(OUT)"

.PHONY: bench
bench: for-vm ## count the instructions a packet takes, beside kernel xfrm and WireGuard, and put them into the README: half an hour
	@tools/vm/vm -k $(VM_KERNEL) --icount -t 3600 -o $(OUT) -- tools/vm/with-module selftests/bench/bench.py
	@selftests/bench/report.py keep $(OUT)/bench.json
	@selftests/bench/report.py table $(OUT)/bench.json

.PHONY: bench-quick
bench-quick: for-vm ## count some of them again, and fail where espgw has become dearer beside xfrm than what is kept
	@tools/vm/vm -k $(VM_KERNEL) --icount -t 800 -- tools/vm/with-module selftests/bench/bench.py --quick

.PHONY: profile
#: HOW=WORD	whose packet profile shows: espgw, xfrm, adopted or plain (default: espgw)
#: SIZE=N	with so many bytes of UDP payload (default: 64)
#: SCENE=NAME	a scene of selftests/bench/scenes.py that sends packets, or tcp (default: gcm)
profile: for-vm ## print which functions a packet meets, and how many instructions each executes
	@mkdir -p $(OUT) build/bench
	@$(CC) -shared -fPIC -O2 -o build/bench/calltree.so selftests/bench/calltree.c
	@tools/vm/vm -k $(VM_KERNEL) --icount --plugin build/bench/calltree.so,dir=$(OUT) -t 900 -o $(OUT) -- \
		tools/vm/with-module selftests/bench/bench.py --profile $(or $(SCENE),gcm) $(or $(HOW),espgw) $(or $(SIZE),64)

.PHONY: long
long: for-vm ## namespace tests that take half an hour, in a VM whose clock leaps while nothing happens: a minute
	@tools/vm/vm -k $(VM_KERNEL) --icount -t 500 -- tools/vm/with-module selftests/raise.sh

.PHONY: cpus
cpus: for-vm ## four processors that send by one SA: in order, and what more of them carry
	@tools/vm/vm -k $(VM_KERNEL) -c 4 -t 900 -- tools/vm/with-module selftests/cpus.sh scales

.PHONY: compare
compare: for-vm ## run the same checks of packets too big on espgw and kernel xfrm, and put the tables into the documentation
	@tools/vm/vm -k $(VM_KERNEL) -t 900 -o $(OUT) -- tools/vm/with-module selftests/mtu.sh
	@python3 selftests/mtu.py readme $(OUT)/compare.md README.md
	@tools/vm/vm -k $(VM_KERNEL) -t 300 -o $(OUT) -- tools/vm/with-module selftests/blackhole.sh
	@python3 selftests/mtu.py readme $(OUT)/blackhole.md Documentation/black-holes.md
	@tools/vm/vm -k $(VM_KERNEL) -t 600 -o $(OUT) -- tools/vm/with-module selftests/kinds.sh
	@python3 selftests/mtu.py readme $(OUT)/kinds.md Documentation/datapath.md

# -- help

.PHONY: help
help: ## this text
	@echo "Targets:"
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18
	@echo "Variables:"
	@sed -n 's/^#: \([^\t]*\)\t\(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 26
