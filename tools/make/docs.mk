# Documents

.PHONY: docs
docs: ## generate docs/errors.md from the contract and docs/settings.md from the code
	go test -run='^TestErrorsPage$$' ./internal/server -update
	go test -run='^TestSettingsPage$$' ./internal/settings -update

# The service under test trusts the proxy of docs/integrate.md. The limit for each address shows whether
# the proxy passes on the addresses of its clients. Receivers of events use the SDKs.
.PHONY: test-docs
test-docs: build java-clients .tools/python/bin/.stamp ## run the programs of docs/ and deploy/ (needs Node, Python, Java, Maven, nginx with njs)
	$(NPM_CI) --prefix test/sdk/typescript
	go run ./test/stage -set ENROLL_TRUSTED_PROXIES=127.0.0.1 -set ENROLL_LIMIT_ADDRESS=300/1m \
		go test -tags docs -count=1 -timeout 10m $(TESTFLAGS) ./test/docs
