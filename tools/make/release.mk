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

# Without the development database of `serve --dev`, which downloads PostgreSQL
# and executes it on a machine that has none.
.PHONY: release
release: ## compile bin/release/enroll, without the development database
	$(BUILD) -tags release -o bin/release/enroll ./cmd/enroll

# The same sources in another folder, compiled from nothing, give the same bytes.
.PHONY: check-build
check-build: build
	@folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
	git ls-files -z | xargs -0 cp --parents -t "$$folder"; \
	(cd "$$folder" && GOCACHE="$$folder/.cache" $(BUILD) -o "$$folder/enroll" ./cmd/enroll); \
	cmp bin/enroll "$$folder/enroll" || { echo 'two builds of the same sources differ' >&2; exit 1; }
