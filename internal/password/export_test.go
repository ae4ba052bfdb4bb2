package password

import (
	"context"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// CommonWords are the lines of common.txt.
func CommonWords() []string { return strings.Split(strings.TrimSuffix(common, "\n"), "\n") }

// RoundTrip takes a PHC string apart and puts it together again.
func RoundTrip(stored string) (string, Params, error) {
	r, err := parsePHC(stored)
	if err != nil {
		return "", Params{}, err
	}
	return r.String(), r.params, nil
}

// Watch has begin and end called around each argon2id computation.
func (h *Hasher) Watch(begin, end func(slot int)) {
	derive := h.derive
	h.derive = func(slot int, password, salt []byte, params Params, length uint32) []byte {
		begin(slot)
		defer end(slot)
		return derive(slot, password, salt, params, length)
	}
}

// Verify takes a seat for a login and verifies on it.
func (h *Hasher) Verify(ctx context.Context, phc, normalized string) (ok, stale bool, err error) {
	seat, err := h.Admit(ctx, ForLogin)
	if err != nil {
		return false, false, err
	}
	defer seat.Leave()
	return seat.Verify(ctx, phc, normalized)
}

// VerifyNobody takes a seat for a login and verifies nobody on it.
func (h *Hasher) VerifyNobody(ctx context.Context, normalized string) error {
	seat, err := h.Admit(ctx, ForLogin)
	if err != nil {
		return err
	}
	defer seat.Leave()
	return seat.VerifyNobody(ctx, normalized)
}

// Gate is the queue before the hashers, for jobs whose length the test decides.
type Gate struct{ gate *gate }

// Second is the effort of a job that a gate takes to need a second until it has
// measured one.
const Second = float64(time.Second) / guessPerKiB

// NewGate returns a gate whose metrics are in the registry.
func NewGate(slots, queue int, maxWait time.Duration, registry prometheus.Registerer) Gate {
	m := newMetrics()
	if err := m.register(registry); err != nil {
		panic(err)
	}
	return Gate{newGate(slots, queue, maxWait, m)}
}

// Run admits a job and does it, for a registration.
func (g Gate) Run(ctx context.Context, effort float64, do func(slot int)) error {
	return g.RunFor(ctx, ForRegistration, effort, do)
}

// RunFor admits a job of a class and does it.
func (g Gate) RunFor(ctx context.Context, class Class, effort float64, do func(slot int)) error {
	p, err := g.gate.admit(ctx, class, effort)
	if err != nil {
		return err
	}
	return g.gate.run(ctx, p, effort, do)
}

// Admit admits a job of a class; run does it, leave gives it up.
func (g Gate) Admit(class Class, effort float64) (run func(do func(slot int)) error, leave func(), err error) {
	p, err := g.gate.admit(context.Background(), class, effort)
	if err != nil {
		return nil, nil, err
	}
	run = func(do func(slot int)) error { return g.gate.run(context.Background(), p, effort, do) }
	return run, func() { g.gate.withdraw(p) }, nil
}
