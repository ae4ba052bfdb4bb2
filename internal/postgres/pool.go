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

// Pool is a pool of connections. The alias is for packages that pass a pool on and must
// not import the driver.
type Pool = pgxpool.Pool

// Timeouts of every connection, unless the URL sets the parameter of the same name; Migrate
// has other ones. They are a second bound: callers put deadlines on their contexts, and
// these timeouts end a statement that still runs in the server after its caller is gone.
const (
	connectTimeout           = 5 * time.Second
	statementTimeout         = 5 * time.Second
	lockTimeout              = 2 * time.Second
	idleInTransactionTimeout = 10 * time.Second
)

// Life of a pooled connection. If a load balancer is in front of several servers or
// poolers, connections reach a server that has come back within maxLifetime and its jitter.
const (
	maxLifetime       = 30 * time.Minute
	maxLifetimeJitter = 5 * time.Minute // so that not all connections are renewed at once
	maxIdle           = 5 * time.Minute
	healthCheckPeriod = 15 * time.Second
	pingTimeout       = 2 * time.Second
)

// If the context of a statement ends, the statement has cancelDelay to end by itself, as
// most do. Then the driver asks the server to cancel it. If no answer comes within
// answerDelay, the driver closes the connection and the call returns.
const (
	cancelDelay = 100 * time.Millisecond
	answerDelay = 2 * time.Second
)

// ErrURL reports a connection string that cannot be parsed. Its text has no part of the
// string: if it is malformed, any part may be the password.
var ErrURL = errors.New("not a PostgreSQL connection string: expected postgres://user:password@host:5432/database, " +
	"with special characters of the password percent-encoded")

var errURLFile = errors.New("a file named in the connection string")

// Config configures [Open].
type Config struct {
	// URL is a connection string as libpq takes it: a URL, or keywords as host=…. Several hosts may be
	// named (host1,host2): the first that accepts writes is used, unless
	// target_session_attrs says otherwise.
	//
	// PgBouncer in front of the database needs ignore_startup_parameters with
	// statement_timeout, lock_timeout, idle_in_transaction_session_timeout and
	// default_transaction_isolation. If it pools by transaction, the URL needs
	// default_query_exec_mode=exec.
	URL string
	// MaxConns bounds the pool. 0: pool_max_conns of the URL, else eight for each
	// core this process may use, from 8 to 32: a commit waits for the disk, and
	// commits that wait together share a write. Three replicas with 32 each fit
	// into PostgreSQL's default of 100: two that serve, and a third one during an
	// update.
	MaxConns int32
	// RequireFit refuses every connection with an [*UnfitError] while a setting of the
	// database is unfit (see [Finding]). The settings are checked once for each new
	// connection.
	RequireFit bool
	// ApplicationName is shown in pg_stat_activity, unless the URL names
	// another. Empty: PostgreSQL's default.
	ApplicationName string
	// Trace records a span for each statement of a request that is traced.
	Trace bool
}

// Open returns a pool for the database; the caller closes it. Open does not wait for a
// connection, so a service can start while its database is away: [Pending] returns an
// error until the database is there. The error of Open is [ErrURL], or concerns a file
// that the URL names.
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
	if c.Trace { // without a tracer the driver saves its calls
		config.ConnConfig.Tracer = tracer{}
	}
	new(full).watch(config)
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("postgres: open the pool: %w", Safe(err))
	}
	return pool, nil
}

// maxConns returns the bound of the pool. parsed does not show whether the URL sets
// pool_max_conns, because the driver replaces a missing one by its own default. So the
// URL is parsed again.
func maxConns(c Config, parsed int32) int32 {
	if c.MaxConns > 0 {
		return c.MaxConns
	}
	if plain, err := pgx.ParseConfig(c.URL); err == nil && plain.RuntimeParams["pool_max_conns"] != "" {
		return parsed
	}
	return int32(min(max(8*runtime.GOMAXPROCS(0), 8), 32))
}

// bound sets the timeouts and callbacks that all connections have.
func bound(c *pgx.ConnConfig, applicationName string) {
	for name, value := range map[string]string{
		"statement_timeout":                   milliseconds(statementTimeout), // check: statement-time
		"lock_timeout":                        milliseconds(lockTimeout),
		"idle_in_transaction_session_timeout": milliseconds(idleInTransactionTimeout),
		"application_name":                    applicationName,
	} {
		if _, set := c.RuntimeParams[name]; !set && value != "" {
			c.RuntimeParams[name] = value
		}
	}
	// Statements and budgets are written for READ COMMITTED, so this overrides the database's default
	// and the URL. A pooler may ignore the parameter. If the default is another level then, the
	// settings count as unfit.
	c.RuntimeParams["default_transaction_isolation"] = "read committed" // check: isolation
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = connectTimeout
		c.DialFunc = (&net.Dialer{Timeout: connectTimeout, KeepAlive: 15 * time.Second}).DialContext
	}
	// With several hosts, use the one that accepts writes. With one host there is no
	// choice, even if it refuses writes. The URL may override this; the parsed
	// configuration does not show whether it has, because the driver treats "any" like
	// an absent parameter.
	if c.ValidateConnect == nil && severalHosts(c) && !strings.Contains(c.ConnString(), "target_session_attrs") {
		c.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	c.OnNotice = noteUnreplicated
	c.BuildContextWatcherHandler = cancelStatement // check: cancel-keeps-connection
}

// cancelStatement makes the driver cancel a statement in the server if its context ends,
// and keep the connection. By default the driver closes the connection, so that a flood
// of clients that disconnect would keep PostgreSQL busy opening new ones. A statement
// that commits has a context that does not end with the client's.
func cancelStatement(conn *pgconn.PgConn) ctxwatch.Handler {
	return &pgconn.CancelRequestContextWatcherHandler{
		Conn: conn, CancelRequestDelay: cancelDelay, DeadlineDelay: answerDelay,
	}
}

func severalHosts(c *pgx.ConnConfig) bool {
	for _, f := range c.Fallbacks { // these also include the same host without TLS
		if f.Host != c.Host || f.Port != c.Port {
			return true
		}
	}
	return false
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// urlError replaces the driver's error, which quotes the URL. It keeps only an error
// about a file that the URL names, such as a certificate.
func urlError(err error) error {
	if file := new(fs.PathError); errors.As(err, &file) {
		return fmt.Errorf("%w: %w", errURLFile, file)
	}
	return ErrURL // check: url-unquoted
}
