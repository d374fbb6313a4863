# `make run` and `make test` do all set-up on a Debian machine that has Swift on it.

SWIFT ?= swift
# lld links in seconds what the default linker needs a quarter of a minute for.
FLAGS = -Xswiftc -use-ld=lld --explicit-target-dependency-import-check error
DATA ?= causeway-data

.PHONY: help run test check format lint bench build release prepare

help:
	@echo "make run      install what is missing, build, start on loopback, print the next commands"
	@echo "make test     install what is missing, then format check, lint, build and all tests"
	@echo "make check    the same without the tests that start a server"
	@echo "make format   format the sources"
	@echo "make bench    build for release and measure; see Benchmarks/README.md"

prepare:
	@sh .ci/prepare

build: prepare
	$(SWIFT) build $(FLAGS) --product causeway

run: build
	.build/debug/causeway serve --data-directory $(DATA)

lint:
	$(SWIFT) format lint --strict --recursive Sources Tests migrations openapi Package.swift Benchmarks

check: prepare lint
	$(SWIFT) build $(FLAGS) --build-tests
	$(SWIFT) test $(FLAGS) --skip-build --skip EndToEndTests

test: prepare lint
	$(SWIFT) build $(FLAGS) --build-tests
	$(SWIFT) test $(FLAGS) --skip-build
	sh Tests/Contract/run

format:
	$(SWIFT) format --in-place --recursive Sources Tests migrations openapi Package.swift Benchmarks

release: prepare
	$(SWIFT) build -c release $(FLAGS) --product causeway
	$(SWIFT) build -c release $(FLAGS) --product constant-answer
	$(SWIFT) build -c release $(FLAGS) --product raw-copy-relay
	$(SWIFT) build -c release $(FLAGS) --product unmask-loop

bench: release
	sh Benchmarks/run
