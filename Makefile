# `make run` and `make test` do all set-up on a Debian machine that has Swift on it.

SWIFT ?= swift
# lld links in seconds what the default linker needs a quarter of a minute for.
FLAGS = -Xswiftc -use-ld=lld --explicit-target-dependency-import-check error
DATA ?= causeway-data

.PHONY: help run test check format lint bench build preload release prepare

help:
	@echo "make run      install what is missing, build, start on loopback, print the next commands"
	@echo "make test     install what is missing, then format check, lint, build and all tests"
	@echo "make check    the same without the tests that start a server"
	@echo "make format   format the sources"
	@echo "make bench    build for release and measure; see Benchmarks/README.md"

prepare:
	@sh .ci/prepare

build: prepare preload
	$(SWIFT) build $(FLAGS) --product causeway

# What `causeway exec` loads into programs: plain C beside the executable. Not through the package manager, which would link
# it with the runtime of Swift.
PRELOAD = $(CC) -std=gnu11 -O2 -fPIC -shared -Wall -Wextra -Werror -Wl,-z,relro,-z,now \
	Sources/CausewayPreload/*.c -ldl -o
preload: prepare
	@mkdir -p .build/debug
	$(PRELOAD) .build/debug/libcauseway-preload.so

run: build
	.build/debug/causeway serve --data-directory $(DATA)

lint:
	$(SWIFT) format lint --strict --recursive Sources Tests migrations openapi Package.swift Benchmarks

check: prepare lint preload
	$(SWIFT) build $(FLAGS) --build-tests
	$(SWIFT) test $(FLAGS) --skip-build --skip EndToEndTests

test: prepare lint preload
	$(SWIFT) build $(FLAGS) --build-tests
	$(SWIFT) test $(FLAGS) --skip-build
	sh Tests/Contract/run

format:
	$(SWIFT) format --in-place --recursive Sources Tests migrations openapi Package.swift Benchmarks

release: prepare
	$(SWIFT) build -c release $(FLAGS) --product causeway
	$(PRELOAD) .build/release/libcauseway-preload.so
	$(SWIFT) build -c release $(FLAGS) --product constant-answer
	$(SWIFT) build -c release $(FLAGS) --product raw-copy-relay
	$(SWIFT) build -c release $(FLAGS) --product unmask-loop

bench: release
	sh Benchmarks/run
