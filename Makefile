# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#
# The front door. Each target installs with apt-get what it misses (NO_INSTALL=1:
# only says so) and works alone, from a fresh clone. The build is CMake's.
PREFIX ?= /usr/local
RULE ?= libioasid
MAKEFLAGS += --no-print-directory

all: ## build the library and the tools: build/release
	@scripts/deps build
	@cmake --preset release >/dev/null
	@cmake --build build/release

test: ## everything: two compilers, sanitizers, other machines, packages, static checks
	@scripts/test

lint: ## the static checks alone
	@scripts/lint

demo: ## replay a recorded PostgreSQL workload with and without the library, and compare
	@scripts/demo

replay: ## replay TRACE=file [RULE=libioasid|free-at-exit] [JSON=file] [SVG=file]
	@test -n "$(TRACE)" || { echo "usage: make replay TRACE=file [RULE=rule] [JSON=file] [SVG=file]"; exit 2; }
	@scripts/replay --rule "$(RULE)" $(if $(JSON),--json "$(JSON)") $(if $(SVG),--svg "$(SVG)") "$(TRACE)"

mutants: ## break the core on purpose, and see the tests find each break: docs/MUTANTS.md
	@scripts/mutants

bench: ## beside the kernel, liburcu, ck, DPDK: ratios, targets, plots in build/bench (15 minutes)
	@scripts/bench

prove: ## every scenario at bound 4 to 5 and at random; PROVE_SECONDS=2700 in all
	@scripts/prove

fuzz: ## libFuzzer and AFL++ for SECONDS=60: executions, coverage, findings in build/fuzz
	@scripts/fuzz "$(or $(SECONDS),60)"

coverage: ## lines and branches of the core that the tests run: build/coverage/report
	@scripts/coverage

kernel-test: ## the library as a module of Debian's 6.1 and 6.12 kernels: built, booted in QEMU, tested
	@scripts/kernel-test

kernel-bench: ## instructions per call in the kernel, beside its own allocators and the old ioasid
	@scripts/kernel-bench

kernel-iommu: ## PASIDs through the real IOMMU core of 6.12, with a mock IOMMU
	@scripts/kernel-iommu

kernel-driver: ## a driver for an emulated device, on both kernels: processes killed in mid-DMA, 0 strays
	@scripts/kernel-driver

kernel-sva: ## a process's PASID from the kernel's own SVA, adopted, on a 64-bit Arm kernel that is built for it
	@scripts/kernel-sva

kernel-sanitize: ## the kernel tests under KASAN, lockdep, kmemleak, failslab, and under KCSAN: builds two kernels
	@scripts/kernel-sanitize

baremetal-test: ## the core without an operating system: 64-bit Arm in QEMU, TAP over the serial line
	@scripts/baremetal-test

install: all ## install to PREFIX (/usr/local), below DESTDIR if that is set
	@cmake --install build/release --prefix "$(PREFIX)"
	@if [ -z "$(DESTDIR)" ] && [ "$$(id -u)" -eq 0 ]; then ldconfig; fi

clean: ## remove build/
	@rm -rf build

help: ## this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: all test lint demo replay mutants bench fuzz prove coverage kernel-test kernel-driver kernel-bench kernel-iommu kernel-sva kernel-sanitize \
	baremetal-test install clean help
