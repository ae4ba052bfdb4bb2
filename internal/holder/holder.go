package holder

import (
	"context"
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/network"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/session"
	"github.com/enroll-project/enroll/internal/token"
)

// Holder is the user of a request whose token was checked: the session is live and the user
// active. Only [Holders.Holder] makes one, so an operation for logged-in users that takes a
// Holder cannot skip the check (invariant I12 of package account).
type Holder struct{ live session.Live }

// User returns the user as it was when the token was checked.
func (h Holder) User() User { return h.After(h.live.User) }

// After returns the holder's user after a change by this request. Its Group is the one that the check of the token
// has read, because no change by a holder moves a user to another group. It is nil if an operator has moved the user
// since.
func (h Holder) After(row db.User) User {
	u := UserOf(row)
	if row.GroupID == h.live.User.GroupID {
		u.Group = groupOrNil(h.live.Group)
	}
	return u
}

// fresh is how long after its begin a session shows that the person has just logged in.
const fresh = 10 * time.Minute

// Fresh reports whether the session began within the last 10 minutes: with a login, a registration or a change of the
// password. A renewed token stays in its session, so a thief of the token cannot make the session fresh. A token of an
// earlier release has no session and is never fresh.
func (h Holder) Fresh(now time.Time) bool {
	return now.Sub(h.live.Began()) <= fresh // check: fresh
}

// Live returns the session with the user's row, as they were when the token was checked.
func (h Holder) Live() session.Live { return h.live }

// Site returns the user's site.
func (h Holder) Site() int64 { return h.live.User.SiteID }

// Holders checks the tokens of holders, and shows and ends their sessions. It is safe for concurrent use.
type Holders struct{ sessions *session.Service }

// NewHolders returns Holders that uses the given service of sessions.
func NewHolders(sessions *session.Service) *Holders { return &Holders{sessions} }

// Holder returns the user of a token that was verified. It refuses a token whose session has ended
// or whose user was deleted (TokenInvalid), and the token of a disabled user (AccountDisabled).
func (s *Holders) Holder(ctx context.Context, claims token.Claims) (Holder, error) {
	live, err := s.sessions.Check(ctx, claims)
	return Holder{live}, refusal.OfSession(err)
}

// Renew returns a new token for a request whose token is in the last part of its life ([token.Window]), and "" for any
// other. A session and all its tokens end after ENROLL_SESSION_MAX.
func (s *Holders) Renew(ctx context.Context, by Holder, from network.Origin, userAgent string) (string, error) {
	// The client is stored only for a token of an earlier release, whose session begins here.
	fresh, err := s.sessions.Renew(ctx, by.live, ClientOf(from, userAgent))
	// ErrExpired stays as it is: package server has its own reason for it.
	return fresh, refusal.OfSession(err)
}

// ClientOf returns what a session stores about a client.
func ClientOf(from network.Origin, userAgent string) session.Client {
	return session.Client{Network: from.Network, UserAgent: userAgent}
}

// Logout ends the session of the user's token, or every session of the user if all is true.
func (s *Holders) Logout(ctx context.Context, by Holder, all bool) error {
	if all {
		// EndAll also ends tokens of releases without sessions, which Sessions does not list.
		return refusal.OfSession(s.sessions.EndAll(ctx, by.live.User.ID))
	}
	return refusal.OfSession(s.sessions.EndThis(ctx, by.live))
}

// Session is one login of a user.
type Session struct {
	ID        string
	CreatedAt time.Time
	UsedAt    time.Time // accurate to an hour
	Network   string    // of the client that logged in: IPv4 /24 or IPv6 /48, "" if it is not known
	Agent     string    // browser and system of that client, "" if they are not known
	Current   bool      // whether it is the session of the request's token
}

// Sessions returns the live sessions of a user, the most recently used first, [session.MaxLive] at
// most. Tokens of releases without sessions are not among them.
func (s *Holders) Sessions(ctx context.Context, by Holder) ([]Session, error) {
	// A login ends the sessions beyond session.MaxLive. After concurrent logins there may be more
	// for a while; List leaves out the least recently used ones.
	infos, err := s.sessions.List(ctx, by.live.User.ID)
	if err != nil {
		return nil, refusal.Of(err)
	}
	// The session of the request is marked, so that the user does not take it for a stranger's.
	list := make([]Session, len(infos))
	for i, one := range infos {
		list[i] = Session{one.ID, one.CreatedAt, one.UsedAt, one.Network, one.Agent, one.ID == by.live.ID}
	}
	return list, nil
}

// EndSession ends one session of the user. If the session has ended before, or belongs to another user,
// EndSession does nothing and returns no error.
func (s *Holders) EndSession(ctx context.Context, by Holder, id string) error {
	// The statement compares the user's id, so the id of another user's session matches no row.
	_, err := s.sessions.End(ctx, by.live.User.ID, id)
	return refusal.OfSession(err)
}

// EndOtherSessions ends all sessions of the user except that of the token.
func (s *Holders) EndOtherSessions(ctx context.Context, by Holder, from network.Origin, userAgent string) error {
	return refusal.OfSession(s.sessions.EndOthers(ctx, by.live, ClientOf(from, userAgent)))
}

// SignedIn is a user with a new token.
type SignedIn struct {
	User  User
	Token string // JWT; "" if the user waits for approval
	// DeletionCanceled is true if the login has canceled the deletion of the account.
	DeletionCanceled bool
}

// Waits returns a user that has registered and waits for approval. start is the session that was not stored; the
// statement of the registration has read the group for it.
func Waits(u User, start session.Start) SignedIn {
	u.Group = groupOrNil(start.Group())
	return SignedIn{User: u}
}

// SignIn returns a user with the first token of a session that has been stored.
func SignIn(sessions *session.Service, u User, start session.Start) (SignedIn, error) {
	u.Group = groupOrNil(start.Group())
	signed, err := sessions.Sign(u.ID, u.Site, start)
	if err != nil {
		return SignedIn{}, err
	}
	return SignedIn{User: u, Token: signed}, nil
}
