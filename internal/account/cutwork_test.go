//go:build !race

package account_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"image"
	"image/png"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/event"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/leave"
	"github.com/enroll-project/enroll/internal/operator"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/profile"
	"github.com/enroll-project/enroll/internal/rekey"
	"github.com/enroll-project/enroll/internal/restore"
	"github.com/enroll-project/enroll/internal/servicekey"
	"github.com/enroll-project/enroll/internal/smscount"
	"github.com/enroll-project/enroll/internal/transfer"
	"github.com/enroll-project/enroll/test/pgtest"
)

// cutWork are the operations of operators, and the work that no request waits for. Each entry prepares a call,
// as the entries of cutOperations do.
var cutWork = map[string]func(s *cutServices, n int) cutCall{
	"disable a user": func(s *cutServices, n int) cutCall {
		call, id := s.acts(n, (*operator.Service).Disable, "user.disabled", "status = 0")
		return s.agrees(call, noSession, id)
	},
	"enable a user": func(s *cutServices, n int) cutCall {
		call, id := s.acts(n, (*operator.Service).Enable, "user.enabled", "status = 1")
		s.direct.exec(s, "UPDATE users SET status = 0 WHERE id = $1", id)
		return call
	},
	"approve a user": func(s *cutServices, n int) cutCall {
		call, id := s.acts(n, (*operator.Service).Approve, "user.approved", "status = 1 AND NOT waiting")
		s.direct.exec(s, "UPDATE users SET status = 0, waiting = true WHERE id = $1", id)
		return call
	},
	"delete a user": func(s *cutServices, n int) cutCall {
		call, id := s.acts(n, (*operator.Service).Delete, "user.deleted", "delete_at IS NOT NULL")
		return s.agrees(call, noSession, id)
	},
	"end a user's sessions": func(s *cutServices, n int) cutCall {
		call, id := s.acts(n, (*operator.Service).EndSessions, "user.sessions_ended", "tokens_valid_from IS NOT NULL")
		return s.agrees(call, noSession, id)
	},
	"set a user's group": func(s *cutServices, n int) cutCall {
		s.direct.exec(s, "INSERT INTO groups (site_id, id, title) VALUES (1, 7, 'seven') ON CONFLICT DO NOTHING")
		set := func(o *operator.Service, ctx context.Context, a operator.Act) (operator.User, error) {
			return o.SetGroup(ctx, a, 7)
		}
		call, _ := s.acts(n, set, "user.group_set", "group_id = 7")
		return call
	},
	"create a user": func(s *cutServices, n int) cutCall {
		office, phone := s.office(), "+86"+cutPhone(n)
		user := operator.NewUser{By: anActor, Site: 1, Phone: phone}
		call := cutCall{
			do:   func() error { _, err := office.Create(s.Context(), user); return err },
			done: s.counts("users WHERE phone = $1", phone),
		}
		return s.agrees(call, `audit_entries AS a JOIN users AS u ON u.id = a.user_id
			WHERE a.act = 'user.created' AND u.phone = $1`, phone)
	},
	"import users": func(s *cutServices, n int) cutCall {
		source, group := cutName(n), int64(1000+n)
		s.direct.exec(s, "DELETE FROM groups") // an import reads all of them, and each row is a place to cut
		invited := fmt.Sprintf(`{"kind":"user","id":"a","phone":"%s","parent_id":"b"}`, cutPhone(n))
		inviter := fmt.Sprintf(`{"kind":"user","id":"b","phone":"%s"}`, cutPhone(n+50000))
		title := fmt.Sprintf(`{"kind":"group","site_id":1,"id":%d,"title":"imported"}`, group)
		// The inviter is in a later file, so that it is linked after the rows are stored.
		fatal(s, s.imports(s.direct.pool, source, invited))
		return cutCall{
			do:    func() error { return s.imports(s.through.pool, source, title, inviter) },
			again: func() error { return s.imports(s.direct.pool, source, title, inviter) },
			done: s.counts(`users AS u JOIN users AS p ON p.id = u.parent_id WHERE u.phone = $1 AND p.phone = $2
				AND EXISTS (SELECT FROM groups WHERE id = $3)`, "+86"+cutPhone(n), "+86"+cutPhone(n+50000), group),
		}
	},
	"create a group": func(s *cutServices, n int) cutCall {
		title := cutName(n)
		call := s.actsOnGroup(func(o *operator.Service, a operator.GroupAct) error {
			_, err := o.CreateGroup(s.Context(), a, operator.GroupEdits{Title: &title})
			return err
		}, "groups WHERE id = $1", int64(100+n))
		s.direct.exec(s, "DELETE FROM groups")
		return call
	},
	"change a group": func(s *cutServices, n int) cutCall {
		level := int32(9)
		return s.actsOnGroup(func(o *operator.Service, a operator.GroupAct) error {
			_, err := o.UpdateGroup(s.Context(), a, operator.GroupEdits{Level: &level})
			return err
		}, "groups WHERE id = $1 AND level = 9", int64(100+n))
	},
	"delete a group": func(s *cutServices, n int) cutCall {
		return s.actsOnGroup(func(o *operator.Service, a operator.GroupAct) error {
			_, err := o.DeleteGroup(s.Context(), a)
			return err
		}, "(SELECT 1 WHERE NOT EXISTS (SELECT FROM groups WHERE id = $1)) AS gone", int64(100+n))
	},
	"make an invitation": func(s *cutServices, n int) cutCall {
		office, note := s.office(), cutName(n)
		call := cutCall{
			do: func() error {
				_, _, err := office.CreateInvitation(s.Context(), rand.Reader, operator.NewInvitation{
					By: anActor, Site: 1, Quota: 1, Note: note,
				})
				return err
			},
			done: s.counts("invitations WHERE note = $1", note),
		}
		return s.agrees(call, `invitations AS i, audit_entries AS e
			WHERE i.note = $1 AND e.act = 'invitation.created' AND e.detail = 'invitation ' || i.id`, note)
	},
	"revoke an invitation": func(s *cutServices, n int) cutCall {
		office := s.office()
		_, id := s.direct.invitation(s, operator.NewInvitation{})
		call := cutCall{
			do: func() error {
				_, err := office.RevokeInvitation(s.Context(), anActor, 1, id, false)
				return err
			},
			done: s.counts("invitations WHERE id = $1 AND revoked_at IS NOT NULL", id),
		}
		return s.agrees(call, "audit_entries WHERE act = 'invitation.revoked' AND detail = 'invitation ' || $1::bigint", id)
	},
	"reset the codes of a phone": func(s *cutServices, n int) cutCall {
		phone, at := cutPhone(n), s.direct.clock.Now().Add(time.Second)
		s.code(phone, account.ForRegister)
		s.direct.clock.advance(time.Second)
		office := s.office()
		call := cutCall{
			do: func() error {
				_, err := office.ResetCodes(s.Context(), anActor, phone, false)
				return err
			},
			done: s.counts("audit_entries WHERE act = 'codes.reset' AND at = $1", at),
		}
		call = s.agrees(call, spentCode, "+86"+phone)
		return s.agrees(call, "(SELECT 1 WHERE NOT EXISTS (SELECT FROM budgets WHERE key = $1)) AS forgotten",
			budgetKey(s, "+86"+phone))
	},
	"create a service key": func(s *cutServices, n int) cutCall {
		keys, spec := s.keys(s.through.pool), s.keySpec(n)
		call := cutCall{
			do:   func() error { _, _, err := keys.Create(s.Context(), anActor, spec); return err },
			done: s.counts("service_keys WHERE name = $1", spec.Name),
		}
		return s.agrees(call, "audit_entries WHERE act = 'key.created' AND detail LIKE $1 || ': %'", spec.Name)
	},
	"revoke a service key": func(s *cutServices, n int) cutCall {
		keys, spec := s.keys(s.through.pool), s.keySpec(n)
		_, _, err := s.keys(s.direct.pool).Create(s.Context(), anActor, spec)
		fatal(s, err)
		call := cutCall{
			do: func() error {
				_, err := keys.Revoke(s.Context(), anActor, spec.Name, false)
				return err
			},
			done: s.counts("service_keys WHERE name = $1 AND revoked_at IS NOT NULL", spec.Name),
		}
		return s.agrees(call, "audit_entries WHERE act = 'key.revoked' AND detail = $1", spec.Name)
	},
	"use a service key": func(s *cutServices, n int) cutCall {
		keys, spec := s.keys(s.through.pool), s.keySpec(n)
		direct := s.keys(s.direct.pool)
		key, _, err := direct.Create(s.Context(), anActor, spec)
		fatal(s, err)
		return cutCall{ // the time of its use is not needed for an answer
			do:    func() error { _, err := keys.Check(s.Context(), key); return err },
			again: func() error { _, err := direct.Check(s.Context(), key); return err },
			done:  s.counts("service_keys WHERE name = $1", spec.Name),
		}
	},
	"upload an avatar": func(s *cutServices, n int) cutCall {
		in, by := s.holder(n)
		var file bytes.Buffer
		fatal(s, png.Encode(&file, image.NewGray(image.Rect(0, 0, 16, 16))))
		call := cutCall{
			do: func() error {
				_, err := s.through.SetAvatar(s.Context(), profile.AvatarUpload{By: by, File: file.Bytes()})
				return err
			},
			done: s.counts("avatars WHERE user_id = $1", in.User.ID),
		}
		return s.agrees(call, "users WHERE id = $1 AND avatar_url <> ''", in.User.ID)
	},
	"send a notice": func(s *cutServices, n int) cutCall {
		in, _ := s.holder(n)
		before := s.mails.count()
		s.direct.exec(s, `INSERT INTO notices (user_id, kind, address, locale, created_at, due_at, attempts)
			VALUES ($1, 'password_changed', $2, 'en', $3, $3, 0)`, in.User.ID, in.User.Email, s.direct.clock.Now())
		left := s.counts("notices WHERE user_id = $1", in.User.ID)
		return cutCall{
			do: func() error { return s.through.SendNotices(s.Context()) },
			again: func() error {
				s.direct.clock.advance(10 * time.Minute)
				return s.direct.SendNotices(s.Context())
			},
			done: func() int {
				sent := min(1, s.mails.count()-before) // after a cut it may be sent twice
				if left() == 0 && sent == 0 {
					s.Error("a notice is lost")
				}
				return sent
			},
		}
	},
	"purge what has expired": func(s *cutServices, n int) cutCall {
		none := "(SELECT 1 WHERE true"
		for table, fill := range purged {
			s.direct.exec(s, fill, 1, s.direct.clock.Now())
			if table == "sessions" {
				none += " AND NOT EXISTS (SELECT FROM sessions WHERE id = 'a session')"
			} else {
				none += " AND NOT EXISTS (SELECT FROM " + table + ")"
			}
		}
		return cutCall{
			do:    func() error { _, err := s.through.Purge(s.Context()); return err },
			again: func() error { _, err := s.direct.Purge(s.Context()); return err },
			done:  s.counts(none + ") AS gone"),
		}
	},
	"count SMS": func(s *cutServices, n int) cutCall {
		counter := smscount.New(s.through.pool, s.direct.clock.Now)
		counter.Add("CN", "aliyun", "", smscount.Sent, 0)
		country := string([]byte{'A' + byte(n/26%26), 'A' + byte(n%26)})
		s.direct.exec(s, "INSERT INTO sms_uses (day, country) VALUES ($1, $2)", s.direct.clock.Now(), country)
		return cutCall{
			do:    func() error { return counter.Keep(s.Context()) },
			again: func() error { return smscount.New(s.direct.pool, s.direct.clock.Now).Keep(s.Context()) },
			done:  s.counts("sms_days WHERE country = $1 AND used = 1", country), // once and not twice
		}
	},
	"count a receipt": func(s *cutServices, n int) cutCall {
		all := []smscount.Receipt{{ID: fmt.Appendf(nil, "%016d", n), Country: "CN", Sender: "webhook", Delivery: "delivered"}}
		run := func(pool *postgres.Pool) func() error {
			counter := smscount.New(pool, s.direct.clock.Now)
			return func() error { _, err := counter.AddReceipts(s.Context(), all); return err }
		}
		return cutCall{do: run(s.through.pool), again: run(s.direct.pool),
			done: s.counts("sms_receipts WHERE id = $1", all[0].ID)}
	},
	"note an alarm": func(s *cutServices, n int) cutCall {
		key, now := fmt.Sprint("cut ", n), s.direct.clock.Now()
		alarm := db.RaiseAlarmParams{Percent: 50, Key: key, EndsAt: now.Add(time.Hour), Now: now}
		s.direct.exec(s, `INSERT INTO budgets (scope, key, ends_at, used, redeemed) VALUES ('sms_money', $1, $2, 1, 0)`,
			key, alarm.EndsAt)
		run := func(pool *postgres.Pool) func() error {
			queries := db.New(postgres.NewStatements(pool))
			return func() error { _, err := queries.RaiseAlarm(s.Context(), alarm); return err }
		}
		return cutCall{do: run(s.through.pool), again: run(s.direct.pool),
			done: s.counts("budgets WHERE key = $1 AND alarm = 50", key)}
	},
	"deliver an event":   func(s *cutServices, n int) cutCall { return s.delivers(n, http.StatusNoContent) },
	"postpone an event":  func(s *cutServices, n int) cutCall { return s.delivers(n, http.StatusInternalServerError) },
	"set an event aside": func(s *cutServices, n int) cutCall { return s.delivers(n, http.StatusGone) },
	"replay events":      func(s *cutServices, n int) cutCall { return s.replays(n, event.Replay{}) },
	"replay events of the log": func(s *cutServices, n int) cutCall {
		return s.replays(n, event.Replay{Since: time.Now().Add(-time.Hour)})
	},
	"purge the events": func(s *cutServices, n int) cutCall {
		s.direct.exec(s, `INSERT INTO events (tx, site_id, user_id, seq, type, at, fields)
			VALUES (1, 1, $1, 1, 'user.updated', now() - interval '25 hours', '{}')`, -1-n)
		s.direct.exec(s, `INSERT INTO set_aside_events
			VALUES ('old', $1, 1, 1, 'user.updated', now() - interval '25 hours', now(), 'timeout')`, -1-n)
		log := func(pool *pgxpool.Pool) func() error {
			log, err := event.New(event.Config{Pool: pool, Keep: event.MinKeep, Now: time.Now})
			fatal(s, err)
			return func() error { _, err := log.Purge(s.Context()); return err }
		}
		return cutCall{
			do: log(s.through.pool), again: log(s.direct.pool),
			done: s.counts(`(SELECT 1 WHERE NOT EXISTS (SELECT FROM events WHERE tx = 1)
				AND NOT EXISTS (SELECT FROM set_aside_events WHERE receiver = 'old')) AS gone`),
		}
	},
	"purge the audit log": func(s *cutServices, n int) cutCall {
		s.direct.exec(s, `INSERT INTO audit_entries (at, actor, actor_name, act, network, detail)
			VALUES (now() - interval '2 years', 'key', 'old', 'codes.reset', '', '')`)
		purge := func(pool *postgres.Pool) func() error {
			log, err := audit.New(audit.Config{Pool: pool, Keep: audit.MinKeep, Now: time.Now})
			fatal(s, err)
			return func() error { _, err := log.Purge(s.Context()); return err }
		}
		return cutCall{
			do: purge(s.through.pool), again: purge(s.direct.pool),
			done: s.counts("(SELECT 1 WHERE NOT EXISTS (SELECT FROM audit_entries WHERE actor_name = 'old')) AS gone"),
		}
	},
	"delete the users that are due": func(s *cutServices, n int) cutCall {
		in, _ := s.holder(n)
		_, err := s.direct.Register(s.Context(), account.Registration{
			Site: 1, UserName: "guest-" + cutName(n), Password: goodPassword, InviteCode: in.User.InviteCode,
		})
		fatal(s, err)
		now := s.direct.clock.Now()
		s.direct.exec(s, "UPDATE users SET delete_at = $2 WHERE id = $1", in.User.ID, now.Add(-time.Hour))
		s.direct.exec(s, "INSERT INTO kept_names VALUES (1, sha256('old'), $1)", now.Add(-time.Second))
		gone := s.counts("(SELECT 1 WHERE NOT EXISTS (SELECT FROM users WHERE id = $1)) AS gone", in.User.ID)
		before := s.direct.count(s, "kept_names WHERE name_mac <> sha256('old')")
		call := cutCall{
			do:    func() error { return s.through.PurgeDeleted(s.Context()) },
			again: func() error { return s.direct.PurgeDeleted(s.Context()) },
			done: func() int {
				n := gone()
				if kept := s.direct.count(s, "kept_names WHERE name_mac <> sha256('old')"); n == 1 && kept == before {
					s.Error("the name of a deleted user is free")
				}
				return n
			},
		}
		return call
	},
	"compute keys again": func(s *cutServices, n int) cutCall {
		s.user(account.Registration{UserName: "kept-" + cutName(n), Password: goodPassword})
		s.user(account.Registration{UserName: cutName(n), Password: goodPassword})
		s.direct.exec(s, "UPDATE users SET keys_version = 0 WHERE user_name IN ($1, 'kept-' || $1)", cutName(n))
		s.direct.exec(s, "UPDATE users SET user_name_key = 'old-' || user_name_key WHERE user_name = $1", cutName(n))
		run := func(pool *postgres.Pool) func() error {
			return func() error { _, _, err := rekey.Run(s.Context(), pool, identifier.DataVersion); return err }
		}
		return cutCall{
			do: run(s.through.pool), again: run(s.direct.pool),
			done: s.counts(`(SELECT 1 WHERE NOT EXISTS (
				SELECT FROM users WHERE keys_version <> $1 OR user_name_key <> user_name)) AS whole`, identifier.DataVersion),
		}
	},
	"make a restored database ready": func(s *cutServices, n int) cutCall {
		s.holder(n)
		s.code(cutPhone(n), account.ForRegister)
		run := func(pool *postgres.Pool) func() error {
			return func() error { _, err := restore.Run(s.Context(), pool, anActor, s.direct.clock.Now()); return err }
		}
		return cutCall{
			do: run(s.through.pool), again: run(s.direct.pool),
			done: s.counts(`(SELECT 1 WHERE NOT EXISTS (SELECT FROM one_time_codes)
				AND NOT EXISTS (SELECT FROM sessions WHERE ended_at IS NULL)) AS whole`),
		}
	},
}

