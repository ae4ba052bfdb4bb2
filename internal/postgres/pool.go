package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Pool is a pool of connections. It has a name here for the packages that hand
// it on without knowing the driver.
type Pool = pgxpool.Pool

// Bounds of every connection, unless the URL sets the parameter of the same
// name. They are a second line: callers put deadlines on their contexts, and
// these end what a vanished caller left running in the server.
const (
	connectTimeout           = 5 * time.Second
	statementTimeout         = 5 * time.Second
	lockTimeout              = 2 * time.Second
	idleInTransactionTimeout = 10 * time.Second
)

// Life of a pooled connection. After a failover the load returns to all servers
// within maxLifetime.
const (
	maxLifetime       = 30 * time.Minute
	maxLifetimeJitter = 5 * time.Minute // so that not all connections are renewed at once
	maxIdle           = 5 * time.Minute
	healthCheckPeriod = 15 * time.Second
	pingTimeout       = 2 * time.Second
)

// A statement whose caller has gone has cancelDelay to end by itself, as most do;
// then the server is asked to cancel it. A connection on which no answer has come
// within answerDelay is closed, and the caller waits as long at most.
const (
	cancelDelay = 100 * time.Millisecond
	answerDelay = 2 * time.Second
)

// ErrURL is the answer to a connection string that cannot be read. It says
// nothing of the string, in which a password may stand anywhere once it is
// malformed.
var ErrURL = errors.New("not a PostgreSQL connection string: expected postgres://user:password@host:5432/database, " +
	"with special characters of the password percent-encoded")

var errURLFile = errors.New("a file named in the connection string")

// Config says which database to use.
type Config struct {
	// URL is a connection string as libpq takes it, a URL or words. Several
	// hosts may be named (host1,host2): the first that accepts writes is used,
	// unless target_session_attrs says otherwise. PgBouncer in front of the
	// database needs
	// ignore_startup_parameters=statement_timeout,lock_timeout,idle_in_transaction_session_timeout,
	// default_transaction_isolation (in one line), and in transaction mode default_query_exec_mode=exec in the URL.
	URL string
	// MaxConns bounds the pool. 0: pool_max_conns of the URL, else eight for
	// each core this process may use, from 8 to 64: a commit waits for the disk,
	// and the more of them wait together, the fewer writes are needed.
	MaxConns int32
	// RequireFit refuses every connection with an [*UnfitError] while the
	// database's settings can lose what was committed, or cannot store all names.
	// Each new connection asks once.
	RequireFit bool
	// ApplicationName is shown in pg_stat_activity, unless the URL names
	// another. Empty: PostgreSQL's default.
	ApplicationName string
}

// Open returns a pool for the database; its owner closes it. Nothing is
// connected yet, so a service can start while its database is away: [Pending]
// tells when it is there. The error is [ErrURL], or tells of a file that the
// URL names.
func Open(ctx context.Context, c Config) (*Pool, error) {
	config, err := pgxpool.ParseConfig(c.URL)
	if err != nil {
		return nil, urlError(err)
	}
	config.MaxConns = maxConns(c, config.MaxConns)
	config.MaxConnLifetime = maxLifetime
	config.MaxConnLifetimeJitter = maxLifetimeJitter
	config.MaxConnIdleTime = maxIdle
	config.HealthCheckPeriod = healthCheckPeriod
	config.PingTimeout = pingTimeout
	if c.RequireFit {
		config.AfterConnect = requireFit
	}
	bound(config.ConnConfig, c.ApplicationName)
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("postgres: open the pool: %w", Safe(err))
	}
	return pool, nil
}

// maxConns: the driver has replaced a missing pool_max_conns by a default of
// its own, so the URL is asked again.
func maxConns(c Config, parsed int32) int32 {
	if c.MaxConns > 0 {
		return c.MaxConns
	}
	if plain, err := pgx.ParseConfig(c.URL); err == nil && plain.RuntimeParams["pool_max_conns"] != "" {
		return parsed
	}
	return int32(min(max(8*runtime.GOMAXPROCS(0), 8), 64))
}

// bound sets what every connection of the service shares.
func bound(c *pgx.ConnConfig, applicationName string) {
	for name, value := range map[string]string{
		"statement_timeout":                   milliseconds(statementTimeout),
		"lock_timeout":                        milliseconds(lockTimeout),
		"idle_in_transaction_session_timeout": milliseconds(idleInTransactionTimeout),
		"application_name":                    applicationName,
	} {
		if _, set := c.RuntimeParams[name]; !set && value != "" {
			c.RuntimeParams[name] = value
		}
	}
	// Statements and budgets are written for READ COMMITTED, so neither the database's default nor
	// the URL has a say. A pooler may ignore the parameter: then the settings are found unfit if the
	// default is another.
	c.RuntimeParams["default_transaction_isolation"] = "read committed"
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = connectTimeout
		c.DialFunc = (&net.Dialer{Timeout: connectTimeout, KeepAlive: 15 * time.Second}).DialContext
	}
	// With one host there is no better choice than it, even while it refuses
	// writes. "any" must be asked for by name; the driver does not tell it from
	// nothing.
	if c.ValidateConnect == nil && severalHosts(c) && !strings.Contains(c.ConnString(), "target_session_attrs") {
		c.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	c.OnNotice = noteUnreplicated
	c.BuildContextWatcherHandler = cancelStatement
}

// cancelStatement has the server cancel the statement of a caller who has gone,
// and keeps the connection. By itself the driver closes it, so that clients who
// hang up keep PostgreSQL busy with new connections. What commits has a context
// of its own, which does not end with the caller.
func cancelStatement(conn *pgconn.PgConn) ctxwatch.Handler {
	return &pgconn.CancelRequestContextWatcherHandler{
		Conn: conn, CancelRequestDelay: cancelDelay, DeadlineDelay: answerDelay,
	}
}

func severalHosts(c *pgx.ConnConfig) bool {
	for _, f := range c.Fallbacks { // which also hold the same host without TLS
		if f.Host != c.Host || f.Port != c.Port {
			return true
		}
	}
	return false
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// urlError keeps of the driver's error only the name of a file that the URL
// refers to, such as a certificate.
func urlError(err error) error {
	if file := new(fs.PathError); errors.As(err, &file) {
		return fmt.Errorf("%w: %w", errURLFile, file)
	}
	return ErrURL
}
