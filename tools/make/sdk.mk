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

.PHONY: sdk-typescript
sdk-typescript: tools/node_modules/.package-lock.json ## compile openapi.yaml into gen/sdk/typescript
	node tools/sdk/typescript/generate.mjs

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

# Installed anew each time: npm would keep a copy of an SDK of the same version.
.PHONY: test-sdk-typescript
test-sdk-typescript: build ## install the TypeScript SDK as a team would, and test it against a real service
	$(NPM_CI) --prefix test/sdk/typescript
	$(PLAY) node --test --test-reporter=spec test/sdk/typescript/*.test.mjs