// replays has the event of a user sent again, which the receiver was sent and has not accepted.
func (s *cutServices) replays(n int, r event.Replay) cutCall {
	s.Helper()
	r.By, r.Receiver, r.User = anActor, fmt.Sprintf("replayed-%t-%d", r.Since.IsZero(), n), int64(1_000_000+n)
	s.direct.exec(s, "INSERT INTO event_receivers VALUES ($1, events_below(), 0)", r.Receiver)
	s.direct.exec(s, `INSERT INTO events (tx, site_id, user_id, seq, type, at, fields)
		VALUES (1, 1, $1, 1, 'user.updated', now(), '{}') ON CONFLICT DO NOTHING`, r.User)
	s.direct.exec(s, "INSERT INTO set_aside_events VALUES ($1, $2, 1, 1, 'user.updated', now(), now(), 'timeout')",
		r.Receiver, r.User)
	receivers, err := event.ParseReceivers(r.Receiver+"=https://a.example",
		"whsec_"+base64.StdEncoding.EncodeToString(make([]byte, 32)))
	fatal(s, err)
	log, err := event.New(event.Config{
		Pool: s.through.pool, Keep: event.MinKeep, Now: time.Now, Receivers: receivers,
	})
	fatal(s, err)
	call := cutCall{
		do:   func() error { _, err := log.Replay(s.Context(), r); return err },
		done: s.counts("deliveries WHERE receiver = $1", r.Receiver),
	}
	call = s.agrees(call, "audit_entries WHERE detail = $1", "1 to "+r.Receiver)
	return s.agrees(call, `(SELECT 1 WHERE NOT EXISTS (SELECT FROM set_aside_events WHERE receiver = $1)) AS gone`,
		r.Receiver)
}

