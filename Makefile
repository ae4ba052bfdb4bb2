# Everything that builds, tests and checks Enroll. `make` alone says what there is.
# It needs Go and git; `make gen` and `make check` need gcc as well, for the SQL
# compiler, and `make test` uses it for the race detector. Clients need Node 20.11
# with npm.
# `.ci/run` installs it.

# A failing command in a pipe fails the recipe.
SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
# `make -j` would regenerate gen/ while other targets compile it.
.NOTPARALLEL:
.DEFAULT_GOAL := help

# The version that `enroll` reports. A source archive has no git history.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

# What `make test` tests, and more flags for it, for example
# PACKAGES=./internal/server TESTFLAGS='-v -run Register'.
PACKAGES  ?= ./...
TESTFLAGS ?=

# Generators and linters are pinned in a module of their own, which keeps their
# dependencies out of the product's.
TOOL := go tool -modfile=tools/go.mod

ARGON2 := internal/password/argon2

# What lock files name, from npm's own cache or the network. No script of a
# package is run. The stamp is a file that npm itself writes.
NPM_CI := npm ci --ignore-scripts --no-audit --no-fund --loglevel=error

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-20s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

BUILD := CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '-s -w -X main.version=$(VERSION)'

# Without cgo, paths and VCS stamps the same sources give the same bytes
# everywhere, and the binary runs on any Linux. The version comes from
# git describe instead of the stamp, which fails in a checkout that another
# user owns.
.PHONY: build
build: ## compile bin/enroll
	$(BUILD) -o bin/enroll ./cmd/enroll

.PHONY: run
run: build ## build, then serve with a private PostgreSQL and a curl line to try
	exec bin/enroll serve --dev

# The race detector is linked by a C compiler with the headers of a C library. Cgo
# is off where they are missing: a compiler without headers would fail on net.
COMPILES := echo '\#include <stdlib.h>' | $$(go env CC) -x c -fsyntax-only - 2>/dev/null

# Go's own limit of ten minutes for a package is for a machine without other work.
.PHONY: test
test: ## run every test, with the race detector if there is a C compiler
	@race=-race; $(COMPILES) || { race=; export CGO_ENABLED=0; \
		echo 'There is no C compiler: the same tests run without the race detector.'; }; \
	set -x; go test $$race -shuffle=on -timeout=30m $(TESTFLAGS) $(PACKAGES)
	@echo 'Left to `make test-clients`: SDKs, sign-up page, contract tests and documentation, which need more than Go and PostgreSQL.'

# What is generated for clients is compared first: a difference there explains the
# failures that would follow.
.PHONY: test-clients
test-clients: check-sdk check-page lint drift test-sdk test-page test-contract test-docs ## show that clients can rely on it (needs Node.js, Python, Java, Maven, Chromium, nginx with njs)

# What is generated is removed first, so that the code of a removed query or
# operation does not outlive it.
.PHONY: gen
gen: need-gcc ## compile openapi.yaml, schema/ and queries/ into gen/
	rm -f gen/api/*.go gen/db/*.go
	mkdir -p gen/api gen/db
	$(TOOL) oapi-codegen -config tools/oapi-codegen.yaml openapi.yaml
	$(TOOL) sqlc generate

# The generator is three files of the package that no build compiles.
.PHONY: asm
asm: ## generate the assembly of internal/password/argon2
	cd $(ARGON2) && go run -modfile=../../../tools/go.mod asm_gen.go asm_avx2_gen.go asm_avx512_gen.go \
		-pkg argon2 -out fill_amd64.s -stubs fill_amd64.go

.PHONY: check
check: check-gen check-asm check-format check-vet check-static check-modules check-contract check-bench check-vuln check-build sbom ## all that must hold besides the tests

# Compares with the index, so that what is staged counts as kept; CI has a
# fresh clone, where that is the commit. Ignored files under gen/ count too.
.PHONY: check-gen
check-gen: gen
	@git diff --exit-code -- gen || { echo 'gen/ differs from its contracts: commit what `make gen` made' >&2; exit 1; }
	@extra=$$(git ls-files --others -- gen); test -z "$$extra" || { printf 'not in git: %s\n' $$extra >&2; exit 1; }

.PHONY: check-asm
check-asm: asm
	@git diff --exit-code -- $(ARGON2)/fill_amd64.s $(ARGON2)/fill_amd64.go || { echo 'the assembly differs from its generator: commit what `make asm` made' >&2; exit 1; }

.PHONY: check-format
check-format:
	@unformatted=$$(git ls-files -z '*.go' | xargs -0 "$$(go env GOROOT)/bin/gofmt" -l); test -z "$$unformatted" || { printf 'not formatted by gofmt: %s\n' $$unformatted >&2; exit 1; }

.PHONY: check-vet
check-vet:
	go vet ./...
	go vet -tags release ./cmd/enroll
	go vet -tags docs ./test/docs

.PHONY: check-static
check-static:
	$(TOOL) staticcheck ./...
	$(TOOL) staticcheck -tags release ./cmd/enroll
	$(TOOL) staticcheck -tags docs ./test/docs

# The modules are what go.sum says, and go.mod names exactly what is imported.
# Not so for the tools: to tidy them fetches what their tests import.
.PHONY: check-modules
check-modules:
	go mod verify
	go mod tidy -diff
	go -C tools mod verify
	go -C test/docs/go mod verify
	go -C test/docs/go mod tidy -diff

# The contract's own rules, and that server and messages keep to it. go test
# passes when a pattern matches nothing, hence the look before.
.PHONY: check-contract
check-contract:
	@go test -list=Contract ./internal/server | grep '^Test' >/dev/null || { echo 'internal/server has no test named for the contract' >&2; exit 1; }
	go test -run=Contract ./internal/server

# Once each, so that benchmarks cannot rot.
.PHONY: check-bench
check-bench:
	go test -run='^$$' -bench=. -benchtime=1x ./...

# The folder for `make bench`, on a disk with 20 GB of room, and more flags, for
# example BENCHFLAGS='-quick register flood'.
BENCHDIR   ?= .bench
BENCHFLAGS ?=

# An hour on a quiet machine, most of it for ten million users.
.PHONY: bench
bench: build ## measure throughput, floods, growth and start against the goals
	@mkdir -p $(BENCHDIR)
	go run ./cmd/bench -enroll bin/enroll -dir $(BENCHDIR) -json $(BENCHDIR)/report.json $(BENCHFLAGS)

tools/node_modules/.package-lock.json: tools/package-lock.json
	$(NPM_CI) --prefix tools
	touch $@

.PHONY: clean
clean: ## remove what was built; .enroll, the data of `make run`, stays
	rm -rf bin

# The race detector and the SQL compiler are linked by a C compiler.
.PHONY: need-gcc
need-gcc:
	@command -v "$$(go env CC | cut -d' ' -f1)" >/dev/null || { \
		echo "a C compiler is needed here and there is none; on Debian: apt-get install gcc libc6-dev" >&2; exit 1; }

include tools/make/sdk.mk tools/make/page.mk tools/make/contract.mk tools/make/docs.mk tools/make/security.mk tools/make/release.mk
