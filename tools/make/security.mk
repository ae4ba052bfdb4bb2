# The folder of an offline vulnerability database, in the layout of
# https://go.dev/doc/security/vuln/database; empty for vuln.go.dev.
VULNDB ?= $(realpath $(wildcard ../shared/vulndb))

.PHONY: check-vuln
check-vuln:
	$(TOOL) govulncheck $(if $(VULNDB),-db 'file://$(VULNDB)') ./...

# How long `make fuzz` spends on each target.
FUZZTIME ?= 60s

# How many requests made from the contract `make fuzz` sends after that.
REQUESTS ?= 100000

# How many inputs it hashes with each implementation of argon2id at last.
INPUTS ?= 100000

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

# The short run of `make test` leaves room for whatever else the machine does.
# This one is the protocol itself and wants a quiet machine for an hour: five
# contrasts, each 3 times 4,000 requests at 20 a second.
.PHONY: timing
timing: ## show that the time of an answer tells nothing about accounts (CONTRAST=email: of these only)
	go test -run='^TestTiming$$/$(CONTRAST)' -timeout=2h -v ./internal/server -timing

# The packages whose failure is somebody else's account, and the least share of
# their statements that the tests of all packages together pass through. Lines
# that run are not lines that are checked: `make mutants` is about those.
CRITICAL := account captcha contract identifier limit mail password postgres server sms token
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

.PHONY: drift
drift: ## show that contract and code cannot differ without a failure
	go run ./test/mutants -run '^drift: '
