//go:build !race

// A measurement sends one request after the other. The race detector would make each slower and their times less even,
// so tools/make/test.sh runs this file without it.

package server_test

import "fmt"

// lifeContrasts are the contrasts of recovery by phone, of changes of a phone or an email, and of deletion. An export
// and the code of a deletion depend on the asker's own account only, so they have no contrast.
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
}
