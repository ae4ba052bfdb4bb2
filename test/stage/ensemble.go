package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/internal/devpg"
)

// ensemble is several services, each with a database of its own in one PostgreSQL. It can move their
// codes and budgets into the past, so that a client need not wait, and disable users, with the effect of
// an operator's command.
type ensemble struct {
	folder   string
	database *devpg.Server
	services map[string]*service
}

// assemble starts the deployments of a playbook concurrently, with the common settings and their own. If
// it fails, it also returns the services that have started.
func assemble(ctx context.Context, binary string, common []string, book playbook) (*ensemble, error) {
	e := &ensemble{services: map[string]*service{}}
	var err error
	if e.folder, err = os.MkdirTemp("", "enroll-stage-"); err != nil {
		return e, err
	}
	if err := os.Chmod(e.folder, 0o711); err != nil { // PostgreSQL's account must be able to enter it
		return e, err
	}
	if e.database, err = devpg.Start(ctx, devpg.Config{Dir: e.folder, MaxConnections: 200}); err != nil {
		return e, err
	}
	var (
		mu      sync.Mutex
		wait    sync.WaitGroup
		failure error
	)
	for name, d := range book.Deployments {
		wait.Go(func() {
			s, err := e.deploy(ctx, binary, name, d, common)
			mu.Lock()
			defer mu.Unlock()
			if s != nil {
				e.services[name] = s
			}
			if err != nil {
				failure = errors.Join(failure, fmt.Errorf("%s: %w", name, err))
			}
		})
	}
	wait.Wait()
	return e, failure
}

func (e *ensemble) deploy(ctx context.Context, binary, name string, d deployment, common []string) (*service, error) {
	if err := e.exec(ctx, "enroll", "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()); err != nil {
		return nil, err
	}
	database := []string{"ENROLL_DATABASE_URL=" + e.database.URL(name), "ENROLL_DB_MAX_CONNS=4"}
	folder := filepath.Join(e.folder, name)
	if err := os.Mkdir(folder, 0o755); err != nil {
		return nil, err
	}
	files, err := d.write(folder)
	if err != nil {
		return nil, err
	}
	s, err := start(ctx, binary, slices.Concat(database, common, d.Settings, files))
	if err != nil || d.FirstID == 0 {
		return s, err
	}
	// RESTART WITH takes no parameter of a query.
	return s, e.exec(ctx, name, fmt.Sprintf("ALTER TABLE users ALTER COLUMN id RESTART WITH %d", d.FirstID))
}

// exec runs one statement on the database of a deployment.
func (e *ensemble) exec(ctx context.Context, deployment, sql string, args ...any) error {
	conn, err := pgx.Connect(ctx, e.database.URL(deployment))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, sql, args...)
	return errors.Join(err, conn.Close(ctx))
}

// urls are the addresses of the services by name.
func (e *ensemble) urls() map[string]string {
	urls := map[string]string{}
	for name, s := range e.services {
		urls[name] = s.url
	}
	return urls
}

// said returns what the services have logged: if there are several, the last lines of each.
func (e *ensemble) said() string {
	if len(e.services) == 1 {
		return e.services[plain].said()
	}
	var all strings.Builder
	for name, s := range e.services {
		lines := strings.SplitAfter(s.said(), "\n")
		fmt.Fprintf(&all, "%s:\n%s", name, strings.Join(lines[max(0, len(lines)-20):], ""))
	}
	return all.String()
}

// serve adds the paths that the command under test (main.go) calls: to let time pass, to disable a user, to give a user
// terms of an earlier version, and to get a proof of work.
func (e *ensemble) serve(mux *http.ServeMux) {
	mux.HandleFunc("POST /{name}/later", e.later)
	mux.HandleFunc("POST /{name}/disable", e.disable)
	mux.HandleFunc("POST /{name}/outdate", e.outdate)
	mux.HandleFunc("GET /work", work)
}

// quit stops the services. PostgreSQL keeps running.
func (e *ensemble) quit() error {
	var errs []error
	for _, s := range e.services {
		errs = append(errs, s.stop())
	}
	return errors.Join(errs...)
}

func (e *ensemble) stop() error {
	errs := []error{e.quit()}
	if e.database != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		errs = append(errs, e.database.Discard(ctx))
	}
	return errors.Join(append(errs, os.RemoveAll(e.folder))...)
}

// later answers POST /NAME/later?seconds=60: it moves the codes and budgets of that deployment by that number of
// seconds into the past.
func (e *ensemble) later(w http.ResponseWriter, r *http.Request) {
	e.act(w, r, "seconds", `
		WITH passed AS (
			SELECT $1 * interval '1 second' AS i
		), codes AS (
			UPDATE one_time_codes SET sent_at = sent_at - i, expires_at = expires_at - i FROM passed
		)
		UPDATE budgets SET ends_at = ends_at - i FROM passed`)
}

// disable answers POST /NAME/disable?id=1000: an operator disables that user.
func (e *ensemble) disable(w http.ResponseWriter, r *http.Request) {
	e.act(w, r, "id", "UPDATE users SET status = 0 WHERE id = $1")
}

// outdate answers POST /NAME/outdate?id=1000: what that user has accepted is an earlier version of the terms.
func (e *ensemble) outdate(w http.ResponseWriter, r *http.Request) {
	e.act(w, r, "id", "UPDATE users SET terms_version = 'earlier' WHERE id = $1")
}

// act runs a statement on a deployment's database. Its parameter is the number that the URL's query has under
// that name.
func (e *ensemble) act(w http.ResponseWriter, r *http.Request, parameter, sql string) {
	number, err := strconv.ParseInt(r.URL.Query().Get(parameter), 10, 64)
	if err == nil {
		err = e.exec(r.Context(), r.PathValue("name"), sql, number)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	_, _ = w.Write([]byte("{}"))
}

// work answers GET /work?salt=&bits=&puzzles= with the proof of work that the contract describes.
func work(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	salt, err := hex.DecodeString(query.Get("salt"))
	zeros, errZeros := strconv.Atoi(query.Get("bits"))
	puzzles, errPuzzles := strconv.Atoi(query.Get("puzzles"))
	if err := errors.Join(err, errZeros, errPuzzles); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var answer strings.Builder
	for i := range puzzles {
		message := binary.BigEndian.AppendUint64(slices.Clone(salt), uint64(i)<<32)
		for counter := uint32(0); ; counter++ {
			binary.BigEndian.PutUint32(message[len(salt)+4:], counter)
			if digest := sha256.Sum256(message); bits.LeadingZeros64(binary.BigEndian.Uint64(digest[:])) >= zeros {
				fmt.Fprintf(&answer, "%08x", counter)
				break
			}
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"answer": answer.String()})
}