// delivers sends the event of a new user to a receiver that answers with a status. A cut may have it sent twice.
func (s *cutServices) delivers(n, status int) cutCall {
	s.Helper()
	var posts atomic.Int64
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		posts.Add(1)
		w.WriteHeader(status)
	}))
	s.Cleanup(receiver.Close)
	name := fmt.Sprintf("receiver-%d-%d", status, n)
	s.direct.exec(s, "INSERT INTO event_receivers VALUES ($1, events_below(), 0)", name)
	in, _ := s.holder(n)
	pgtest.Listed(s, s.direct.pool)
	round := func(pool *pgxpool.Pool, later time.Duration) func() error {
		receivers, err := event.ParseReceivers(name+"="+receiver.URL,
			"whsec_"+base64.StdEncoding.EncodeToString(make([]byte, 32)))
		fatal(s, err)
		sender, err := event.NewSender(event.SenderConfig{
			Pool: pool, Receivers: receivers, Retry: event.RetryFor, Rand: func() float64 { return 0 },
			Now: func() time.Time { return time.Now().Add(later) }, Metrics: prometheus.NewRegistry(),
			Log: slog.New(slog.DiscardHandler),
		})
		fatal(s, err)
		return func() error { return sender.Round(s.Context()) }
	}
	is := map[int]string{
		http.StatusNoContent: `(SELECT 1 WHERE NOT EXISTS (
			SELECT FROM deliveries WHERE receiver = $1 AND $2::bigint > 0)) AS ended`,
		http.StatusInternalServerError: "deliveries WHERE receiver = $1 AND user_id = $2 AND tries > 0",
		http.StatusGone:                "set_aside_events WHERE receiver = $1 AND user_id = $2",
	}[status]
	stored := s.counts(is, name, in.User.ID)
	return cutCall{
		do: round(s.through.pool, 0), again: round(s.direct.pool, 2*time.Minute),
		done: func() int { return min(stored(), int(posts.Load()), 1) },
	}
}

