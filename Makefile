# Run, build, test, generate, check, measure
# Go, git and make are enough for `make run` and `make test`. `make gen` and `make check` also need a
# C compiler, for the SQL compiler; `make test` uses one for the race detector. `.ci/run` installs
# all tools on Debian. Other targets are included from tools/make, one file for each subject.

# A failing command in a pipe fails the recipe.
SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
# `make -j` would regenerate gen/ while other targets compile it.
.NOTPARALLEL:
.DEFAULT_GOAL := help

# The version that `enroll` reports. A source archive has no git history.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

# The packages of `make test`, and more flags for it, for example
# PACKAGES=./internal/server TESTFLAGS='-v -run Register'.
PACKAGES  ?= ./...
TESTFLAGS ?=

# Generators and linters are pinned in a module of their own, which keeps their dependencies out of
# the product's.
TOOL := go tool -modfile=tools/go.mod

ARGON2 := internal/password/argon2

# Installs what a lock file names and runs no script of a package.
NPM_CI := npm ci --ignore-scripts --no-audit --no-fund --loglevel=error

.PHONY: help
help: ## list the targets
	@awk -f tools/make/help.awk $(MAKEFILE_LIST)

# Without cgo, paths and VCS stamps the same sources, Go version and VERSION give the same bytes on
# every machine, and the binary needs no C library. The version comes from git describe instead of the
# VCS stamp: stamping fails in a checkout that belongs to another user.
BUILD := CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '-s -w -X main.version=$(VERSION)'

.PHONY: build
build: ## compile bin/enroll
	$(BUILD) -o bin/enroll ./cmd/enroll

.PHONY: run
run: build ## build, then serve with a private PostgreSQL and print a curl line to try
	exec bin/enroll serve --dev

# The seconds after which `make test` warns of a package, with two processors and the race detector.
BOUND ?= 200

.PHONY: test
test: ## run all tests that need only Go, with the race detector if there is a C compiler
	@tools/make/test.sh $(BOUND) $(TESTFLAGS) $(PACKAGES)
	@echo 'Not run: `make test-clients` (SDKs, sign-up page, contract, documents; needs more tools).'

.PHONY: test-bare
test-bare: ## try make run and make test in a bare Debian, as root and as an ordinary user (needs root, debootstrap)
	.ci/bare

# Generated code is compared first: a difference explains the failures that would follow.
.PHONY: test-clients
test-clients: check-sdk check-page lint test-sdk test-page test-contract test-docs
test-clients: ## test SDKs, page, contract and documents (needs what `.ci/run` installs)

