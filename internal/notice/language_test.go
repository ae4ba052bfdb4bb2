package notice_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/locale"
	"github.com/enroll-project/enroll/internal/mail"
	"github.com/enroll-project/enroll/internal/notice"
	"github.com/enroll-project/enroll/internal/sms"
	"github.com/enroll-project/enroll/test/pgtest"
)

// letters and texts keep the languages of what they are to send.
type (
	letters struct{ tags []string }
	texts   struct{ tags []string }
)

func (l *letters) Send(_ context.Context, m mail.Message) error {
	l.tags = append(l.tags, m.Locale)
	return nil
}

func (l *texts) Send(_ context.Context, m sms.Message) error {
	l.tags = append(l.tags, m.Locale)
	return nil
}

// TestStoredLanguage: a notice is sent in a language of the deployment, also if its row has that of another release or
// of earlier settings. The other notices are not held up.
func TestStoredLanguage(t *testing.T) {
	t.Parallel()
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
	for _, tag := range []string{"en", "en-GB", "zh-CN", "sv", "", "not a tag"} {
		for _, address := range []string{"a@example.com", "+8613800138000"} {
			exec(`INSERT INTO notices (user_id, kind, address, locale, created_at, due_at, attempts)
				VALUES (1000, 'password_changed', $1, $2, now() - interval '1 hour', now() - interval '1 hour', 0)`, address, tag)
		}
	}
	only, err := locale.New("en", "en")
	if err != nil {
		t.Fatal(err)
	}
	mails, phones := &letters{}, &texts{}
	s, err := notice.New(notice.Config{
		Pool: pool, Mail: mails, SMS: phones, Now: time.Now, Metrics: prometheus.NewRegistry(), Languages: only,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := slices.Repeat([]string{"en"}, 6)
	if !slices.Equal(mails.tags, want) || !slices.Equal(phones.tags, want) {
		t.Errorf("mails in %q, SMS in %q", mails.tags, phones.tags)
	}
}
