# Everything that builds, tests and checks Enroll. `make` alone says what there is.
# It needs Go and git; `make test`, `make gen` and `make check` need gcc as well,
# for the race detector and for the SQL compiler. Clients need Node 20.11 with npm.
# `.ci/run` installs it.

# A failing command in a pipe fails the recipe.
SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
# `make -j` would regenerate gen/ while other targets compile it.
.NOTPARALLEL:
.DEFAULT_GOAL := help

# The version that `enroll` reports. A source archive has no git history.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

# How long `make fuzz` spends on each target.
FUZZTIME ?= 60s

# How many requests made from the contract `make fuzz` sends after that.
REQUESTS ?= 100000

# How many inputs it hashes with each implementation of argon2id at last.
INPUTS ?= 100000

# The folder of an offline vulnerability database, in the layout of
# https://go.dev/doc/security/vuln/database; empty for vuln.go.dev.
VULNDB ?= $(realpath $(wildcard ../shared/vulndb))

# More flags for `make test`, for example TESTFLAGS='-v -run Register'.
TESTFLAGS ?=

# Generators and linters are pinned in a module of their own, which keeps their
# dependencies out of the product's.
TOOL := go tool -modfile=tools/go.mod

ARGON2 := internal/password/argon2

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

# The inventory of what is in the binary, in CycloneDX, with licences as they are
# detected. Of three nobody's pattern knows the text: Go itself (BSD-3-Clause),
# goose and oasdiff/yaml (MIT). It fails where it does not name exactly the modules
# that the binary says it was built from.
.PHONY: sbom
sbom: build ## write bin/enroll.cdx.json, what the binary is made of
	CGO_ENABLED=0 $(TOOL) cyclonedx-gomod app -json -licenses -std -noserial -notimestamp -main cmd/enroll -output bin/enroll.cdx.json .
	@diff <(go version -m bin/enroll | awk '$$1 == "dep" { print $$2 "@" $$3 }' | sort) \
		<(sed -nE 's|^ *"bom-ref": "pkg:golang/([^?]*)\?type=module",$$|\1|p' bin/enroll.cdx.json | grep -v '^std@' | sort) || \
		{ echo 'bin/enroll.cdx.json and bin/enroll name other modules' >&2; exit 1; }

.PHONY: run
run: build ## build, then serve with a private PostgreSQL and a curl line to try
	exec bin/enroll serve --dev

.PHONY: test
test: need-gcc ## run every test, with the race detector
	go test -race -shuffle=on $(TESTFLAGS) ./...
	@echo 'Left to `make test-clients`: SDKs, sign-up page, contract tests and documentation, which need more than Go and PostgreSQL.'

# What is generated for clients is compared first: a difference there explains the
# failures that would follow.
.PHONY: test-clients
test-clients: check-sdk check-page lint drift test-sdk test-page test-contract test-docs ## show that clients can rely on it (needs Node.js, Python, Java, Maven, Chromium, nginx with njs)

# The proxy of the page is trusted, and a limit shows whether it tells clients apart.
.PHONY: test-docs
test-docs: build ## run what docs/ and deploy/ tell people to run (needs Node.js, Python, Java, Maven, nginx with njs)
	go run ./test/stage -set ENROLL_TRUSTED_PROXIES=127.0.0.1 -set ENROLL_LIMIT_ADDRESS=300/1m \
		go test -tags docs -count=1 -timeout 10m $(TESTFLAGS) ./test/docs

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
	go vet -tags docs ./test/docs

.PHONY: check-static
check-static:
	$(TOOL) staticcheck ./...
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

# The same sources in another folder, compiled from nothing, give the same bytes.
.PHONY: check-build
check-build: build
	@folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
	git ls-files -z | xargs -0 cp --parents -t "$$folder"; \
	(cd "$$folder" && GOCACHE="$$folder/.cache" $(BUILD) -o "$$folder/enroll" ./cmd/enroll); \
	cmp bin/enroll "$$folder/enroll" || { echo 'two builds of the same sources differ' >&2; exit 1; }