// imports imports a file of one user, whose line may come after others.
func (s *cutServices) imports(pool *pgxpool.Pool, source string, lines ...string) error {
	s.Helper()
	phones, err := identifier.NewPhoneRules("CN", nil)
	fatal(s, err)
	names, err := leave.NewNames(make([]byte, 32), cutQuarantine)
	fatal(s, err)
	file := strings.Join(slices.Concat([]string{`{"kind":"header","format":"enroll-users","version":1}`}, lines,
		[]string{`{"kind":"end","users":1}`, ""}), "\n")
	_, err = transfer.Import(s.Context(), transfer.ImportConfig{
		Pool: pool, By: anActor, From: "ndjson", Source: source, Site: 1, DefaultGroup: 2,
		Sites: []int64{1}, Rules: &operator.Rules{Phones: phones, Names: names, Rand: rand.Reader},
		Now: s.direct.clock.Now,
	}, strings.NewReader(file))
	return err
}

// office has the use cases of operators, over the connection that is cut.
func (s *cutServices) office() *operator.Service {
	s.Helper()
	phones, err := identifier.NewPhoneRules("CN", nil)
	fatal(s, err)
	codes, err := code.New(code.Config{
		Pool: s.through.pool, Secret: make([]byte, 32), Now: s.direct.clock.Now, Rand: rand.Reader,
		Metrics: prometheus.NewRegistry(),
	})
	fatal(s, err)
	names, err := leave.NewNames(make([]byte, 32), cutQuarantine)
	fatal(s, err)
	office, err := operator.New(operator.Config{
		Pool: s.through.pool, Sites: []int64{1}, Codes: codes, Phones: phones, DefaultGroup: 2, Now: s.direct.clock.Now,
		Rules: &operator.Rules{Phones: phones, Names: names, Rand: rand.Reader},
	})
	fatal(s, err)
	return office
}

