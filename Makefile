# What a person runs in this house; each target is one line here and one script in Scripts/.
# Works with the make of macOS (3.81) as well as with Debian's.

PREFIX ?= /usr/local
DESTDIR ?=
# What `make bench` gives to Scripts/bench: make bench BENCH="--only Q1,Q7"
BENCH ?=
# What `make demo-live` gives to Scripts/demo-live: make demo-live DEMO="--seconds 60"
DEMO ?=

.DEFAULT_GOAL := help
.PHONY: help bootstrap build test lint format demo demo-ecommerce demo-lake demo-live faults faults-lake bench install clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

bootstrap: ## Install what is missing to build (Debian: apt, macOS: Homebrew)
	@Scripts/bootstrap

build: bootstrap ## Build the release binary, .build/release/tidemill
	@Scripts/build

test: bootstrap ## Check the format, build everything, run the tests, count instructions
	@Scripts/lint
	@Scripts/test
	@Scripts/budget

lint: bootstrap ## Check format and style of sources and scripts
	@Scripts/lint

format: bootstrap ## Format the sources in place
	@Scripts/swift format --in-place --recursive Sources Tests Examples Benchmarks Package.swift

demo: build ## Watch hourly totals change while files keep arriving (about 12 seconds)
	@Scripts/demo

demo-ecommerce: build ## Sales from Kafka into SQLite, with a kill in the middle; every cent checked (about 20 seconds)
	@Scripts/demo-ecommerce

faults: build ## Kill it 50 times between full disks, lost servers and torn logs; every cent checked (about a minute)
	@Scripts/faults

faults-lake: build ## Kill it at the steps of its commits to Delta tables, beside other writers and a store in trouble (about a minute)
	@Scripts/faults-lake

demo-lake: build ## Sales into Delta tables, read by DuckDB and deltalake meanwhile; every cent checked (about 20 seconds)
	@Scripts/demo-lake

demo-live: build ## A shop's sales from Kafka on a dashboard; prints its address, ends with Ctrl-C
	@Scripts/demo-live $(DEMO)

bench: build ## Time 10 million events beside DuckDB, every answer checked
	@Scripts/bench $(BENCH)

install: bootstrap ## Install into PREFIX (/usr/local); runs without a Swift toolchain
	@PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' Scripts/install

clean: ## Remove everything that was built
	rm -rf .build .build-install
