# `make run` and `make test` do all set-up on a Debian machine that has Swift on it.

SWIFT ?= swift
# lld links in seconds what the default linker needs a quarter of a minute for.
FLAGS = -Xswiftc -use-ld=lld --explicit-target-dependency-import-check error
DATA ?= causeway-data

.PHONY: help run test check compat format lint bench build release peers prepare

help:
	@echo "make run      install what is missing, build, start on loopback, print the next commands"
	@echo "make test     install what is missing, then format check, lint, build and all tests"
	@echo "make compat   try the Azure CLI against it, unchanged; downloads it"
	@echo "make check    the same without the tests that start a server"
	@echo "make format   format the sources"
	@echo "make release  build for release: .build/release/causeway and libcauseway-preload.so, to be put side by side"
	@echo "make bench    build for release and measure; see Benchmarks/README.md"

prepare:
	@sh .ci/prepare

build: prepare
	$(SWIFT) build $(FLAGS) --product causeway
	$(PRELOAD) .build/debug/libcauseway-preload.so

# What `causeway exec` loads into programs: plain C beside the executable. Not through the package manager, which would link
# it with the runtime of Swift; after it, because it makes the folder anew.
PRELOAD = $(CC) -std=gnu11 -O2 -fPIC -shared -Wall -Wextra -Werror -Wl,-z,relro,-z,now \
	Sources/CausewayPreload/*.c -ldl -o

run: build
	.build/debug/causeway serve --data-directory $(DATA)

lint:
	$(SWIFT) format lint --strict --recursive Sources Tests migrations openapi Package.swift Benchmarks

check: prepare lint
	$(SWIFT) build $(FLAGS) --build-tests
	$(PRELOAD) .build/debug/libcauseway-preload.so
	$(SWIFT) test $(FLAGS) --skip-build --skip EndToEndTests

test: prepare lint
	$(SWIFT) build $(FLAGS) --build-tests
	$(PRELOAD) .build/debug/libcauseway-preload.so
	$(SWIFT) test $(FLAGS) --skip-build
	sh Tests/Contract/run

# Programs of others, unchanged; they are downloaded.
compat: build
	sh Tests/Compat/run

format:
	$(SWIFT) format --in-place --recursive Sources Tests migrations openapi Package.swift Benchmarks

# One program that needs no Swift where it runs. Functions have sections of their own, so that the linker can merge equal ones
# and put those that are called next to each other; see .ci/order/run.
RELEASE_FLAGS = $(FLAGS) -c release --static-swift-stdlib -Xswiftc -Xfrontend -Xswiftc -function-sections \
	-Xcc -ffunction-sections -Xlinker --icf=all -Xlinker -z -Xlinker pack-relative-relocs \
	-Xlinker --symbol-ordering-file=$(CURDIR)/.build/order.txt -Xlinker --no-warn-symbol-ordering
release: prepare
	@mkdir -p .build && touch .build/order.txt
	$(SWIFT) build $(RELEASE_FLAGS) --product causeway
	.ci/order/run .build/release/causeway .build/order.txt
	rm .build/release/causeway
	$(SWIFT) build $(RELEASE_FLAGS) --product causeway
	$(PRELOAD) .build/release/libcauseway-preload.so

# What the figures are compared with.
peers: release
	$(SWIFT) build $(RELEASE_FLAGS) --product constant-answer
	$(SWIFT) build $(RELEASE_FLAGS) --product raw-copy-relay
	$(SWIFT) build $(RELEASE_FLAGS) --product unmask-loop

bench: peers
	sh Benchmarks/run
