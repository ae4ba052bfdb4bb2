package account

import (
	"context"

	"github.com/enroll-project/enroll/internal/export"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/refusal"
)

// Export is the stored data about a user; package export says what it leaves out. Fields of the user's row
// that User lacks are in Held.Record.
type Export struct {
	User holder.User
	Held export.Data
}

// Export returns the stored data about the holder of a token. A token alone does not suffice, because it may be
// stolen: its session must have begun within the last ten minutes, with a login, a registration or a change of the
// password. A stolen token also reads the profile and the sessions, but not all data in one file. A proof in the
// request is not possible: the operation is a GET, which has no body, and proxies would log a proof in the URL.
func (s *Service) Export(ctx context.Context, by holder.Holder) (Export, error) {
	if !by.Fresh(s.config.Now()) { // check: export-fresh
		return Export{}, &refusal.Error{Reason: refusal.LoginTooOld}
	}
	// The use is counted after that check, so that the thief of an old token uses up nothing.
	if err := s.prover.CountUse(ctx, holder.Exports, by.Live().User.ID); err != nil { // check: export-bounded
		return Export{}, err
	}
	held, err := s.exports.Of(ctx, by.Live().User)
	if err != nil {
		return Export{}, refusal.Of(err)
	}
	return Export{User: by.User(), Held: held}, nil
}
