package main

import (
	"context"
	"io"
	"net"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/test/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// TestCheck compares histories with rows: the check finds each broken promise, and nothing if all
// promises are kept. The controls of the scenarios show the same with a real service.
func TestCheck(t *testing.T) {
	t.Parallel()
	ack := func(mark, name string, id int64) attempt {
		return attempt{Mark: mark, Name: name, Fate: acknowledged, ID: id, Key: "key of " + mark}
	}
	for name, c := range map[string]struct {
		attempts []attempt
		want     verdict
	}{
		"kept": {
			[]attempt{ack("mark 1", "alice", 2001), {Mark: "mark 9", Fate: refused},
				{Mark: "mark 8", Fate: unknown}, {Mark: "mark 2", Name: "bob", Fate: unknown}},
			verdict{Acknowledged: 1, Refused: 1, Unknown: 2, Settled: 1},
		},
		"lost":       {[]attempt{ack("mark 7", "carol", 2007)}, verdict{Acknowledged: 1, Lost: 1}},
		"another id": {[]attempt{ack("mark 1", "alice", 2009)}, verdict{Acknowledged: 1, Lost: 1}},
		"phantom":    {[]attempt{{Mark: "mark 2", Fate: refused}}, verdict{Refused: 1, Phantom: 1}},
		"two rows":   {[]attempt{ack("mark 3", "dave", 2003)}, verdict{Acknowledged: 1, Double: 1}},
		"two winners": {
			[]attempt{ack("mark 1", "alice", 2001), ack("mark 2", "alice", 2002)},
			verdict{Acknowledged: 2, Double: 1},
		},
		"two users of a key": {
			[]attempt{ack("mark 1", "alice", 2001),
				{Mark: "mark 2", Name: "bob", Fate: acknowledged, ID: 2002, Key: "key of mark 1"}},
			verdict{Acknowledged: 2, Double: 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows := users{byMark: map[string][]int64{"mark 1": {2001}, "mark 2": {2002}, "mark 3": {2003, 2004}}}
			h := &history{attempts: c.attempts}
			got := rows.compare(h)
			got.examples = nil // for people
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("%+v, want %+v", got, c.want)
			}
			if got.good() != (name == "kept") {
				t.Errorf("good is %v", got.good())
			}
		})
	}
}

// TestReadRows: two rows of one name are found in a table without its constraint.
func TestReadRows(t *testing.T) {
	t.Parallel()
	url := pgtest.EmptyURL(t)
	pool, err := postgres.Open(t.Context(), postgres.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	for _, sql := range []string{
		"CREATE TABLE users (id bigint, real_name text, user_name_key text, phone text)",
		"INSERT INTO users VALUES (1, 'mark 1', 'alice', NULL), (2, 'mark 2', 'alice', NULL), " +
			"(3, 'mark 3', NULL, '+861'), (4, 'mark 4', NULL, NULL)",
	} {
		if _, err := pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	u, err := readRows(t.Context(), url)
	if err != nil || u.doubles != 1 || len(u.byMark) != 4 {
		t.Errorf("%+v, %v", u, err)
	}
}

// TestTimes: the longest time without an acknowledgment, and the time from a moment to the next one.
func TestTimes(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	at := func(s int) time.Time { return begin.Add(time.Duration(s) * time.Second) }
	h := &history{attempts: []attempt{
		{Fate: acknowledged, At: at(9)}, {Fate: acknowledged, At: at(1)},
		{Fate: refused, At: at(5)}, {Fate: acknowledged, At: at(2)},
	}}
	if got := h.outage(begin, at(10)); got != 7*time.Second {
		t.Errorf("an outage of %v", got)
	}
	if got, ok := h.after(at(4)); got != 5*time.Second || !ok {
		t.Errorf("recovered after %v, %v", got, ok)
	}
	if _, ok := h.after(at(9)); ok {
		t.Error("recovered without an acknowledgment")
	}
}

// TestRelay: the relay passes on, holds back, drops and resets as its fault says.
func TestRelay(t *testing.T) {
	t.Parallel()
	socket := t.TempDir() + "/echo"
	server, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	heard := make(chan string, 8)
	go func() {
		for {
			conn, err := server.Accept()
			if err != nil {
				return
			}
			go func() {
				buffer := make([]byte, 8)
				for {
					n, err := conn.Read(buffer)
					if err != nil {
						return
					}
					heard <- string(buffer[:n])
					_, _ = conn.Write(buffer[:n])
				}
			}()
		}
	}()
	r, err := newRelay(socket)
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	dial := func() net.Conn {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", r.listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		return conn
	}
	conn := dial()
	answer := make([]byte, 1)
	exchange := func(text string) error {
		if _, err := io.WriteString(conn, text); err != nil {
			return err
		}
		_, err := io.ReadFull(conn, answer)
		return err
	}
	if err := exchange("a"); err != nil || <-heard != "a" {
		t.Errorf("passed on: %v", err)
	}
	end := r.hole()
	if _, err := io.WriteString(conn, "b"); err != nil {
		t.Error(err)
	}
	if len(heard) != 0 {
		t.Error("a black hole lets something through")
	}
	end()
	if _, err := io.ReadFull(conn, answer); err != nil || <-heard != "b" || string(answer) != "b" {
		t.Errorf("after the black hole: %v", err)
	}
	r.mute.Store(true)
	if _, err := io.WriteString(conn, "c"); err != nil || <-heard != "c" {
		t.Errorf("a request is not passed on: %v", err)
	}
	r.reset()
	if _, err := io.ReadFull(conn, answer); err == nil || strings.Contains(err.Error(), "EOF") {
		t.Errorf("no reset: %v", err)
	}
}

// TestScenarios: each has a name of its own, a bound and a description.
func TestScenarios(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, s := range scenarios() {
		if seen[s.name] || s.about == "" || s.bound == 0 || s.rounds == 0 || s.fault == nil {
			t.Errorf("%+v", s)
		}
		if strings.HasPrefix(s.name, "control-") != (s.fails != nil) {
			t.Errorf("%s is a control by its name or by its check alone", s.name)
		}
		seen[s.name] = true
	}
	var out strings.Builder
	err := run(context.Background(), []string{"-list", "-run", ".*"}, &out)
	if err != nil || strings.Count(out.String(), "\n") != len(seen)+2 {
		t.Errorf("%v: %s", err, out.String())
	}
}
