package operator_test

import (
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/enroll-project/enroll/internal/operator"
	"github.com/enroll-project/enroll/internal/refusal"
)

// TestInvitations: an invitation is made with what the operator has chosen, and its code is in no column and no entry.
// The list has its state. A dry run of each act changes nothing, and each act writes one entry.
func TestInvitations(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.exec("INSERT INTO groups (site_id, id, title, level) VALUES (1, 5, 'Members', 1)")
	n := operator.NewInvitation{
		By: by, Site: 1, Quota: 2, Life: time.Hour, Email: "Ann@example.com", Group: 5, Note: "for Ann", DryRun: true,
	}
	code, made, err := o.CreateInvitation(t.Context(), rand.Reader, n)
	if err != nil || code != "" || made.Quota != 2 || o.count("invitations")+o.count("audit_entries") != 0 {
		t.Errorf("a dry run: %q, %+v, %v", code, made, err)
	}
	n.DryRun = false
	code, made, err = o.CreateInvitation(t.Context(), rand.Reader, n)
	o.fatal(err)
	if len(code) != 30 || !strings.HasPrefix(code, "inv_") || made.BoundTo != "email" || made.Group != 5 ||
		made.State != operator.InvitationOpen || made.Note != "for Ann" || made.CreatedBy != "key support" ||
		!made.ExpiresAt.Equal(o.now.Add(time.Hour)) || !made.CreatedAt.Equal(o.now) || made.Used != 0 {
		t.Errorf("%q, %+v", code, made)
	}
	second, plain, err := o.CreateInvitation(t.Context(), rand.Reader,
		operator.NewInvitation{By: by, Site: 1, Quota: 1, Phone: "13800138000"})
	o.fatal(err)
	if second == code || plain.BoundTo != "phone" || plain.Group != 0 || plain.ExpiresAt != nil {
		t.Errorf("%+v", plain)
	}
	_, _, err = o.CreateInvitation(t.Context(), rand.Reader, operator.NewInvitation{By: by, Site: 2, Quota: 1})
	o.fatal(err)
	states := func(want ...operator.InvitationState) {
		t.Helper()
		all, err := o.Invitations(t.Context(), operator.InvitationPage{Site: 1})
		if err != nil || len(all) != 2 || all[0].State != want[0] || all[1].State != want[1] || all[0].ID != plain.ID {
			t.Errorf("%+v, %v", all, err)
		}
	}
	states(operator.InvitationOpen, operator.InvitationOpen)
	o.exec("UPDATE invitations SET used = quota WHERE site_id = 1 AND id = $1", plain.ID)
	o.now = o.now.Add(time.Hour)
	states(operator.InvitationUsedUp, operator.InvitationExpired)
	ended, err := o.RevokeInvitation(t.Context(), by, 1, plain.ID, true)
	if err != nil || ended.State != operator.InvitationRevoked ||
		o.count("invitations WHERE revoked_at IS NOT NULL") != 0 {
		t.Errorf("a dry run: %+v, %v", ended, err)
	}
	ended, err = o.RevokeInvitation(t.Context(), by, 1, plain.ID, false)
	if err != nil || ended.State != operator.InvitationRevoked || ended.Used != 1 || !ended.RevokedAt.Equal(o.now) {
		t.Errorf("%+v, %v", ended, err)
	}
	states(operator.InvitationRevoked, operator.InvitationExpired)
	for _, id := range []int64{plain.ID, 0} { // revoked before, unknown
		if _, err := o.RevokeInvitation(t.Context(), by, 1, id, false); !errors.Is(err, operator.ErrInvitationUnknown) {
			t.Errorf("%d: %v", id, err)
		}
	}
	if _, err := o.RevokeInvitation(t.Context(), by, 2, made.ID, false); !errors.Is(err, operator.ErrInvitationUnknown) {
		t.Errorf("of another site: %v", err)
	}
	for act, want := range map[string]int{"invitation.created": 3, "invitation.revoked": 1} {
		if n := o.count("audit_entries WHERE act = $1 AND actor_name = 'support' AND detail ~ '^invitation [0-9]+$'",
			act); n != want {
			t.Errorf("%d entries of %s", n, act)
		}
	}
	if n := o.count("audit_entries AS e, invitations AS i WHERE strpos(e::text || i::text, $1) > 0", code[4:]); n != 0 {
		t.Error("the code is stored")
	}
}

