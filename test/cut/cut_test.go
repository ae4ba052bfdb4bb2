package cut_test

import (
	"errors"
	"io"
	"net/url"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/test/cut"
	"github.com/enroll-project/enroll/test/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func open(t *testing.T, url string) *pgxpool.Pool {
	t.Helper()
	pool, err := postgres.Open(t.Context(), postgres.Config{URL: url, MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// TestCut: a statement whose answer is cut has been executed, and a statement that is
// itself cut has not. The client sees the chosen end of the connection.
func TestCut(t *testing.T) {
	t.Parallel()
	for _, end := range []cut.End{cut.EOF, cut.Reset} {
		for side, rows := range map[cut.Side]int{cut.Answer: 1, cut.Request: 0} {
			t.Run(string(end)+" of "+string(side), func(t *testing.T) {
				t.Parallel()
				database := pgtest.EmptyURL(t)
				direct := open(t, database)
				if _, err := direct.Exec(t.Context(), "CREATE TABLE note (text text)"); err != nil {
					t.Fatal(err)
				}
				proxy := cut.New(t, database)
				// In this mode a statement takes only one exchange.
				through := open(t, proxy.URL(url.Values{"default_query_exec_mode": {"exec"}}))
				// Arm cuts a connection that is established, and the pool opens one for its first statement.
				if _, err := through.Exec(t.Context(), "SELECT"); err != nil {
					t.Fatal(err)
				}
				proxy.Arm(cut.Cut{Side: side, End: end})
				_, err := through.Exec(t.Context(), "INSERT INTO note VALUES ($1)", "x")
				if end == cut.EOF && !errors.Is(err, io.ErrUnexpectedEOF) ||
					end == cut.Reset && !errors.Is(err, syscall.ECONNRESET) {
					t.Errorf("got %v", err)
				}
				where, made := proxy.Settle()
				var n int
				if err := direct.QueryRow(t.Context(), "SELECT count(*) FROM note").Scan(&n); err != nil {
					t.Fatal(err)
				}
				if !made || n != rows {
					t.Errorf("%d rows, want %d, after %s", n, rows, where)
				}
			})
		}
	}
}