// acts is an act on a new user with a session. is a condition that finds the user once the act is done. The act is
// done if and only if it is in the audit log.
func (s *cutServices) acts(
	n int, act func(*operator.Service, context.Context, operator.Act) (operator.User, error), name audit.Act, is string,
) (call cutCall, id int64) {
	s.Helper()
	in, _ := s.holder(n)
	office := s.office()
	call = cutCall{
		do: func() error {
			_, err := act(office, s.Context(), operator.Act{By: anActor, User: in.User.ID, Site: 1})
			return err
		},
		done: s.counts("users WHERE id = $1 AND "+is, in.User.ID),
	}
	return s.agrees(call, audited, in.User.ID, string(name)), in.User.ID
}

// actsOnGroup is an act on a new group. The query finds a row once the act is done. The act is done if and only if it
// is in the audit log.
func (s *cutServices) actsOnGroup(
	act func(*operator.Service, operator.GroupAct) error, query string, id int64,
) cutCall {
	s.Helper()
	s.direct.exec(s, "INSERT INTO groups (site_id, id, title, level) VALUES (1, $1, 'a group', 1)", id)
	office := s.office()
	before := s.direct.count(s, "audit_entries")
	return cutCall{
		do: func() error { return act(office, operator.GroupAct{By: anActor, Site: 1, ID: id}) },
		done: func() int {
			done := s.direct.count(s, query, id)
			if entries := s.direct.count(s, "audit_entries") - before; entries != done {
				s.Errorf("%d acts and %d entries", done, entries)
			}
			return done
		},
	}
}

// keys keeps service keys by a pool.
func (s *cutServices) keys(pool *postgres.Pool) *servicekey.Service {
	s.Helper()
	keys, err := servicekey.New(servicekey.Config{Pool: pool, Now: s.direct.clock.Now, Rand: rand.Reader})
	fatal(s, err)
	return keys
}

func (s *cutServices) keySpec(n int) servicekey.Spec {
	return servicekey.Spec{Name: fmt.Sprint("key", n), Scopes: slices.Clone(servicekey.Scopes())}
}
