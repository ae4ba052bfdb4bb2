# Faults under load

# The scenarios to play, by a regular expression of their names. Without it the short set is played.
CHAOS      ?=
# More flags, for example CHAOSFLAGS='-rounds 100 -clients 32 -history .chaos'.
CHAOSFLAGS ?=

# Each scenario starts a PostgreSQL and two replicas of its own. `go run ./test/chaos -list -run '.*'`
# lists them.
.PHONY: chaos
chaos: build ## play faults under load, and check that nothing acknowledged is lost (needs haproxy)
	go run ./test/chaos -enroll bin/enroll -run '$(CHAOS)' $(CHAOSFLAGS)
