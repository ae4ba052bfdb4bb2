package admin_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/servicekey"
)

// TestUnknownQuery: each operation refuses a query parameter that it does not list. If one were ignored, a list for
// site 2 would be that of the key's own site, and one with a mistyped filter would be the whole list.
func TestUnknownQuery(t *testing.T) {
	t.Parallel()
	o := open(t)
	key := o.key("all", 1, servicekey.Scopes()...)
	for _, r := range requests {
		path := strings.ReplaceAll(r.path, "%d", fmt.Sprint(o.ids[1]))
		join := "?"
		if strings.Contains(path, "?") {
			join = "&"
		}
		for query, field := range map[string]string{
			"site_id=2": "site_id", "site_id=1": "site_id", "statsu=disabled": "statsu", "Limit=1": "Limit", "%zz": "",
			"13800138000=1": "",
		} {
			a := o.send(key, r.method, path+join+query, r.media, r.body)
			if a.status != 400 || a.Reason != "invalid_request" || len(a.Errors) != 1 || a.Errors[0].Field != field {
				t.Errorf("%s %s%s%s: %+v", r.method, path, join, query, a)
			}
		}
	}
	done := 0
	o.fatal(o.pool.QueryRow(t.Context(), "SELECT count(*) FROM audit_entries WHERE act NOT LIKE 'key.%'").Scan(&done))
	if done != 0 {
		t.Errorf("%d refused requests were carried out", done)
	}
}
