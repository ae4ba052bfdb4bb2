package login

import (
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/challenge"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/leave"
	"github.com/enroll-project/enroll/internal/mail"
	"github.com/enroll-project/enroll/internal/notice"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/session"
	"github.com/enroll-project/enroll/internal/sms"
	"github.com/enroll-project/enroll/internal/throttle"
	"github.com/enroll-project/enroll/internal/tx"
)

// Config is what [Logins] need. A field is required unless its comment says "may be".
type Config struct {
	Pool   *postgres.Pool
	Hasher *password.Hasher
	// Codes counts the tries of codes, and Tries those of passwords. Each has bounds of its own.
	Codes      *code.Service
	Tries      *throttle.Throttle
	Challenges *challenge.Service
	Sessions   *session.Service
	// Leaving and Notices are for a login that takes a deletion back.
	Leaving *leave.Service
	Notices *notice.Service
	// Phones parses phones as a registration does: a number without a calling code is of one country.
	Phones    identifier.PhoneRules
	SMS       sms.Sender    // may be nil: no login by phone and code
	Mail      mail.Sender   // may be nil: no login by email and code
	LoginLife time.Duration // of a token
	TokenLife time.Duration // of a token that Remember asks for
	Now       func() time.Time
}

// Logins log users in. They are safe for concurrent use; all their state is in PostgreSQL.
type Logins struct {
	// The fields below are those of config that most steps use.
	config     Config
	run        *tx.Runner
	queries    *db.Queries
	codes      *code.Service
	tries      *throttle.Throttle
	challenges *challenge.Service
	sessions   *session.Service
	leaving    *leave.Service
	notices    *notice.Service
	phones     identifier.PhoneRules
}

// New returns Logins. It takes parts that are checked already, so it returns no error.
func New(c Config) *Logins {
	// A Runner has no state but the pool, so each package with use cases has its own.
	run := tx.New(c.Pool)
	return &Logins{
		c, run, run.Queries(), c.Codes, c.Tries, c.Challenges, c.Sessions, c.Leaving, c.Notices, c.Phones,
	}
}
