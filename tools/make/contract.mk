# Contract: lint, mock, test and release openapi.yaml

# Node's tools are pinned in test/contract, Python's in a virtual environment of this checkout.
CONTRACT_PYTHON := .tools/contract-python
CONTRACT_NODE   := test/contract/node_modules

# The least number of cases that schemathesis tries, and more flags for it, for example
# FUZZFLAGS='--seed 42'.
CASES ?= 20000
FUZZFLAGS ?=

$(CONTRACT_PYTHON)/.done: test/contract/requirements.txt
	rm -rf $(CONTRACT_PYTHON)
	python3 -m venv $(CONTRACT_PYTHON)
	$(CONTRACT_PYTHON)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $<
	touch $@

$(CONTRACT_NODE)/.done: test/contract/package-lock.json
	$(NPM_CI) --prefix test/contract
	touch $@

.tools/stage: FORCE
	@mkdir -p .tools
	go build -o $@ ./test/stage

.PHONY: FORCE
FORCE:

.PHONY: lint
lint: lint-contract check-release ## lint openapi.yaml and compare it with the last release (needs Node)

.PHONY: lint-contract
lint-contract: $(CONTRACT_NODE)/.done ## lint openapi.yaml, and openapi-admin.yaml by redocly alone (needs Node)
	$(CONTRACT_NODE)/.bin/redocly lint --config test/contract/redocly.yaml openapi.yaml openapi-admin.yaml
	$(CONTRACT_NODE)/.bin/spectral lint --ruleset test/contract/.spectral.yaml --fail-severity hint openapi.yaml

# -count=1: the test reads openapi.yaml, which is outside its module, so that Go's cache of results
# does not see that it has changed.
.PHONY: check-release
check-release: ## fail if openapi.yaml breaks clients of the last release without a new version
	go -C tools test -count=1 ./release ./layer
	go -C tools run ./release -dir .. check

.PHONY: changelog
changelog: ## write the changes of openapi.yaml since the last release into CHANGELOG.md
	go -C tools run ./release -dir .. changelog

.PHONY: release-contract
release-contract: ## make openapi.yaml the last release, with its changes in CHANGELOG.md
	go -C tools run ./release -dir .. cut

.PHONY: mock
mock: $(CONTRACT_NODE)/.done ## serve the contract's examples at 127.0.0.1:4010, for front ends (needs Node)
	$(CONTRACT_NODE)/.bin/prism mock --host 127.0.0.1 --port 4010 openapi.yaml

# What schemathesis reads: the contract with closed answers, and with links, by which a request uses a
# value of an earlier answer.
LINKED := .tools/openapi.linked.yaml

$(LINKED): $(STRICT) test/contract/links.yaml
	go -C tools run ./overlay $(CURDIR)/$(STRICT) $(CURDIR)/test/contract/links.yaml >$@.new
	mv $@.new $@

.PHONY: test-contract
test-contract: $(LINKED) build .tools/stage $(CONTRACT_PYTHON)/.done test-mock ## test the service with schemathesis, and the mock (needs Python and Node)
	$(CONTRACT_PYTHON)/bin/python test/contract/fuzz.py "$(CURDIR)/.tools/stage" \
		"$(CURDIR)/$(CONTRACT_PYTHON)/bin/st" "$(CURDIR)/$(LINKED)" --cases $(CASES) $(FUZZFLAGS)

.PHONY: test-mock
test-mock: build .tools/stage $(CONTRACT_NODE)/.done ## compare the mock's answers with the service's (needs Node)
	.tools/stage -set ENROLL_LOG_LEVEL=error node --test test/contract/mock.test.mjs
	.tools/stage -set ENROLL_LOG_LEVEL=error -set ENROLL_CAPTCHA=image node --test test/contract/mock.test.mjs

# Generators that Enroll does not ship, and Postman's import, pinned by lock files. NAMES chooses
# clients, for example NAMES='go kotlin'. All of them take two minutes of CPU time. On a busy machine,
# Kotlin and Rust compile for minutes.
GENERATORS_PYTHON := .tools/generators-python
NAMES ?=

$(GENERATORS_PYTHON)/.done: test/generators/requirements.txt
	rm -rf $(GENERATORS_PYTHON)
	python3 -m venv $(GENERATORS_PYTHON)
	$(GENERATORS_PYTHON)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $<
	touch $@

test/generators/node_modules/.done: test/generators/package-lock.json
	$(NPM_CI) --prefix test/generators
	touch $@

.PHONY: generators
generators: build .tools/stage $(JAVA_GENERATOR) $(GENERATORS_PYTHON)/.done test/generators/node_modules/.done ## make, compile and run clients with eight foreign generators, and Postman's import (needs Node, Python, Maven, Cargo)
	.tools/stage -set ENROLL_LOG_LEVEL=error node test/generators/run.mjs "$(CURDIR)/$(JAVA_GENERATOR)" \
		"$(CURDIR)/$(GENERATORS_PYTHON)/bin/python" $(NAMES)
	.tools/stage -set ENROLL_LOG_LEVEL=error -set ENROLL_HTTP_STATUS=always-200 node test/generators/run.mjs --always-200 \
		"$(CURDIR)/$(JAVA_GENERATOR)" "$(CURDIR)/$(GENERATORS_PYTHON)/bin/python" $(NAMES)
