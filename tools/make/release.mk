# Release: build it, list its contents, build it a second time

# The inventory is in CycloneDX, with the licenses that the tool recognizes. It does not recognize
# three: Go itself (BSD-3-Clause), goose and oasdiff/yaml (MIT).
.PHONY: sbom
sbom: build ## write the inventory of bin/enroll to bin/enroll.cdx.json
	CGO_ENABLED=0 $(TOOL) cyclonedx-gomod app -json -licenses -std -noserial -notimestamp -main cmd/enroll \
		-output bin/enroll.cdx.json .
	@tools/make/same-modules.sh bin/enroll bin/enroll.cdx.json

# `serve --dev` downloads PostgreSQL on a machine that has none, and executes it. A release must not.
.PHONY: release-binary
release-binary: ## compile bin/release/enroll, without the development database
	$(BUILD) -tags release -o bin/release/enroll ./cmd/enroll

# The folder of a release, and the private key in PEM that signs its checksums; empty for no signature.
RELEASE_DIR ?= bin/release/$(VERSION)
RELEASE_KEY ?=

# SHA256SUMS.sig is verified by `openssl pkeyutl -verify -rawin -pubin -inkey public.pem -in SHA256SUMS
# -sigfile SHA256SUMS.sig`.
.PHONY: release
release: CHART_VERSION = $(VERSION)
release: image chart ## write all files of a release, VERSION=v1.2.3: archives, image, chart, SBOM, checksums
	rm -rf bin/release/image
	cp -r bin/image bin/release/image
	tools/make/release.sh '$(VERSION)' bin/release '$(RELEASE_DIR)' '$(RELEASE_KEY)'

# The architectures of the image.
ARCHITECTURES := amd64 arm64

# No container engine is needed. `skopeo copy oci:bin/image:VERSION docker://…` publishes it.
.PHONY: image
image: ## write an OCI image of the release for amd64 and arm64 to bin/image, with its inventory
	$(foreach a,$(ARCHITECTURES),GOOS=linux GOARCH=$(a) $(BUILD) -tags release \
		-o bin/release/enroll-linux-$(a) ./cmd/enroll;)
	CGO_ENABLED=0 GOFLAGS=-tags=release $(TOOL) cyclonedx-gomod app -json -licenses -std -noserial -notimestamp \
		-main cmd/enroll -output bin/release/enroll.cdx.json .
	@tools/make/same-modules.sh bin/release/enroll-linux-$(firstword $(ARCHITECTURES)) bin/release/enroll.cdx.json
	rm -rf bin/image
	go -C tools/image run . -out $(CURDIR)/bin/image -version '$(VERSION)' -sbom $(CURDIR)/bin/release/enroll.cdx.json \
		$(foreach a,$(ARCHITECTURES),$(a)=$(CURDIR)/bin/release/enroll-linux-$(a))

# The test builds the release, unpacks the image, and runs it as its user in a root of its own. Its
# result is not cached: the cache does not see files outside the module.
.PHONY: check-image
check-image: ## test the image, and fail if a second one of the same binaries has another digest
	go -C tools/image vet ./...
	go -C tools/image test -count=1 $(TESTFLAGS) ./...

# Helm itself is not needed. CHART_VERSION must be a version, such as v1.2.3.
CHART_VERSION ?= v0.0.0
.PHONY: chart
chart: ## write the Helm chart to bin/release
	@mkdir -p bin/release
	go -C tools/chart run . -out $(CURDIR)/bin/release -version '$(CHART_VERSION)'

# The tests use Helm's own linter and engine. They decode each object by Kubernetes' own types, and let
# the release binary read the settings that a pod gets.
.PHONY: check-chart
check-chart: ## test the Helm chart with eight sets of values
	go -C tools/chart vet ./...
	go -C tools/chart test -count=1 ./...

.PHONY: check-build
check-build: build ## fail if a second build of the same sources gives other bytes
	@tools/make/build-twice.sh '$(VERSION)'

.PHONY: pin-images
pin-images: ## write the newest digests of the base images into deploy/ and .github/ (needs docker with buildx)
	tools/make/pin-images.sh deploy/Dockerfile deploy/compose.yaml .github/workflows/*.yml
