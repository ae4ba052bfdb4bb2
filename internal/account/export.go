package account

import (
	"context"

	"github.com/enroll-project/enroll/internal/export"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/refusal"
)

// An export tells little that the token does not tell anyway: most of it is in the answers of the user's own profile
// and sessions. But it is one file with all of it, which a thief can take within a moment.

// Export is everything that is held about a user. The rest of the user's row is in Held.Record.
type Export struct {
	User holder.User
	Held export.Data
}

// Export returns what is held about the holder of a token. A token alone does not suffice, because it may be
// stolen: its session must have begun a moment ago, with a login or a registration. The operation is a GET,
// so that a proof in its body is not possible, and one in its URL would be logged by proxies.
func (s *Service) Export(ctx context.Context, by holder.Holder) (Export, error) {
	if !by.Fresh(s.config.Now()) { // check: export-fresh
		return Export{}, &refusal.Error{Reason: refusal.LoginTooOld}
	}
	// Counted after that, so that the thief of an old token uses up nothing.
	if err := s.prover.CountUse(ctx, holder.Exports, by.Live().User.ID); err != nil { // check: export-bounded
		return Export{}, err
	}
	held, err := s.exports.Of(ctx, by.Live().User)
	if err != nil {
		return Export{}, refusal.Of(err)
	}
	return Export{User: by.User(), Held: held}, nil
}
