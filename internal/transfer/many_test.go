package transfer_test

import (
	"flag"
	"fmt"
	"io"
	"runtime"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/transfer"
)

var manyRows = flag.Int("rows", 3000, "users that TestMany moves")

// users writes a file of n users with all identifiers, a hash and an inviter.
func users(n int, out io.Writer) error {
	if _, err := fmt.Fprintln(out, `{"kind":"header","format":"enroll-users","version":1}`); err != nil {
		return err
	}
	for i := range n {
		_, err := fmt.Fprintf(out, `{"kind":"user","id":%d,"parent_id":%d,"user_name":"person%dx",`+
			`"email":"person%d@example.com","phone":"+86138%08d","password_hash":"%s","real_name":"Person %d",`+
			`"created_at":"2024-01-01T00:00:00Z"}`+"\n",
			i+1, i/2, i, i, i, argon2, i)
		if err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(out, `{"kind":"end","users":%d}`+"\n", n)
	return err
}

// TestMany moves many users in and out. The memory of the process stays bounded with any number of them. With -v it
// prints the rows a second.
func TestMany(t *testing.T) {
	t.Parallel()
	d := open(t)
	read, write := io.Pipe()
	go func() { _ = write.CloseWithError(users(*manyRows, write)) }()
	began := time.Now()
	counts, err := transfer.Import(t.Context(), d.config(nil), read)
	d.fatal(err)
	t.Logf("import: %.0f rows a second, %d MiB from the system", float64(counts.Rows)/time.Since(began).Seconds(),
		fromSystem())
	if counts.Imported != int64(*manyRows) {
		t.Errorf("%+v", counts)
	}
	began = time.Now()
	n, err := transfer.Export(t.Context(), transfer.ExportConfig{
		Pool: d.pool, By: by, Now: func() time.Time { return d.now },
	}, io.Discard)
	d.fatal(err)
	t.Logf("export: %.0f users a second, %d MiB from the system", float64(n)/time.Since(began).Seconds(), fromSystem())
	if n != int64(*manyRows) || fromSystem() > 150 {
		t.Errorf("%d users, %d MiB", n, fromSystem())
	}
}

// fromSystem returns how many MiB of memory the Go runtime has obtained from the system.
func fromSystem() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Sys >> 20
}