# Old output is removed first: the code of a removed query or operation would stay otherwise.
.PHONY: gen
gen: need-gcc ## compile openapi.yaml, schema/ and queries/ into gen/
	rm -f gen/api/*.go gen/admin/*.go gen/db/*.go
	mkdir -p gen/api gen/admin gen/db
	@mkdir -p .tools
	go -C tools run ./overlay -enums $(CURDIR)/openapi.yaml $(CURDIR)/tools/overlay.yaml >.tools/openapi.server.yaml
	$(TOOL) oapi-codegen -config tools/oapi-codegen.yaml .tools/openapi.server.yaml
	go -C tools run ./overlay $(CURDIR)/openapi-admin.yaml $(CURDIR)/tools/overlay-admin.yaml >.tools/openapi-admin.server.yaml
	$(TOOL) oapi-codegen -config tools/oapi-codegen-admin.yaml .tools/openapi-admin.server.yaml
	go -C tools run ./always200 $(CURDIR)/openapi.yaml >gen/openapi-always-200.yaml
	$(TOOL) sqlc generate

# The generator is three files of the package; a build constraint keeps them out of every build.
.PHONY: asm
asm: ## generate the assembly of internal/password/argon2
	cd $(ARGON2) && go run -modfile=../../../tools/go.mod asm_gen.go asm_avx2_gen.go asm_avx512_gen.go \
		-pkg argon2 -out fill_amd64.s -stubs fill_amd64.go

.PHONY: check
check: check-gen check-asm check-format check-vet check-static check-modules check-contract check-bench
check: check-vuln check-build check-image check-chart sbom ## run the checks that need only Go and a C compiler

.PHONY: check-gen
check-gen: gen ## fail if gen/ is not what `make gen` generates
	@tools/make/committed.sh gen gen

.PHONY: check-asm
check-asm: asm ## fail if the assembly is not what `make asm` generates
	@tools/make/committed.sh asm $(ARGON2)/fill_amd64.s $(ARGON2)/fill_amd64.go

.PHONY: check-format
check-format: ## fail if gofmt would change a file
	@tools/make/formatted.sh

.PHONY: check-vet
check-vet: ## run go vet
	go vet ./...
	go vet -tags release ./cmd/enroll
	go vet -tags docs ./test/docs

.PHONY: check-static
check-static: ## run staticcheck
	$(TOOL) staticcheck ./...
	$(TOOL) staticcheck -tags release ./cmd/enroll
	$(TOOL) staticcheck -tags docs ./test/docs

# `go mod tidy` is left out for tools/: it fetches what the tests of the tools import.
.PHONY: check-modules
check-modules: ## compare modules with go.sum, and go.mod with the imports
	go mod verify
	go mod tidy -diff
	go -C tools mod verify
	go -C tools/image mod verify
	go -C tools/image mod tidy -diff
	go -C tools/chart mod verify
	go -C tools/chart mod tidy -diff
	go -C test/docs/go mod verify
	go -C test/docs/go mod tidy -diff

.PHONY: figures
figures: ## print sizes, comment shares and line lengths beside their goals
	@go test -count=1 -v -run '^TestFigures$$' ./test/house | grep -v '^=== \|^---\|^PASS\|^ok'

# Numbers of new ranges are refused until the metadata knows them, or ENROLL_PHONE_ALSO names them.
.PHONY: update-phones
update-phones: ## take the newest numbering plans, and test that no stored form has changed
	go get github.com/nyaruka/phonenumbers@latest
	go mod tidy
	go test -run=Phone ./internal/identifier

# The release is pinned in disposable_requirements.txt; disposable.md says how to take a newer one.
.PHONY: update-disposable
update-disposable: ## make the list of disposable mail domains anew, and test it (needs pip)
	@rm -rf .tools/disposable
	pip download --quiet --disable-pip-version-check --no-deps --require-hashes --dest .tools/disposable \
		-r internal/identifier/disposable_requirements.txt
	cd internal/identifier && go run disposable_gen.go ../../.tools/disposable/disposable_email_domains-*.whl
	go test -run=Disposable ./internal/identifier

# `go test` passes if no test matches the pattern, so the first command looks for one.
.PHONY: check-contract
check-contract: ## run the tests that compare openapi.yaml with server and messages
	@go test -list=Contract ./internal/server | grep '^Test' >/dev/null || \
		{ echo 'no test of internal/server is named for the contract' >&2; exit 1; }
	go test -run=Contract ./internal/server

.PHONY: check-bench
check-bench: ## run each Go benchmark once, to see that it still works
	go test -run='^$$' -bench=. -benchtime=1x ./...

# The folder of `make bench`, on a disk with 20 GB free, and more flags, for example
# BENCHFLAGS='-quick register flood'.
BENCHDIR   ?= .bench
BENCHFLAGS ?=

# A benchmark needs a quiet machine, because other processes lower the figures. Its longest part is
# `grow`, which inserts ten million users.
.PHONY: bench
bench: build ## measure throughput, floods, growth and start against the goals
	@mkdir -p $(BENCHDIR)
	go run ./cmd/bench -enroll bin/enroll -dir $(BENCHDIR) -json $(BENCHDIR)/report.json $(BENCHFLAGS)

# npm writes the stamp itself; touching it gives it the time of this run.
tools/node_modules/.package-lock.json: tools/package-lock.json
	$(NPM_CI) --prefix tools
	touch $@

.PHONY: clean
clean: ## remove bin/; the data of `make run` stays in .enroll/
	rm -rf bin

.PHONY: need-gcc
need-gcc:
	@command -v "$$(go env CC | cut -d' ' -f1)" >/dev/null || \
		{ echo 'A C compiler is needed. On Debian: apt-get install gcc libc6-dev' >&2; exit 1; }

include tools/make/sdk.mk tools/make/page.mk tools/make/contract.mk tools/make/docs.mk
include tools/make/security.mk tools/make/release.mk tools/make/chaos.mk