// TestInvitationRefused: what cannot be an invitation is refused, and no row is written.
func TestInvitationRefused(t *testing.T) {
	t.Parallel()
	o := open(t)
	long := strings.Repeat("é", 201)
	for name, c := range map[string]struct {
		n    operator.NewInvitation
		want error
	}{
		"no quota":        {operator.NewInvitation{}, operator.ErrInvitationQuota},
		"a large quota":   {operator.NewInvitation{Quota: 1_000_001}, operator.ErrInvitationQuota},
		"a negative life": {operator.NewInvitation{Quota: 1, Life: -1}, operator.ErrInvitationLife},
		"a long note":     {operator.NewInvitation{Quota: 1, Note: long}, operator.ErrInvitationNote},
		"two lines":       {operator.NewInvitation{Quota: 1, Note: "a\nb"}, operator.ErrInvitationNote},
		"a hidden note":   {operator.NewInvitation{Quota: 1, Note: "a\u202eb"}, operator.ErrInvitationNote},
		"two addresses": {operator.NewInvitation{Quota: 1, Email: "ann@example.com", Phone: "13800138000"},
			operator.ErrInvitationBound},
		"a group of no site": {operator.NewInvitation{Quota: 1, Group: 5}, operator.ErrGroupUnknown},
	} {
		c.n.By, c.n.Site = by, 1
		if code, _, err := o.CreateInvitation(t.Context(), rand.Reader, c.n); !errors.Is(err, c.want) || code != "" {
			t.Errorf("%s: %q, %v", name, code, err)
		}
	}
	whole := operator.NewInvitation{By: by, Site: 1, Quota: 1_000_000, Note: long[:400], Group: 2}
	if _, _, err := o.CreateInvitation(t.Context(), iotest.ErrReader(errors.New("dry")), whole); err == nil {
		t.Error("a code without randomness")
	}
	for want, n := range map[refusal.Reason]operator.NewInvitation{
		refusal.EmailInvalid: {Site: 1, Email: "ann"}, refusal.PhoneInvalid: {Site: 1, Phone: "1"},
		refusal.PhoneNotMobile: {Site: 1, Phone: "01012345678"}, refusal.SiteUnknown: {Site: 3},
	} {
		n.By, n.Quota = by, 1
		_, _, err := o.CreateInvitation(t.Context(), rand.Reader, n)
		if refused := (*refusal.Error)(nil); !errors.As(err, &refused) || refused.Reason != want {
			t.Errorf("%+v: %v", n, err)
		}
	}
	if n := o.count("invitations"); n != 0 {
		t.Errorf("%d rows", n)
	}
	if _, _, err := o.CreateInvitation(t.Context(), rand.Reader, whole); err != nil {
		t.Errorf("at the bounds: %v", err)
	}
}

// TestInvitationPages: pages follow each other by the id of the last invitation, and have those of one site.
func TestInvitationPages(t *testing.T) {
	t.Parallel()
	o := open(t)
	var want []int64
	for i := range 5 {
		site := int64(1 + i%4/3) // one of the five is of site 2
		_, made, err := o.CreateInvitation(t.Context(), rand.Reader, operator.NewInvitation{By: by, Site: site, Quota: 1})
		o.fatal(err)
		if site == 1 {
			want = append([]int64{made.ID}, want...)
		}
	}
	for size := range int32(5) {
		var got []int64
		for p := (operator.InvitationPage{Site: 1, Page: size}); ; {
			page, err := o.Invitations(t.Context(), p)
			o.fatal(err)
			if size > 0 && len(page) > int(size) {
				t.Errorf("%d on a page of %d", len(page), size)
			}
			if len(page) == 0 {
				break
			}
			for _, i := range page {
				got = append(got, i.ID)
			}
			p.Before = got[len(got)-1]
		}
		if !slices.Equal(got, want) {
			t.Errorf("pages of %d: %d, want %d", size, got, want)
		}
	}
}
