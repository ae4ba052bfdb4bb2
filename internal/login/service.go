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
	"github.com/enroll-project/enroll/internal/terms"
	"github.com/enroll-project/enroll/internal/throttle"
	"github.com/enroll-project/enroll/internal/tx"
)

// Config is what [Logins] need. A field is required unless its comment says "may be nil".
type Config struct {
	Pool   *postgres.Pool
	Hasher *password.Hasher
	// Codes counts the tries of codes, and Tries those of passwords. Each has bounds of its own.
	Codes      *code.Service
	Tries      *throttle.Throttle
	Challenges *challenge.Service
	Sessions   *session.Service
	// Leaving and Notices are for a login that cancels a deletion.
	Leaving *leave.Service
	Notices *notice.Service
	// Phones parses phones as a registration does: a number without a calling code is one of the
	// deployment's region.
	Phones    identifier.PhoneRules
	SMS       sms.Sender    // may be nil: no login by phone and code
	Mail      mail.Sender   // may be nil: no login by email and code
	Terms     terms.Terms   // the zero value is none
	LoginLife time.Duration // lifetime of a token
	TokenLife time.Duration // lifetime of a token if Remember is set
	Now       func() time.Time
}

// Logins log users in. They are safe for concurrent use; all their state is in PostgreSQL.
type Logins struct {
	// The fields below config are made or copied from it, because most steps use them.
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

// New returns Logins. The caller has checked the fields of c, so New returns no error.
func New(c Config) *Logins {
	// A Runner has no state but the pool, so each package with use cases has its own.
	run := tx.New(c.Pool)
	return &Logins{
		c, run, run.Queries(), c.Codes, c.Tries, c.Challenges, c.Sessions, c.Leaving, c.Notices, c.Phones,
	}
}
