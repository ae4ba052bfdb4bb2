//go:build !race

// A measurement sends one request after the other. The race detector would make each slower and their times less even,
// so tools/make/test.sh runs this file without it.

package server_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
)

// lifeContrasts are the contrasts of recovery by phone, of changes of a phone or an email, of sessions, of terms and of
// deletion.
var lifeContrasts = []contrast{
	{
		name: "send a code to reset a password by phone", pairs: 120, block: 4, path: "/api/verify/phone", status: 200,
		known: func(i int) body { return body{"phone": phoneOf(i), "purpose": "reset"} },
		none:  func(i int) body { return body{"phone": phoneOf(5000 + i), "purpose": "reset"} },
	},
	{
		name: "wrong code of a reset by phone", pairs: 120, block: 4, path: resetPath, status: 422, reason: "code_wrong",
		known: func(i int) body {
			return body{"phone": phoneOf(i), "code": "000000", "password": "another good one"}
		},
		none: func(i int) body {
			return body{"phone": phoneOf(5000 + i), "code": "000000", "password": "another good one"}
		},
	},
	{ // a phone that another user has, and a free one
		name: "send a code to change the phone", pairs: 120, block: 4, path: "/api/verify/phone", status: 200,
		known: func(i int) body { return body{"phone": phoneOf(i), "purpose": "change"} },
		none:  func(i int) body { return body{"phone": phoneOf(5000 + i), "purpose": "change"} },
	},
	{
		name: "wrong code of a change of the phone", pairs: 120, block: 4, path: "/api/user/detail", status: 422,
		reason: "code_wrong", bound: "change_user",
		known: func(i int) body {
			return body{"phone": phoneOf(i), "code": "000000", "old_password": "MyPassword123"}
		},
		none: func(i int) body {
			return body{"phone": phoneOf(5000 + i), "code": "000000", "old_password": "MyPassword123"}
		},
	},
	{
		name: "send a code to change the email", pairs: 120, block: 4, path: "/api/verify/email", status: 200,
		known: func(i int) body { return body{"email": fmt.Sprintf("known%d@example.com", i), "state": "change"} },
		none:  func(i int) body { return body{"email": fmt.Sprintf("noone%d@example.com", i), "state": "change"} },
	},
	{
		name: "wrong code of a change of the email", pairs: 120, block: 4, path: "/api/user/detail", status: 422,
		reason: "code_wrong", bound: "change_user",
		known: func(i int) body {
			return body{"email": fmt.Sprintf("known%d@example.com", i), "code": "000000", "old_password": "MyPassword123"}
		},
		none: func(i int) body {
			return body{"email": fmt.Sprintf("noone%d@example.com", i), "code": "000000", "old_password": "MyPassword123"}
		},
	},
	{ // an account that waits for an operator, and none
		name: "login at a waiting account", hasher: realistic(), pairs: 50, block: 1, path: "/api/login", status: 422,
		reason: "credentials_wrong",
		users:  "UPDATE users SET status = 0, waiting = true WHERE user_name <> 'known'",
		known:  func(i int) body { return body{"user_name": fmt.Sprint("known", i), "password": "wrong password"} },
		none:   func(i int) body { return body{"user_name": fmt.Sprint("noone", i), "password": "wrong password"} },
	},
	{ // an account whose deletion is due and not yet done, and none
		name: "login at a deleted account", hasher: realistic(), pairs: 50, block: 1, path: "/api/login", status: 422,
		reason: "credentials_wrong",
		users:  "UPDATE users SET delete_at = created_at WHERE user_name <> 'known'",
		known:  func(i int) body { return body{"user_name": fmt.Sprint("known", i), "password": "MyPassword123"} },
		none:   func(i int) body { return body{"user_name": fmt.Sprint("noone", i), "password": "MyPassword123"} },
	},
	{
		name: "wrong code of a login by phone", pairs: 120, block: 4, path: "/api/login", status: 422, reason: "code_wrong",
		known: func(i int) body { return body{"phone": phoneOf(i), "code": "000000"} },
		none:  func(i int) body { return body{"phone": phoneOf(5000 + i), "code": "000000"} },
	},
	{
		name: "wrong code of an email, posted", pairs: 120, block: 4, path: "/api/verify/email/confirm", status: 422,
		reason: "code_wrong",
		known:  func(i int) body { return body{"email": fmt.Sprintf("known%d@example.com", i), "code": "000000"} },
		none:   func(i int) body { return body{"email": fmt.Sprintf("noone%d@example.com", i), "code": "000000"} },
	},
	{ // an account that has accepted earlier terms, and none
		name: "login at an account with old terms", hasher: realistic(), pairs: 50, block: 1, path: "/api/login",
		status: 422, reason: "credentials_wrong", terms: "2026-11",
		users: "UPDATE users SET terms_version = 'earlier' WHERE user_name <> 'known'",
		known: func(i int) body { return body{"user_name": fmt.Sprint("known", i), "password": "wrong password"} },
		none:  func(i int) body { return body{"user_name": fmt.Sprint("noone", i), "password": "wrong password"} },
	},
	{ // a session of another user, and none
		name: "end of another's session", pairs: 120, block: 4, path: "/api/user/sessions/{id}", remove: true, status: 200,
		users: `INSERT INTO sessions (user_id, id, created_at, used_at, expires_at, network, agent)
			SELECT u.id, 'known' || i, s.created_at, s.used_at, s.expires_at + interval '100 years', s.network, s.agent
			FROM users AS u, sessions AS s, generate_series(0, 2000) AS i WHERE u.user_name = 'known0'`,
		known: func(i int) body { return body{"id": fmt.Sprint("known", i)} },
		none:  func(i int) body { return body{"id": fmt.Sprint("noone", i)} },
	},
}

// TestContrastsOfEachOperation: each operation has a contrast, or tells nothing about another person's account.
func TestContrastsOfEachOperation(t *testing.T) {
	t.Parallel()
	const noAccount, own = "it does not depend on an account", "it depends on the asker's own account only"
	excused := map[string]string{
		"getSettings": noAccount, "getCaptcha": noAccount, "getCaptchaAudio": noAccount, "getUserGroups": noAccount,
		"getUserGroup": noAccount, "getJwks": noAccount,
		"getUserDetail": own, "acceptTerms": own, "uploadAvatar": own, "logout": own, "listSessions": own,
		"endOtherSessions": own, "changePassword": own, "deleteUser": own, "exportUser": own,
	}
	measured := map[string]bool{}
	for _, c := range slices.Concat(contrasts, lifeContrasts) {
		method := http.MethodPost
		if c.get {
			method = http.MethodGet
		} else if c.remove {
			method = http.MethodDelete
		}
		measured[method+" "+c.path] = true
	}
	for path, item := range book.doc.Paths.Map() {
		for method, op := range item.Operations() {
			at := method + " " + path
			if reason := excused[op.OperationID]; measured[at] == (reason != "") {
				t.Errorf("%s: measured %v, excused %q", op.OperationID, measured[at], reason)
			}
			delete(measured, at)
			delete(excused, op.OperationID)
		}
	}
	if len(measured)+len(excused) > 0 {
		t.Errorf("the contract has no %v, %v", measured, excused)
	}
}
