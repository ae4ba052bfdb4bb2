package session

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/terms"
	"github.com/enroll-project/enroll/internal/token"
)

const (
	// MaxLive is how many live sessions a user may have. A login beyond it ends the least recently used one.
	MaxLive = 100

	// touchAfter is the least time between two updates of a session's time of last use, so that few checks write.
	touchAfter = time.Hour

	// adoptedLeft is how long the row of a token without a claim sid is kept after the token's expiry, and the row of any
	// session after [Service.End] or a login beyond MaxLive has ended it. The clocks of replicas may differ, by minutes at
	// most.
	adoptedLeft = 2 * time.Hour

	// idLength is the length of a session's id in bytes (ASVS 7.2.3: 128 bits).
	idLength = 16
)

// Config holds what a [Service] needs. All fields are required.
type Config struct {
	Pool   *postgres.Pool
	Tokens *token.Signer
	Max    time.Duration // from a session's begin to its end, however often it is renewed
	Now    func() time.Time
	Rand   io.Reader // must be safe for concurrent use
}

// Service begins, checks and ends sessions. It is safe for concurrent use; all its state is
// in PostgreSQL.
type Service struct {
	pool    *postgres.Pool
	queries *db.Queries
	tokens  *token.Signer
	max     time.Duration
	now     func() time.Time
	rand    io.Reader
}

// New returns a Service, or an error if a field of the configuration is missing.
func New(cfg Config) (*Service, error) {
	if cfg.Pool == nil || cfg.Tokens == nil || cfg.Max <= 0 || cfg.Now == nil || cfg.Rand == nil {
		return nil, errors.New("session: a dependency is missing")
	}
	return &Service{
		pool: cfg.Pool, queries: db.New(postgres.NewStatements(cfg.Pool)), tokens: cfg.Tokens,
		max: cfg.Max, now: cfg.Now, rand: cfg.Rand,
	}, nil
}

// Client is the client that logs in, as a list of sessions describes it to the user.
type Client struct {
	Network   string // IPv4 /24 or IPv6 /48, "" if it is not known
	UserAgent string // the header as it was sent; only the result of words is stored
}

// Start is a session that is about to begin.
type Start struct {
	id     string
	client Client
	life   time.Duration // of its first token
	// accepted is stored in the transaction that stores the session, so that no session begins without it.
	accepted terms.Acceptance
	// group is a pointer, because a Start is passed by value before a statement fills it.
	group *group
}

// group holds the group of a user. row is nil before a statement has read the user, and if the group has no
// row. The statements that read the user also read the group, so that an answer with the group needs no
// further query.
type group struct{ row *db.Group }

// read takes the group from the columns of a left join, which are NULL together.
func (g *group) read(site, id int64, title, description *string, level *int32) {
	g.row = nil
	if title != nil && description != nil && level != nil {
		g.row = &db.Group{SiteID: site, ID: id, Title: *title, Description: *description, Level: *level}
	}
}

// Group returns the group of the user whose session was stored, or nil if the user's group has no row. Before the
// session is stored, Group returns nil.
func (s Start) Group() *db.Group { return s.group.row }

// Begin returns a new session with a random id. Its first token lives as long as life, but
// no longer than a session may. Nothing is stored yet.
func (s *Service) Begin(life time.Duration, client Client) (Start, error) {
	var id [idLength]byte
	if _, err := io.ReadFull(s.rand, id[:]); err != nil {
		return Start{}, fmt.Errorf("session: id: %w", err)
	}
	client.UserAgent = words(client.UserAgent)
	return Start{
		id: base64.RawURLEncoding.EncodeToString(id[:]), client: client, life: min(life, s.max), group: &group{},
	}, nil
}

// Accepting returns a session whose user accepts terms as it begins. The zero value stores none, and leaves what the
// user has accepted before.
func (s Start) Accepting(a terms.Acceptance) Start {
	s.accepted = a
	return s
}

// Accepted returns what the user accepts as the session begins, the zero value for none.
func (s Start) Accepted() terms.Acceptance { return s.accepted }

// Network returns the network of the client that logs in, "" if it is not known.
func (s Start) Network() string { return s.client.Network }

// expiry returns the column expires_at of a session whose token is signed now. The result is later
// than the token's end by one window of renewal, so that not each renewal in the window needs a write.
func expiry(now time.Time, life time.Duration) time.Time { return now.Add(life + token.Window(life)) }

// Into sets the columns of the session, and of the accepted terms, in the statement that inserts its user. The
// statement stores no session of a user that waits for approval.
func (s Start) Into(row *db.SpendCodeAndInsertUserParams) {
	row.SessionID, row.SessionExpiresAt = s.id, expiry(row.Now, s.life)
	row.SessionNetwork, row.SessionAgent = s.client.Network, s.client.UserAgent
	row.TermsVersion, row.TermsAt, row.TermsLanguage = s.accepted.Columns()
}

// Registered takes what the statement that has inserted the user returns.
func (s Start) Registered(p db.SpendCodeAndInsertUserParams, row db.SpendCodeAndInsertUserRow) {
	s.group.read(p.SiteID, p.GroupID, row.Title, row.Description, row.Level)
}

// LogIn records a login and stores its session, by one statement. user is the row that was read together with the
// credentials. If the user was disabled or is due for deletion, or all its sessions were ended since then, LogIn
// changes nothing and returns false: the credentials may have changed. at becomes the time of the user's last login.
// LogIn does not store what the user accepts by the login; the caller does that in the same transaction.
func (s *Service) LogIn(ctx context.Context, q *db.Queries, user db.User, at time.Time, start Start) (bool, error) {
	now := s.now()
	row, err := q.LogIn(ctx, db.LogInParams{
		UserID: user.ID, TokensValidFrom: user.TokensValidFrom, LastLoginAt: at,
		ID: start.id, Now: now, ExpiresAt: expiry(now, start.life),
		Network: start.client.Network, Agent: start.client.UserAgent,
		Others: MaxLive - 1, KeptUntil: now.Add(adoptedLeft),
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	start.group.read(user.SiteID, row.GroupID, row.Title, row.Description, row.Level)
	return true, nil
}

// Sign returns the first token of a session that has been stored.
func (s *Service) Sign(user, site int64, start Start) (string, error) {
	return s.tokens.Sign(token.Subject{UserID: user, SiteID: site, SessionID: start.id}, start.life)
}

// Purge deletes a batch of 1,000 rows of expired sessions at most, and returns their number. A session
// is kept as long as any replica may accept its last token.
func (s *Service) Purge(ctx context.Context) (int64, error) {
	return s.queries.PurgeSessions(ctx, db.PurgeSessionsParams{ExpiredBefore: s.now().Add(-token.ClockStep)})
}
