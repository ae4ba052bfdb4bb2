package operator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/invite"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/refusal"
)

// The errors of invitations that an operator can correct.
var (
	ErrInvitationUnknown = errors.New("the site has no such invitation, or it was revoked before")
	ErrInvitationQuota   = errors.New("the quota of an invitation is 1 to 1000000")
	ErrInvitationNote    = errors.New("the note of an invitation is one line of at most 200 characters that can be shown")
	ErrInvitationBound   = errors.New("an invitation is bound to one email or one phone")
	ErrInvitationLife    = errors.New("the life of an invitation cannot be negative")
)

// The table has the same bounds as constraints.
const (
	maxQuota = 1_000_000
	maxNote  = 200 // characters
)

// NewInvitation is an invitation to make. An empty field means that the invitation has none.
type NewInvitation struct {
	By    audit.Actor
	Site  int64
	Quota int32         // how many people may register by it
	Life  time.Duration // from now on; 0 for no end
	// Email or Phone is the only address that may register. The registration must prove it by a code.
	Email, Phone string
	Group        int64  // of those that register; 0 for the default group
	Note         string // what the invitation is for, for operators
	DryRun       bool   // make the invitation, roll that back, and return no code
}

// Invitation is what the row of an invitation says about it.
type Invitation struct {
	Site, ID             int64
	BoundTo              string // "email", "phone" or ""
	Group                int64  // 0 for the default group
	Quota, Used          int32
	Note, CreatedBy      string
	CreatedAt            time.Time
	ExpiresAt, RevokedAt *time.Time // nil for never
	State                InvitationState
}

// InvitationState says whether an invitation admits a registration. Programs of operators read its values.
type InvitationState string

// The states. An invitation that has ended for several reasons has the first of them.
const (
	InvitationRevoked InvitationState = "revoked"
	InvitationExpired InvitationState = "expired"
	InvitationUsedUp  InvitationState = "used_up"
	InvitationOpen    InvitationState = "open"
)

// invitationOf returns a row as an operator sees it at a time.
func invitationOf(row db.Invitation, now time.Time) Invitation {
	i := Invitation{
		Site: row.SiteID, ID: row.ID, BoundTo: postgres.OrZero(row.BoundTo), Group: postgres.OrZero(row.GroupID),
		Quota: row.Quota, Used: row.Used, Note: row.Note, CreatedBy: row.CreatedBy, CreatedAt: row.CreatedAt,
		ExpiresAt: row.ExpiresAt, RevokedAt: row.RevokedAt, State: InvitationOpen,
	}
	// The same conditions as in the statement UseInvitation. The order tells an operator first what an operator has done,
	// and then what has ended the invitation by itself.
	switch {
	case row.RevokedAt != nil:
		i.State = InvitationRevoked
	case row.ExpiresAt != nil && !row.ExpiresAt.After(now):
		i.State = InvitationExpired
	case row.Used >= row.Quota:
		i.State = InvitationUsedUp
	}
	return i
}

// CreateInvitation makes an invitation and returns its code, with what is stored of it. Nothing can show the code
// again. random must be fit for secrets. The error is one of the Err variables, or a *refusal.Error about the site or
// the address.
func (s *Service) CreateInvitation(ctx context.Context, random io.Reader, n NewInvitation) (string, Invitation, error) {
	if err := s.site(n.Site); err != nil { // check: invitation-site
		return "", Invitation{}, err
	}
	// The values are checked here, because the errors of violated constraints say less. A note is for operators, but
	// it is shown in a terminal, so it may have no hidden characters.
	note, err := identifier.ParseText(n.Note)
	switch {
	case n.Quota < 1 || n.Quota > maxQuota:
		return "", Invitation{}, ErrInvitationQuota
	// The list shows a note in one line.
	case err != nil || utf8.RuneCountInString(note) > maxNote || strings.ContainsAny(note, "\n\t"):
		return "", Invitation{}, ErrInvitationNote
	case n.Life < 0:
		return "", Invitation{}, ErrInvitationLife
	}
	// The code is drawn before the transaction, because the bound address is hashed with it.
	invited, err := invite.NewInvited(random)
	if err != nil {
		return "", Invitation{}, err
	}
	// The row has the actor, too, because the entry in the audit log is purged after a time.
	now := s.now()
	row := db.InsertInvitationParams{
		SiteID: n.Site, Hash: invite.Hash(invited), Quota: n.Quota, Note: note,
		CreatedBy: fmt.Sprintf("%s %s", n.By.Kind, n.By.Name), CreatedAt: now,
	}
	if row.BoundTo, row.BoundMac, err = s.bound(invited, n); err != nil {
		return "", Invitation{}, err
	}
	// Without a group the row has NULL and not the default group: if the default changes, open invitations follow it.
	if n.Group != 0 {
		row.GroupID = &n.Group
	}
	// The end is stored and not the life, so that the statement that uses the invitation compares two times.
	if n.Life > 0 {
		end := now.Add(n.Life)
		row.ExpiresAt = &end
	}
	// The group is checked, so that a mistake shows now and not when people register. It may be deleted later: then
	// those that register get the default group, because an invited person can do nothing about it.
	act := invitationAct{by: n.By, site: n.Site, act: invitationCreated, dry: n.DryRun}
	stored, err := s.changeInvitation(ctx, act, func(q *db.Queries) (db.Invitation, error) {
		// The group is held until the commit, so that an invitation is not made for a group that is being deleted.
		if n.Group != 0 {
			if err := s.groupOf(ctx, q, n.Site, n.Group); err != nil {
				return db.Invitation{}, err
			}
		}
		// A collision of two codes is improbable, and the constraint invitations_hash_unique refuses it.
		return q.InsertInvitation(ctx, row)
	})
	// The code of a dry run is forgotten: no row has its hash.
	if err != nil || n.DryRun {
		return "", stored, err
	}
	return invited, stored, nil
}

