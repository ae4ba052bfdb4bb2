package transfer_test

import (
	"flag"
	"fmt"
	"io"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/transfer"
)

var manyRows = flag.Int("rows", 3000, "users that TestMany moves")

// users writes a file of n users with all identifiers, a hash and an inviter. It counts in given the users whose lines
// were taken.
func users(n int, out io.Writer, given *atomic.Int64) error {
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
		given.Add(1)
	}
	_, err := fmt.Fprintf(out, `{"kind":"end","users":%d}`+"\n", n)
	return err
}

// held is how many users an import or an export may have in memory at a time: a page of 1,000, and 256 KiB of lines of
// at least 256 bytes.
const held = 1000 + 1024

// TestMany moves many users in and out. The users in memory stay bounded with any number of them. With -v it prints
// the rows a second, and the memory of the process. That is only printed: other tests take memory at the same time.
func TestMany(t *testing.T) {
	t.Parallel()
	d := open(t)
	// A pipe keeps nothing: what was given and is not done is in memory.
	read, write := io.Pipe()
	var given atomic.Int64
	go func() { _ = write.CloseWithError(users(*manyRows, write, &given)) }()
	config := d.config(nil)
	most := int64(0)
	done := int64(0)
	config.Progress = func(c transfer.Counts) {
		most = max(most, given.Load()-done) // before this batch was done
		done = c.Rows
	}
	began := time.Now()
	counts, err := transfer.Import(t.Context(), config, read)
	d.fatal(err)
	t.Logf("import: %.0f rows a second, %d MiB from the system", float64(counts.Rows)/time.Since(began).Seconds(),
		fromSystem())
	if counts.Imported != int64(*manyRows) || most < 1000 || most > held {
		t.Errorf("%+v, %d users at a time", counts, most)
	}
	most, done = 0, 0
	began = time.Now()
	n, err := transfer.Export(t.Context(), transfer.ExportConfig{
		Pool: d.pool, By: by, Now: func() time.Time { return d.now },
		Progress: func(users int64) { most, done = max(most, users-done), users },
	}, io.Discard)
	d.fatal(err)
	t.Logf("export: %.0f users a second, %d MiB from the system", float64(n)/time.Since(began).Seconds(), fromSystem())
	if n != int64(*manyRows) || most < 1000 || most > held {
		t.Errorf("%d users, %d at a time", n, most)
	}
}

// fromSystem returns how many MiB of memory the Go runtime has obtained from the system.
func fromSystem() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Sys >> 20
}
