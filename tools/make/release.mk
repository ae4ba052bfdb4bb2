# Release: build it, list its contents, build it a second time

# The inventory is in CycloneDX, with the licenses that the tool recognizes. It does not recognize
# three: Go itself (BSD-3-Clause), goose and oasdiff/yaml (MIT).
.PHONY: sbom
sbom: build ## write the inventory of bin/enroll to bin/enroll.cdx.json
	CGO_ENABLED=0 $(TOOL) cyclonedx-gomod app -json -licenses -std -noserial -notimestamp -main cmd/enroll \
		-output bin/enroll.cdx.json .
	@tools/make/same-modules.sh bin/enroll bin/enroll.cdx.json

# `serve --dev` downloads PostgreSQL on a machine that has none, and executes it. A release must not.
.PHONY: release
release: ## compile bin/release/enroll, without the development database
	$(BUILD) -tags release -o bin/release/enroll ./cmd/enroll

.PHONY: check-build
check-build: build ## fail if a second build of the same sources gives other bytes
	@tools/make/build-twice.sh '$(VERSION)'
