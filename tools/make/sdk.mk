# SDKs: generate and test gen/sdk

# The input of the SDK generators: the contract without what only servers and contract tests need.
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

# Each SDK is generated code and a layer by hand from tools/sdk, copied beside it, which turns
# refusals into values of the language.
.PHONY: sdk
sdk: sdk-go sdk-python sdk-java sdk-typescript ## compile openapi.yaml into gen/sdk

.PHONY: sdk-go
sdk-go: $(CLIENTS) ## compile openapi.yaml into gen/sdk/go
	rm -rf gen/sdk/go
	mkdir -p gen/sdk
	cp -r $(SDK)/go gen/sdk/go
	$(TOOL) oapi-codegen -config $(SDK)/go.yaml $(CLIENTS)

# The layer by hand replaces the generator's own client and errors.
.PHONY: sdk-python
sdk-python: $(CLIENTS) $(PYTHON)/.stamp ## compile openapi.yaml into gen/sdk/python (needs Python)
	rm -rf gen/sdk/python
	mkdir -p gen/sdk
	cp -r $(SDK)/python gen/sdk/python
	PATH="$(CURDIR)/$(PYTHON):$$PATH" openapi-python-client generate --path $(CLIENTS) --meta none \
		--output-path gen/sdk/python/enroll/raw --config $(SDK)/python.yaml \
		--custom-template-path $(SDK)/python-templates
	cd gen/sdk/python/enroll/raw && rm -rf client.py errors.py .ruff_cache
	echo '"""The models and requests of the contract, generated."""' >gen/sdk/python/enroll/raw/__init__.py

# The generator's jar comes from Maven Central; jar.sha256 has its hash.
JAVA_GENERATOR := .tools/java/openapi-generator-cli.jar

$(JAVA_GENERATOR): tools/java/pom.xml tools/java/jar.sha256
	mvn -q -B -f tools/java/pom.xml dependency:copy-dependencies -DoutputDirectory=$(CURDIR)/.tools/java \
		-Dmdep.stripVersion=true
	sha256sum --check --quiet tools/java/jar.sha256
	touch $@

.PHONY: sdk-java
sdk-java: $(CLIENTS) $(JAVA_GENERATOR) ## compile openapi.yaml into gen/sdk/java (needs Java and Maven)
	rm -rf gen/sdk/java
	mkdir -p gen/sdk
	cp -r $(SDK)/java gen/sdk/java
	go -C tools run ./overlay $(CURDIR)/$(CLIENTS) $(CURDIR)/$(SDK)/java-overlay.yaml >.tools/openapi.java.yaml
	java -jar $(JAVA_GENERATOR) generate -c $(SDK)/java.yaml -i .tools/openapi.java.yaml \
		-o gen/sdk/java >.tools/java.log 2>&1 || { cat .tools/java.log >&2; exit 1; }
	rm -rf gen/sdk/java/.openapi-generator gen/sdk/java/.openapi-generator-ignore

.PHONY: sdk-typescript
sdk-typescript: tools/node_modules/.package-lock.json ## compile openapi.yaml into gen/sdk/typescript (needs Node)
	node tools/sdk/typescript/generate.mjs

.PHONY: check-sdk
check-sdk: sdk ## fail if gen/sdk is not what `make sdk` generates
	@tools/make/committed.sh sdk gen/sdk

# Each language plays these files and runs the program in the README of its SDK.
BOOKS := test/scenarios.json test/hostile.json
PLAY  := go run ./test/stage $(BOOKS:%=-scenarios %)

.PHONY: test-sdk
test-sdk: test-sdk-go test-sdk-python test-sdk-java test-sdk-typescript ## test all SDKs against a real service

.PHONY: test-sdk-go
test-sdk-go: build ## test the Go SDK
	go build -o bin/sdk-go ./test/sdk/go
	$(PLAY) bin/sdk-go $(BOOKS) gen/sdk/go/README.md

# The SDK is installed as a user would install it, but without dependencies: those are pinned.
.PHONY: test-sdk-python
test-sdk-python: build $(PYTHON)/.stamp ## test the Python SDK
	$(PYTHON)/pip install -q --disable-pip-version-check --no-build-isolation --no-deps --no-index \
		--force-reinstall ./gen/sdk/python
	$(PYTHON)/mypy --strict --no-error-summary gen/sdk/python/enroll test/sdk/python
	$(PLAY) $(PYTHON)/python test/sdk/python/play.py $(BOOKS) gen/sdk/python/README.md

# Maven writes into the folder that it builds, so a copy keeps gen/ clean.
.PHONY: test-sdk-java
test-sdk-java: build ## test the Java SDK
	rm -rf .tools/java-clients
	cp -r test/sdk/java .tools/java-clients
	cp -r gen/sdk/java .tools/java-clients/sdk
	mvn -q -B -f .tools/java-clients/pom.xml package
	$(PLAY) java -cp '.tools/java-clients/play/target/play.jar:.tools/java-clients/play/target/lib/*' \
		io.github.enrollproject.play.Play $(BOOKS) gen/sdk/java/README.md

# The SDK is installed anew each time: npm would keep a copy of the same version.
.PHONY: test-sdk-typescript
test-sdk-typescript: build ## test the TypeScript SDK
	$(NPM_CI) --prefix test/sdk/typescript
	$(PLAY) node --test --test-reporter=spec test/sdk/typescript/*.test.mjs
