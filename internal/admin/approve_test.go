package admin_test

import (
	"fmt"
	"testing"

	"github.com/enroll-project/enroll/internal/servicekey"
)

// TestApproveUser: programs find the users that wait and approve one. The refusal for a disabled user has its own
// reason.
func TestApproveUser(t *testing.T) {
	t.Parallel()
	o := open(t)
	_, err := o.pool.Exec(t.Context(), "UPDATE users SET status = 0, waiting = true WHERE id = $1", o.ids[1])
	o.fatal(err)
	key := o.key("desk", 1, servicekey.UsersRead, servicekey.UsersWrite)
	waiting := func() int {
		t.Helper()
		counts := o.send(key, "GET", "/admin/counts", "", "")
		list := o.send(key, "GET", "/admin/users?status=waiting", "", "")
		if n := len(list.Data.Users); counts.Data.Waiting != float64(n) || n > 0 && !list.Data.Users[0].Waiting {
			t.Errorf("%d are listed: %+v, counts: %+v", n, list.Data.Users, counts.Data)
		}
		if n := len(o.send(key, "GET", "/admin/users?status=disabled", "", "").Data.Users); n != 0 {
			t.Errorf("%d users are listed as disabled", n)
		}
		return len(list.Data.Users)
	}
	if n := waiting(); n != 1 {
		t.Errorf("%d users wait before the approval", n)
	}
	path := fmt.Sprintf("/admin/users/%d/approve", o.ids[1])
	for range 2 {
		if a := o.send(key, "POST", path, "", ""); a.status != 200 || a.Data.Status != 1 || a.Data.Waiting != false {
			t.Errorf("approved: %+v", a)
		}
	}
	if n := waiting(); n != 0 {
		t.Errorf("%d users wait after the approval", n)
	}
	o.send(key, "POST", fmt.Sprintf("/admin/users/%d/disable", o.ids[1]), "", "")
	if a := o.send(key, "POST", path, "", ""); a.status != 409 || a.Reason != "user_not_waiting" || a.Code != -1 {
		t.Errorf("a disabled user: %+v", a)
	}
}