.PHONY: check-vuln
check-vuln:
	$(TOOL) govulncheck $(if $(VULNDB),-db 'file://$(VULNDB)') ./...

# go test fuzzes one target at a time. A crasher is written to testdata/fuzz,
# where `make test` repeats it from then on. Then come requests made from the
# contract, of which `make test` sends 2,000, and passwords hashed by argon2id,
# of which it takes 400; a failure says how to repeat it.
.PHONY: fuzz
fuzz: ## run each fuzz target for FUZZTIME (60s), then send REQUESTS (100000) made from the contract and hash INPUTS (100000)
	@targets=$$(grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' --exclude-dir=testdata cmd internal) || { echo 'no fuzz target found' >&2; exit 1; }; \
	while IFS=: read -r file name; do \
		echo "== $${name#func } in $$(dirname "$$file"), $(FUZZTIME)"; \
		go test -run='^$$' -fuzz="^$${name#func }\$$" -fuzztime=$(FUZZTIME) "./$$(dirname "$$file")" </dev/null; \
	done <<<"$$targets"
	go test -run='^(TestSpecFuzz|TestOracle)$$' -timeout=1h ./internal/server -requests=$(REQUESTS) -seed=0
	go test -run='^TestAgrees$$' -timeout=1h ./$(ARGON2) -inputs=$(INPUTS) -seed=0

# The folder for `make bench`, on a disk with 20 GB of room, and more flags, for
# example BENCHFLAGS='-quick register flood'.
BENCHDIR   ?= .bench
BENCHFLAGS ?=

# An hour on a quiet machine, most of it for ten million users.
.PHONY: bench
bench: build ## measure throughput, floods, growth and start against the goals
	@mkdir -p $(BENCHDIR)
	go run ./cmd/bench -enroll bin/enroll -dir $(BENCHDIR) -json $(BENCHDIR)/report.json $(BENCHFLAGS)

# The short run of `make test` leaves room for whatever else the machine does.
# This one is the protocol itself and wants a quiet machine for an hour: five
# contrasts, each 3 times 4,000 requests at 20 a second.
.PHONY: timing
timing: ## show that the time of an answer tells nothing about accounts (CONTRAST=email: of these only)
	go test -run='^TestTiming$$/$(CONTRAST)' -timeout=2h -v ./internal/server -timing

# The packages whose failure is somebody else's account, and the least share of
# their statements that the tests of all packages together pass through. Lines
# that run are not lines that are checked: `make mutants` is about those.
CRITICAL := account captcha identifier limit mail password postgres server sms token
COVERED  ?= 90

.PHONY: cover
cover: ## show that tests pass through 90 % of each security package
	@mkdir -p bin
	go test -coverpkg="$$(printf ',./internal/%s' $(CRITICAL) | cut -c2-)" -coverprofile=bin/cover.out ./... | sed 's/\tcoverage:.*//'
	@awk -v least=$(COVERED) ' \
		NR > 1 { split($$1, at, ":"); sub("/[^/]*$$", "", at[1]); size[$$1] = $$2; home[$$1] = at[1]; if ($$3) hit[$$1] = 1 } \
		END { for (b in size) { all[home[b]] += size[b]; if (b in hit) ran[home[b]] += size[b] } \
			for (p in all) { share = 100 * ran[p] / all[p]; printf "%5.1f %% of %4d statements  %s\n", share, all[p], p; if (share < least) bad = 1 } \
			if (bad) print "less than " least " % somewhere: write the test" > "/dev/stderr"; exit bad }' bin/cover.out

# More flags for `make mutants`, for example MUTANTFLAGS='-run captcha -v'.
MUTANTFLAGS ?=

# Takes one security check out at a time and wants a test to fail; some 20
# minutes. `make test` holds the table of mutants against the code.
.PHONY: mutants
mutants: ## show that tests miss each security check
	go run ./test/mutants $(MUTANTFLAGS)

# What lock files name, from npm's own cache or the network. No script of a
# package is run. The stamp is a file that npm itself writes.
NPM_CI := npm ci --ignore-scripts --no-audit --no-fund --loglevel=error

tools/node_modules/.package-lock.json: tools/package-lock.json
	$(NPM_CI) --prefix tools
	touch $@

# What the generators of SDKs read: the contract without what only servers and
# contract tests need.
CLIENTS := .tools/openapi.sdk.yaml
SDK     := tools/sdk
PYTHON  := .tools/python/bin

$(CLIENTS): openapi.yaml $(SDK)/overlay.yaml tools/overlay/main.go
	@mkdir -p .tools
	go -C tools run ./overlay $(CURDIR)/openapi.yaml $(CURDIR)/$(SDK)/overlay.yaml >$@.new
	mv $@.new $@

$(PYTHON)/.stamp: tools/python/requirements.txt
	rm -rf .tools/python
	python3 -m venv .tools/python
	$(PYTHON)/pip install -q --disable-pip-version-check --require-hashes -r $<
	touch $@

# Each SDK is generated code and, copied beside it, the layer of ours from
# tools/sdk that makes refusals values of the language.
.PHONY: sdk
sdk: sdk-go sdk-python sdk-java sdk-typescript ## compile openapi.yaml into gen/sdk

.PHONY: sdk-go
sdk-go: $(CLIENTS)
	rm -rf gen/sdk/go
	mkdir -p gen/sdk
	cp -r $(SDK)/go gen/sdk/go
	$(TOOL) oapi-codegen -config $(SDK)/go.yaml $(CLIENTS)

# The generator's own client and its errors are replaced by ours.
.PHONY: sdk-python
sdk-python: $(CLIENTS) $(PYTHON)/.stamp
	rm -rf gen/sdk/python
	mkdir -p gen/sdk
	cp -r $(SDK)/python gen/sdk/python
	PATH="$(CURDIR)/$(PYTHON):$$PATH" openapi-python-client generate --path $(CLIENTS) --meta none \
		--output-path gen/sdk/python/enroll/raw --config $(SDK)/python.yaml --custom-template-path $(SDK)/python-templates
	rm -rf gen/sdk/python/enroll/raw/client.py gen/sdk/python/enroll/raw/errors.py gen/sdk/python/enroll/raw/.ruff_cache
	echo '"""The models and requests of the contract, generated."""' >gen/sdk/python/enroll/raw/__init__.py

# The generator's jar comes from Maven Central and is what jar.sha256 says.
JAVA_GENERATOR := .tools/java/openapi-generator-cli.jar

$(JAVA_GENERATOR): tools/java/pom.xml tools/java/jar.sha256
	mvn -q -B -f tools/java/pom.xml dependency:copy-dependencies -DoutputDirectory=$(CURDIR)/.tools/java -Dmdep.stripVersion=true
	sha256sum --check --quiet tools/java/jar.sha256
	touch $@

.PHONY: sdk-java
sdk-java: $(CLIENTS) $(JAVA_GENERATOR)
	rm -rf gen/sdk/java
	mkdir -p gen/sdk
	cp -r $(SDK)/java gen/sdk/java
	go -C tools run ./overlay $(CURDIR)/$(CLIENTS) $(CURDIR)/$(SDK)/java-overlay.yaml >.tools/openapi.java.yaml
	java -jar $(JAVA_GENERATOR) generate -c $(SDK)/java.yaml -i .tools/openapi.java.yaml -o gen/sdk/java >.tools/java.log 2>&1 || { cat .tools/java.log >&2; exit 1; }
	rm -rf gen/sdk/java/.openapi-generator gen/sdk/java/.openapi-generator-ignore

.PHONY: check-sdk
check-sdk: sdk ## fail if gen/sdk is not what the contract gives
	@git diff --exit-code -- gen/sdk || { echo 'gen/sdk differs from the contract: commit what `make sdk` made' >&2; exit 1; }
	@extra=$$(git ls-files --others -- gen/sdk); test -z "$$extra" || { printf 'not in git: %s\n' $$extra >&2; exit 1; }

# Each language plays all of test/scenarios.json, and its README's program.
PLAY = go run ./test/stage -scenarios test/scenarios.json

.PHONY: test-sdk
test-sdk: test-sdk-go test-sdk-python test-sdk-java test-sdk-typescript ## show that the SDKs do the same against a real service

.PHONY: test-sdk-go
test-sdk-go: build
	go build -o bin/sdk-go ./test/sdk/go
	$(PLAY) bin/sdk-go test/scenarios.json gen/sdk/go/README.md

# Installed as a team would, without its dependencies: those are pinned.
.PHONY: test-sdk-python
test-sdk-python: build $(PYTHON)/.stamp
	$(PYTHON)/pip install -q --disable-pip-version-check --no-build-isolation --no-deps --no-index --force-reinstall ./gen/sdk/python
	$(PYTHON)/mypy --strict --no-error-summary gen/sdk/python/enroll test/sdk/python
	$(PLAY) $(PYTHON)/python test/sdk/python/play.py test/scenarios.json gen/sdk/python/README.md

# Built in a copy, because nothing may be left in gen/.
.PHONY: test-sdk-java
test-sdk-java: build
	rm -rf .tools/java-clients
	cp -r test/sdk/java .tools/java-clients
	cp -r gen/sdk/java .tools/java-clients/sdk
	mvn -q -B -f .tools/java-clients/pom.xml package
	$(PLAY) java -cp '.tools/java-clients/play/target/play.jar:.tools/java-clients/play/target/lib/*' \
		io.github.enrollproject.play.Play test/scenarios.json gen/sdk/java/README.md

.PHONY: sdk-typescript
sdk-typescript: tools/node_modules/.package-lock.json ## compile openapi.yaml into gen/sdk/typescript
	node tools/sdk/typescript/generate.mjs

.PHONY: page
page: tools/node_modules/.package-lock.json ## compile internal/signup/web into internal/signup/assets
	node tools/page.mjs

# Installed anew each time: npm would keep a copy of an SDK of the same version.
.PHONY: test-sdk-typescript
test-sdk-typescript: build ## install the TypeScript SDK as a team would, and test it against a real service
	$(NPM_CI) --prefix test/sdk/typescript
	$(PLAY) node --test --test-reporter=spec test/sdk/typescript/*.test.mjs

test/page/node_modules/.package-lock.json: test/page/package-lock.json
	$(NPM_CI) --prefix test/page
	touch $@

# More flags for node, for example PAGEFLAGS='--test-name-pattern=keyboard'. What
# a failed scene showed is in test/page/failures/.
PAGEFLAGS ?=

.PHONY: test-page
test-page: build need-chromium test/page/node_modules/.package-lock.json ## register on the sign-up page and in Swagger UI with a real browser
	go run ./test/stage -scenarios test/page/stage.json node --test --test-reporter=spec $(PAGEFLAGS) test/page/*.test.mjs

.PHONY: screenshots
screenshots: build need-chromium test/page/node_modules/.package-lock.json ## take the README's pictures into docs/images/
	go run ./test/stage -scenarios test/page/stage.json node test/page/screenshots.mjs

# What is compiled from TypeScript is what the sources say.
.PHONY: check-page
check-page: sdk-typescript page
	@git diff --exit-code -- gen/sdk/typescript internal/signup/assets || { echo 'commit what `make sdk-typescript page` made' >&2; exit 1; }
	@extra=$$(git ls-files --others -- gen/sdk/typescript internal/signup/assets); test -z "$$extra" || { printf 'not in git: %s\n' $$extra >&2; exit 1; }

.PHONY: swagger-ui
swagger-ui: ## take the pinned release of Swagger UI into the tree (needs the network)
	internal/swaggerui/update.sh

.PHONY: clean
clean: ## remove what was built; .enroll, the data of `make run`, stays
	rm -rf bin

.PHONY: need-chromium
need-chromium:
	@command -v "$${CHROMIUM:-/usr/bin/chromium}" >/dev/null || { \
		echo "Chromium is needed here and there is none; on Debian: apt-get install chromium, or name it in CHROMIUM" >&2; exit 1; }

# The race detector and the SQL compiler are linked by a C compiler.
.PHONY: need-gcc
need-gcc:
	@command -v "$$(go env CC | cut -d' ' -f1)" >/dev/null || { \
		echo "a C compiler is needed here and there is none; on Debian: apt-get install gcc libc6-dev" >&2; exit 1; }

# What holds the contract. Node's tools are pinned in test/contract, Python's in a
# virtual environment of this checkout.
CONTRACT_PYTHON := .tools/contract-python
CONTRACT_NODE   := test/contract/node_modules

# How many cases schemathesis tries at the least, and more flags for it, for example
# FUZZFLAGS='--seed 42'.
CASES ?= 20000
FUZZFLAGS ?=

$(CONTRACT_PYTHON)/.done: test/contract/requirements.txt
	rm -rf $(CONTRACT_PYTHON)
	python3 -m venv $(CONTRACT_PYTHON)
	$(CONTRACT_PYTHON)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $<
	touch $@

# No tool of ours needs a script that runs while it is installed.
$(CONTRACT_NODE)/.done: test/contract/package-lock.json
	npm --prefix test/contract ci --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

.tools/stage: FORCE
	@mkdir -p .tools
	go build -o $@ ./test/stage

.PHONY: FORCE
FORCE:

.PHONY: lint
lint: lint-contract check-release ## hold openapi.yaml against redocly, spectral and the last release (needs Node)

.PHONY: lint-contract
lint-contract: $(CONTRACT_NODE)/.done
	$(CONTRACT_NODE)/.bin/redocly lint --config test/contract/redocly.yaml openapi.yaml
	$(CONTRACT_NODE)/.bin/spectral lint --ruleset test/contract/.spectral.yaml --fail-severity hint openapi.yaml

# Needs nothing but Go.
.PHONY: check-release
check-release:
	go -C tools test ./release
	go -C tools run ./release -dir .. check

.PHONY: changelog
changelog: ## write what changed in openapi.yaml since the last release into CHANGELOG.md
	go -C tools run ./release -dir .. changelog

.PHONY: release-contract
release-contract: ## make openapi.yaml the last release, with its changes in CHANGELOG.md
	go -C tools run ./release -dir .. cut

.PHONY: mock
mock: $(CONTRACT_NODE)/.done ## serve the contract's examples at 127.0.0.1:4010, for front ends (needs Node)
	$(CONTRACT_NODE)/.bin/prism mock --host 127.0.0.1 --port 4010 openapi.yaml

.PHONY: test-contract
test-contract: build .tools/stage $(CONTRACT_PYTHON)/.done test-mock ## try the contract against the service with schemathesis, and the mock (needs Python and Node)
	$(CONTRACT_PYTHON)/bin/python test/contract/fuzz.py "$(CURDIR)/.tools/stage" "$(CURDIR)/$(CONTRACT_PYTHON)/bin/st" --cases $(CASES) $(FUZZFLAGS)

.PHONY: test-mock
test-mock: build .tools/stage $(CONTRACT_NODE)/.done
	.tools/stage -set ENROLL_LOG_LEVEL=error node --test test/contract/mock.test.mjs
	.tools/stage -set ENROLL_LOG_LEVEL=error -set ENROLL_CAPTCHA=image node --test test/contract/mock.test.mjs

.PHONY: docs
docs: ## make docs/errors.md from the contract
	go test -run='^TestErrorsPage$$' ./internal/server -update

.PHONY: drift
drift: ## show that contract and code cannot differ without a failure
	go run ./test/mutants -run '^drift: '
