.PHONY: docs
docs: ## make docs/errors.md from the contract
	go test -run='^TestErrorsPage$$' ./internal/server -update

# The proxy of the page is trusted, and a limit shows whether it tells clients apart.
.PHONY: test-docs
test-docs: build ## run what docs/ and deploy/ tell people to run (needs Node.js, Python, Java, Maven, nginx with njs)
	go run ./test/stage -set ENROLL_TRUSTED_PROXIES=127.0.0.1 -set ENROLL_LIMIT_ADDRESS=300/1m \
		go test -tags docs -count=1 -timeout 10m $(TESTFLAGS) ./test/docs
