package password

import (
	"context"
	"strings"

	"github.com/enroll-project/enroll/internal/admission"
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

// Watch calls begin and end around each argon2id computation.
func (h *Hasher) Watch(begin, end func(slot int)) {
	derive := h.derive
	h.derive = func(slot int, password, salt []byte, params Params, length uint32) []byte {
		begin(slot)
		defer end(slot)
		return derive(slot, password, salt, params, length)
	}
}

// Verify admits a job for a login and verifies with it.
func (h *Hasher) Verify(ctx context.Context, phc, normalized string) (ok, stale bool, err error) {
	job, err := h.Admit(ctx, admission.ForLogin)
	if err != nil {
		return false, false, err
	}
	defer job.Cancel()
	return job.Verify(ctx, phc, normalized)
}

// VerifyDummy admits a job for a login and verifies no hash with it.
func (h *Hasher) VerifyDummy(ctx context.Context, normalized string) error {
	job, err := h.Admit(ctx, admission.ForLogin)
	if err != nil {
		return err
	}
	defer job.Cancel()
	return job.VerifyDummy(ctx, normalized)
}
