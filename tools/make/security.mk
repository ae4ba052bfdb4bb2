# Security: fuzzing, timing, coverage, removed checks, known vulnerabilities

# The folder of an offline vulnerability database, in the layout of
# https://go.dev/doc/security/vuln/database; empty for vuln.go.dev.
VULNDB ?= $(realpath $(wildcard ../shared/vulndb))

.PHONY: check-vuln
check-vuln: ## fail if a known vulnerability is reachable
	$(TOOL) govulncheck $(if $(VULNDB),-db 'file://$(VULNDB)') ./...

# How long `make fuzz` runs each target, how many requests generated from the contract it sends
# afterwards, and how many inputs each implementation of argon2id hashes at the end. `make test`
# sends 2,000 requests and hashes 400 inputs. A failure prints how to repeat it.
FUZZTIME ?= 60s
REQUESTS ?= 100000
INPUTS   ?= 100000

.PHONY: fuzz
fuzz: ## run each fuzz target for FUZZTIME, then REQUESTS generated requests and INPUTS hashes
	@tools/make/fuzz.sh $(FUZZTIME)
	go test -run='^(TestSpecFuzz|TestOracle)$$' -timeout=1h ./internal/server -requests=$(REQUESTS) -seed=0
	go test -run='^TestAgrees$$' -timeout=1h ./$(ARGON2) -inputs=$(INPUTS) -seed=0

# The short run in `make test` tolerates other load. This one is the full protocol and needs a quiet
# machine for four hours: twenty-two contrasts, each 3 times 4,000 requests at 20 a second.
# server.TestTimingFits compares the timeout with the time that the requests take.
.PHONY: timing
timing: ## show that the time of an answer tells nothing about accounts (CONTRAST=email: only these)
	go test -run='^TestTiming$$/$(CONTRAST)' -timeout=5h -v ./internal/server -timing

# The rows that `make plans` inserts into each table that is purged, one table after the other. `make test`
# inserts 20,000 and has the planner plan for ten million. Beside other load, one table took a quarter of an hour.
ROWS ?= 10000000

.PHONY: plans
plans: ## check the plans of all statements beside ten million rows (PURGED=budgets: only of this table)
	go test -count=1 -run='^TestPlans$$/^$(if $(PURGED),$(PURGED)$$)' -timeout=12h -v ./internal/account -rows=$(ROWS)

# The packages whose failure would expose accounts, and the least share of their statements that
# tests must cover. A covered statement is not a checked one: `make mutants` measures that.
CRITICAL := account address admin admission audit breach captcha challenge contract credential holder idempotency identifier invite leave limit login mail operation operator password person postgres profile refusal server session sms throttle token trace
COVERED  ?= 90

# It runs what `make test` runs, in the same way, so that a change that needs both runs the tests once.
.PHONY: cover
cover: ## run all tests as `make test` does, and fail if they cover less than 90 % of a security package
	@mkdir -p bin
	@tools/make/test.sh $(BOUND) -coverpkg="$$(printf ',./internal/%s' $(CRITICAL) | cut -c2-)" -coverprofile=bin/cover.out \
		$(TESTFLAGS) ./... | sed -u '/^coverage: /d; s/\tcoverage:.*//'
	@awk -v least=$(COVERED) -v critical='$(CRITICAL)' -f tools/make/cover.awk bin/cover.out

# More flags for `make mutants`, for example MUTANTFLAGS='-run captcha -v'.
MUTANTFLAGS ?=

# It builds and runs tests for each of more than 700 mutants, some seconds each: an hour or more. `make drift` is a
# part of it. `make test` checks that the table of mutants still matches the code.
.PHONY: mutants
mutants: ## remove one security check at a time and show that a test fails for each
	go run ./test/mutants $(MUTANTFLAGS)

.PHONY: drift
drift: ## make contract and code differ in one place at a time and show that a test fails for each
	go run ./test/mutants -run '^drift: '

# In `make test` each race has some rounds. An identifier that is registered twice, or a session that survives a
# reset, may need more of them to show.
CONTESTS ?= 200
.PHONY: contests
contests: ## let requests to several processes race for one identifier, code or account, CONTESTS rounds each
	go test -race -run='^Test.*On(Two|Four)Processes$$' -timeout=2h ./cmd/enroll -contests=$(CONTESTS)

# More flags for `make captcha-strength`, for example STRENGTHFLAGS='-steps 200 sound'.
STRENGTHFLAGS ?=

# With Go's experimental vector instructions, solvers train ten times as fast.
.PHONY: captcha-strength
captcha-strength: ## train solvers of pictures and sounds, compute proofs of work, print rates and costs
	GOEXPERIMENT=simd go run ./test/strength $(STRENGTHFLAGS)

.PHONY: captcha-voices
captcha-voices: ## generate the spoken digits of captchas (needs espeak-ng 1.51)
	cd internal/captcha/speech && go run voices_gen.go
