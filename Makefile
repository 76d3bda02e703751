# Headwater: the commands you need. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run build web test lint reference bench screenshots lighthouse clean

# Where `make run` keeps its data, and what else to tell the server.
DATA ?= ./data
ARGS ?=

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

run: build ## build what changed and start Headwater on http://localhost:3000
	@. deploy/env && exec "$$TARGET/release/headwater" serve --data $(DATA) $(ARGS)

build: web ## build the release binary (the first time takes a while)
	@. deploy/env && cargo build --release --locked -p headwater

web: ## build the web app if its sources changed
	@deploy/setup run
	@deploy/web build

test: ## everything CI runs: format, lints, web, unit, end-to-end, browser
	@deploy/setup test
	@deploy/test

lint: ## format and lints only
	@. deploy/env && cargo fmt --all --check && cargo clippy --workspace --all-targets --locked -- -D warnings

reference: ## write the generated reference pages and the web app's client anew
	@deploy/setup test
	@. deploy/env && INSTA_UPDATE=always cargo nextest run --workspace --locked \
	  -E 'package(headwater-server) | package(headwater) | package(headwater-engine)'
	@cd web && npm run --silent generate

bench: ## measure, and write docs/benchmarks.md
	@deploy/setup bench
	@deploy/load/bench

screenshots: ## take the pictures of every page anew, into docs/screenshots
	@deploy/setup test
	@deploy/screenshots

lighthouse: ## have Lighthouse judge every page, and write docs/benchmarks.md
	@deploy/setup test
	@deploy/lighthouse

clean: ## remove everything that was built (never ./data)
	rm -rf target build web/dist web/node_modules .tools
