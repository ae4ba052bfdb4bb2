package admin_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/servicekey"
)

// invitation is an invitation in the form of the contract.
type invitation struct {
	ID        int64
	State     string
	Quota     int
	Bound     string `json:"bound_to"`
	Group     int64  `json:"group_id"`
	Note      string
	CreatedBy string `json:"created_by"`
	Created   int64  `json:"created_time"`
	Expires   int64  `json:"expire_time"`
	Revoked   int64  `json:"revoke_time"`
}

// TestInvitations: an invitation is made with what the request says, its code is in this answer and not in the log, and
// the list has the invitation before and after it is revoked.
func TestInvitations(t *testing.T) {
	t.Parallel()
	o := open(t)
	key := o.key("inviter", 1, servicekey.UsersRead, servicekey.UsersWrite)
	a := o.send(key, "POST", "/admin/invitations", inJSON,
		`{"quota": 7, "expires_in": 3600, "email": "Ann@example.com", "group_id": 2, "note": "for Ann"}`)
	made := a.Data.Invitation
	if len(a.Data.Code) != 30 || !strings.HasPrefix(a.Data.Code, "inv_") || made.State != "open" || made.Quota != 7 ||
		made.Bound != "email" || made.Group != 2 || made.Note != "for Ann" || made.CreatedBy != "key inviter" ||
		made.Expires-made.Created != 3600 || made.Revoked != 0 {
		t.Errorf("%+v", a)
	}
	plain := o.send(key, "POST", "/admin/invitations", inJSON, `{}`).Data.Invitation
	if plain.Quota != 1 || plain.Bound != "" || plain.Group != 0 || plain.Expires != 0 {
		t.Errorf("%+v", plain)
	}
	list := o.send(key, "GET", "/admin/invitations?limit=2", "", "").Data.Invitations
	if len(list) != 2 || list[0].ID == list[1].ID || list[0] != plain && list[1] != plain {
		t.Errorf("%+v", list)
	}
	ended := o.send(key, "POST", "/admin/invitations/900/revoke", "", "")
	if ended.Data.ID != 900 || ended.Data.Status != 0 || ended.status != 200 {
		t.Errorf("%+v", ended)
	}
	if a := o.send(key, "POST", "/admin/invitations/900/revoke", "", ""); a.Reason != "invitation_unknown" {
		t.Errorf("a repetition: %+v", a)
	}
	states := map[int64]invitation{}
	for _, i := range o.send(key, "GET", "/admin/invitations?before=9007199254740991", "", "").Data.Invitations {
		states[i.ID] = i
	}
	if i := states[900]; len(states) != 3 || i.State != "revoked" || i.Revoked < time.Now().Add(-time.Hour).Unix() ||
		states[made.ID] != made {
		t.Errorf("%+v", states)
	}
	if strings.Contains(o.log.String(), a.Data.Code) || strings.Contains(o.log.String(), "example.com") {
		t.Error("the log has the code or the address")
	}
}

// TestNoSite: a key of all sites makes no invitation and no group for a site that the deployment does not serve.
func TestNoSite(t *testing.T) {
	t.Parallel()
	o := open(t)
	key := o.key("all", 0, servicekey.Scopes()...)
	for _, c := range [][4]string{
		{"/admin/invitations", "{}", "2", `"site_id":2`}, {"/admin/invitations", "{}", "3", "site_unknown"},
		{"/admin/groups", `{"id": 5, "title": "five"}`, "2", `"site_id":2`},
		{"/admin/groups", `{"id": 5, "title": "five"}`, "3", "site_unknown"},
	} {
		path, body, site, want := c[0], c[1], c[2], c[3]
		req := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
		req.Header.Set("Authorization", "Bearer "+key)
		req.Header.Set("Content-Type", inJSON)
		req.Header.Set("Site-Id", site)
		w := httptest.NewRecorder()
		o.handler.ServeHTTP(w, req)
		o.promised(http.MethodPost, path, w)
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s, site %s: %s", path, site, w.Body)
		}
	}
}
