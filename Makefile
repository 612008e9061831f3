# The front door. Every verb installs what it needs (tools/setup; nothing to do the second time),
# and stops whatever it started. Downloads and the compiler's cache live outside the tree.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test build bench soak fuzz lint format asan tsan clean
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
export MICROMEGAS_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/micromegas-cpp
# A second clone in another folder gets the first one's objects.
export CCACHE_DIR ?= $(MICROMEGAS_CACHE)/ccache
export CCACHE_BASEDIR := $(CURDIR)
export CCACHE_NOHASHDIR := 1
export CTEST_PARALLEL_LEVEL ?= $(shell nproc)

setup = $(PYTHON) tools/setup
programs = micromegas demo-service telemetry-generator

help: ## say what each verb does
	@echo "usage: make <verb>"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 12

demo: ## trace a small async service, ask SQL about it, draw its timeline
	@$(setup) build
	@$(MAKE) build/release/build.ninja
	cmake --build --preset release --target $(programs)
	$(PYTHON) tools/demo

test: build ## run every test: C++, system, Python clients
	@$(setup) test
	ctest --preset release
	$(PYTHON) tools/python test -m pytest tests/python tests/system

build: ## build everything into build/release/bin
	@$(setup) build
	@$(MAKE) build/release/build.ninja
	cmake --build --preset release

bench: ## run the benchmarks; JSON lines also go to build/bench.jsonl
	@$(setup) build bench
	@$(MAKE) build/release/build.ninja
	cmake --build --preset release
	@for program in build/release/bin/bench_* "build/release/bin/bench-instrumentation --json"; do \
	  echo "$$program" >&2; $$program; done | tee build/bench.jsonl

soak: ## record for ten minutes while the server is away, silent, broken, slow
	@$(setup) build
	@$(MAKE) build/release/build.ninja
	cmake --build --preset release --target soak_unreliable_server
	build/release/bin/soak_unreliable_server 600

fuzz: ## give each decoder hostile bytes for a while
	@$(setup) build fuzz
	@$(MAKE) build/fuzz/build.ninja
	cmake --build --preset fuzz
	tools/fuzz

lint: ## check format, clang-tidy, layers, Python (only what changed since the last time)
	@$(setup) build lint
	@$(MAKE) build/release/build.ninja
	$(PYTHON) tools/lint

format: ## write all files as clang-format and ruff would
	@$(setup) lint
	$(PYTHON) tools/lint --fix-format

asan: ## run the C++ tests under the address and undefined behaviour sanitizers
tsan: ## run the C++ tests under the thread sanitizer
asan tsan:
	@$(setup) build
	@$(MAKE) build/$@/build.ninja
	cmake --build --preset $@ --target unit_tests
	ctest --preset $@

clean: ## remove what was built here; caches outside the tree stay
	rm -rf build demo-output

# Ninja runs CMake again by itself when a CMakeLists.txt changes, but not when the presets do.
build/%/build.ninja: CMakePresets.json
	cmake --preset $*
	@touch $@
