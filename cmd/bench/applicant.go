package main

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// applicants makes the bodies of registrations, each for another person. next
// appends one to a buffer; it returns false if none is left. It is safe for
// concurrent use.
type applicants interface {
	next(buffer []byte) ([]byte, bool)
}

// byPassword makes people with a user name, a password and an email. Their names
// are spread over the whole range of names, as in production, so that new index
// entries fall between existing ones and not at the end of the index.
type byPassword struct {
	run  uint32 // random; keeps the names of two loads apart
	made atomic.Uint32
}

func newByPassword() *byPassword { return &byPassword{run: rand.Uint32()} }

func (p *byPassword) next(buffer []byte) ([]byte, bool) {
	// Multiplying by an odd constant maps 32 bits one to one: no name comes twice,
	// and consecutive numbers give names that are far apart.
	n := (p.made.Add(1) ^ p.run) * 0x9E3779B1
	buffer = fmt.Appendf(buffer,
		`{"user_name":"u%08x%08x","password":"plum-orbit-%08x","real_name":"Load Person","email":"u%08x%08x@example.com"}`,
		n, p.run, n, n, p.run)
	return buffer, true
}

// plantedCode is the one-time code of each phone of the benchmark.
const plantedCode = "246813"

// byPhone makes people with a phone for which plant has stored a code.
type byPhone struct {
	phones []int64
	taken  atomic.Int64
}

func (p *byPhone) next(buffer []byte) ([]byte, bool) {
	i := p.taken.Add(1) - 1
	if i >= int64(len(p.phones)) {
		return buffer, false
	}
	buffer = append(buffer, `{"phone":"`...)
	buffer = strconv.AppendInt(buffer, p.phones[i], 10)
	return append(buffer, `","code":"`+plantedCode+`"}`...), true
}

// phoneSpace is the count of phone numbers from 13000000000 on. All are Chinese mobiles.
const phoneSpace = 1_000_000_000

// plant stores a code for each of n phones, as if a message had been sent to it.
// It removes the codes and budgets of earlier loads.
func (s *testbed) plant(ctx context.Context, database string, n int) (*byPhone, error) {
	key, err := hkdf.Key(sha256.New, s.secret, nil, "enroll code v1", sha256.Size)
	if err != nil {
		return nil, err
	}
	p := &byPhone{phones: make([]int64, n)}
	// Evenly spaced from a random start: no phone comes twice, and two loads are
	// unlikely to share one.
	step := int64(phoneSpace / n)
	offset := rand.Int64N(step)
	for i := range p.phones {
		p.phones[i] = 13_000_000_000 + int64(i)*step + offset
	}
	columns := []string{"site_id", "address", "purpose", "user_id", "code_mac", "subnet", "network",
		"sent_at", "expires_at", "tries", "tries_elsewhere"}
	now := time.Now()
	source := pgx.CopyFromSlice(n, func(i int) ([]any, error) {
		address := fmt.Sprintf("+86%d", p.phones[i])
		return []any{int64(1), address, "register", int64(0), codeMAC(key, address), "", "",
			now, now.Add(10 * time.Minute), int32(0), int32(0)}, nil
	})
	err = s.with(ctx, database, func(c *pgx.Conn) error {
		// An earlier load has spent most of its codes. The rest would add to the codes that are planned for this one.
		if _, err := c.Exec(ctx, "TRUNCATE one_time_codes, budgets"); err != nil {
			return err
		}
		if _, err := c.CopyFrom(ctx, pgx.Identifier{"one_time_codes"}, columns, source); err != nil {
			return err
		}
		_, err := c.Exec(ctx, "VACUUM ANALYZE one_time_codes")
		return err
	})
	rand.Shuffle(n, func(i, k int) { p.phones[i], p.phones[k] = p.phones[k], p.phones[i] })
	return p, err
}

// codeMAC is the form in which the service stores a code (internal/code/code.go).
// If the service changes it, each registration is refused and the run shows that.
func codeMAC(key []byte, address string) []byte {
	h := hmac.New(sha256.New, key)
	fmt.Fprintf(h, "1|register|0|%s|%s", plantedCode, address)
	return h.Sum(nil)
}

var errNoApplicants = errors.New("all planted codes were used up before the end of the load: raise plantedPer")
