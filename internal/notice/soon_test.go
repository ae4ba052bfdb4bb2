package notice_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/mail"
	"github.com/enroll-project/enroll/internal/notice"
	"github.com/enroll-project/enroll/test/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// slow is a mail server that answers when free is closed. most is the largest number of
// deliveries that ran at the same time.
type slow struct {
	began chan struct{}
	free  chan struct{}

	mu        sync.Mutex
	now, most int
}

func (s *slow) Send(context.Context, mail.Message) error {
	s.mu.Lock()
	s.now++
	s.most = max(s.most, s.now)
	s.mu.Unlock()
	s.began <- struct{}{}
	<-s.free
	s.mu.Lock()
	s.now--
	s.mu.Unlock()
	return nil
}

// TestSendSoonIsBounded: while the mail server hangs, no more than four deliveries wait for it,
// however many changes there were. When it answers, all notices are sent.
func TestSendSoonIsBounded(t *testing.T) {
	t.Parallel()
	const changes = 50
	pool := pgtest.New(t)
	exec := func(sql string, args ...any) {
		t.Helper()
		if _, err := pool.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(`INSERT INTO users (id, site_id, user_name, user_name_key, user_name_skeleton, real_name, avatar_url, group_id,
			status, is_retailer, balance, total_reward, password_hash, invite_code, invites_used,
			created_at, updated_at, last_login_at)
		OVERRIDING SYSTEM VALUE VALUES (1000, 1, 'a', 'a', 'a', '', '', 2, 1, false, 0, 0, '$', 'a', 0, now(), now(), now())`)
	sender := &slow{began: make(chan struct{}, changes), free: make(chan struct{})}
	s, err := notice.New(notice.Config{
		Pool: pool, Mail: sender, Now: time.Now, Metrics: prometheus.NewRegistry(),
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range changes {
		exec(`INSERT INTO notices (user_id, kind, address, locale, created_at, due_at, attempts)
			VALUES (1000, 'password_changed', $1, 'en', now() - interval '1 hour', now() - interval '1 hour', 0)`,
			fmt.Sprintf("a%d@example.com", i))
		s.SendSoon(t.Context())
	}
	for range 4 {
		<-sender.began
	}
	close(sender.free)
	s.Close()
	left := 0
	if err := pool.QueryRow(t.Context(), "SELECT count(*) FROM notices").Scan(&left); err != nil {
		t.Fatal(err)
	}
	if sender.most != 4 || left != 0 {
		t.Errorf("%d deliveries at a time, %d notices are left", sender.most, left)
	}
}