// bound returns the channel and the MAC of the address that an invitation is bound to, or nil for none.
func (s *Service) bound(invited string, n NewInvitation) (*string, []byte, error) {
	channel, address := code.Email, ""
	switch {
	case n.Email == "" && n.Phone == "":
		return nil, nil, nil
	case n.Email != "" && n.Phone != "":
		return nil, nil, ErrInvitationBound
	// The rules for domains and countries are not applied here, since they may change before the invitation is used.
	// The registration applies them.
	case n.Email != "":
		email, err := identifier.ParseEmail(n.Email)
		if err != nil {
			return nil, nil, refusal.OfEmail(err)
		}
		address = email.Key
	default:
		phone, err := s.phones.Parse(n.Phone)
		if err != nil {
			return nil, nil, refusal.OfPhone(err)
		}
		channel, address = code.Phone, phone.E164
	}
	// The channel is stored for the list. It is a part of the MAC, too.
	to := string(channel)
	return &to, invite.BoundMAC(invited, channel, address), nil
}

// InvitationPage selects invitations of one site.
type InvitationPage struct {
	Site   int64
	Before int64 // only invitations with a smaller id, such as the last id of the page before; 0 for all
	Page   int32 // invitations at most; MaxPage if it is not from 1 to MaxPage
}

// Invitations returns the newest invitations that a page selects, also those that have ended, the newest first. The
// primary key has the order of the list, so that a page costs the same at any place.
func (s *Service) Invitations(ctx context.Context, p InvitationPage) ([]Invitation, error) {
	if p.Before == 0 {
		p.Before = math.MaxInt64
	}
	// The contract has the same bound. A program asks for the next page.
	if p.Page <= 0 || p.Page > MaxPage {
		p.Page = MaxPage
	}
	rows, err := s.queries.Invitations(ctx, db.InvitationsParams{SiteID: p.Site, Before: p.Before, Page: p.Page})
	if err != nil {
		return nil, postgres.Safe(err)
	}
	// The clock is read once, so that two invitations with one end have one state.
	now := s.now()
	all := make([]Invitation, len(rows))
	for i, row := range rows {
		all[i] = invitationOf(row, now)
	}
	return all, nil
}

// RevokeInvitation ends an invitation at once. A registration that uses it in this moment is either committed before,
// and counted in the invitation that is returned, or refused. Users that have registered by it stay.
func (s *Service) RevokeInvitation(
	ctx context.Context, by audit.Actor, site, id int64, dry bool,
) (Invitation, error) {
	act := invitationAct{by: by, site: site, act: invitationRevoked, dry: dry}
	return s.changeInvitation(ctx, act, func(q *db.Queries) (db.Invitation, error) {
		row, err := q.RevokeInvitation(ctx, db.RevokeInvitationParams{SiteID: site, ID: id, Now: s.now()})
		// Unlike a repetition of other acts, a second revocation does not succeed: the id may be a mistake.
		if errors.Is(err, pgx.ErrNoRows) {
			err = ErrInvitationUnknown
		}
		return row, err
	})
}

// invitationAct has the parameters that both acts on an invitation share.
type invitationAct struct {
	by   audit.Actor
	site int64
	act  audit.Act
	dry  bool
}

// changeInvitation makes or revokes an invitation and writes the entry, in one transaction. The entry has the id of the
// invitation: its note may name a person.
func (s *Service) changeInvitation(
	ctx context.Context, a invitationAct, do func(*db.Queries) (db.Invitation, error),
) (Invitation, error) {
	// The transaction may be repeated. Each attempt sets row again, and draws another id.
	var row db.Invitation
	now := s.now()
	err := postgres.InTx(ctx, s.pool, func(tx pgx.Tx) (err error) {
		// An error rolls both back: each invitation has an author in the log.
		q := s.queries.WithTx(tx)
		if row, err = do(q); err != nil {
			return err
		}
		// Both acts have found or made the row on the site of the request.
		entry := audit.Entry{By: a.by, Act: a.act, Site: a.site, Detail: fmt.Sprintf("invitation %d", row.ID), At: now}
		err = audit.Add(ctx, q, entry) // check: invitation-audited
		if err == nil && a.dry {       // check: invitation-dry-run
			err = errDry
		}
		return err
	})
	// A dry run fails where the act would fail, and the row is what the act would have stored.
	if errors.Is(err, errDry) {
		err = nil
	}
	return invitationOf(row, now), s.refused(ctx, err)
}
