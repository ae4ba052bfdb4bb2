package hangup_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"mime/multipart"
	"net/url"
	"time"
)

// call is a request whose client hangs up, and its possible results.
type call struct {
	request
	done func() int // 0 or 1
	// repeated has the reasons with which the same request is answered afterwards: first if it was
	// carried out, then if it was not.
	repeated [2]string
	// sends is true if the request sends a message. A message that may have arrived must be counted.
	sends bool
	// later is true if the message is sent after the answer, which says that it is counted. It stays counted if it
	// cannot be sent.
	later bool
	// redeem uses the code that was sent.
	redeem func(code string) request
	// tells is the address that gets a notice if the request was carried out, "" for none.
	tells string
}

const (
	secret  = "correct horse battery"
	another = "another good one"

	termsVersion = "1"
)

// again is the value of repeated for a request that succeeds any number of times.
var again = [2]string{"", ""}

// cases are requests of each operation that writes, by its operationId. The name of a case may have a
// variant after a space.
var cases = map[string]func(d *deployment, n int) call{
	"register": func(d *deployment, n int) call {
		return d.registers(n, map[string]any{"user_name": name(n), "password": secret}, "user_name_taken")
	},
	"register with a key": func(d *deployment, n int) call {
		c := d.registers(n, map[string]any{"user_name": name(n), "password": secret}, "")
		c.key = fmt.Sprintf("key-of-128-bits-%08d", n)
		return c
	},
	"register by phone": func(d *deployment, n int) call {
		return d.registers(n, map[string]any{"user_name": name(n), "phone": phone(n), "code": d.texted(n, "register", "")},
			"code_expired")
	},
	"register by email": func(d *deployment, n int) call {
		return d.registers(n, map[string]any{"user_name": name(n), "email": email(n), "code": d.mailed(n, "register", "")},
			"code_expired")
	},
	"login": func(d *deployment, n int) call {
		d.user(n)
		return d.logsIn(n, map[string]any{"user_name": name(n), "password": secret}, again)
	},
	"login by phone": func(d *deployment, n int) call {
		d.user(n)
		return d.logsIn(n, map[string]any{"phone": phone(n), "code": d.texted(n, "login", "")}, [2]string{"", "code_expired"})
	},
	"login by email": func(d *deployment, n int) call {
		d.user(n)
		return d.logsIn(n, map[string]any{"email": email(n), "code": d.mailed(n, "login", "")}, [2]string{"", "code_expired"})
	},
	"sendPhoneCode register": func(d *deployment, n int) call {
		return d.texts(n, "register", "", func(code string) request {
			return post("/api/register", map[string]any{"phone": phone(n), "code": code})
		})
	},
	"sendPhoneCode login": func(d *deployment, n int) call {
		d.user(n)
		return d.texts(n, "login", "", func(code string) request {
			return post("/api/login", map[string]any{"phone": phone(n), "code": code})
		})
	},
	"sendPhoneCode reset": func(d *deployment, n int) call {
		d.user(n)
		c := d.texts(n, "reset", "", func(code string) request {
			return post("/api/password/reset", map[string]any{"phone": phone(n), "code": code, "password": another})
		})
		c.later = true
		return c
	},
	"sendPhoneCode change": func(d *deployment, n int) call {
		token := d.user(n)
		return d.texts(n+1e6, "change", token, func(code string) request {
			return request{method: "POST", path: "/api/user/detail", token: token, body: map[string]any{
				"phone": phone(n + 1e6), "code": code, "old_password": secret}}
		})
	},
	"sendPhoneCode voice": func(d *deployment, n int) call {
		d.texted(n, "register", "")
		d.clock.advance(2 * time.Minute) // a call may follow the SMS
		c := d.sends("+86"+phone(n), "", post("/api/verify/phone", map[string]any{"phone": phone(n), "channel": "voice"}),
			func(code string) request {
				return post("/api/register", map[string]any{"phone": phone(n), "code": code})
			})
		c.done = d.rows("(SELECT FROM one_time_codes WHERE address = $1 OFFSET 1) AS second", "+86"+phone(n))
		return c
	},
	"sendEmailCode verify": func(d *deployment, n int) call {
		token := d.claimant(n)
		return d.mails(email(n), "verify", token, func(code string) request { return confirms(n, token, code) })
	},
	"sendEmailCode register": func(d *deployment, n int) call {
		return d.mails(email(n), "register", "", func(code string) request {
			return post("/api/register", map[string]any{"email": email(n), "code": code})
		})
	},
	"sendEmailCode login": func(d *deployment, n int) call {
		d.user(n)
		c := d.mails(email(n), "login", "", func(code string) request {
			return post("/api/login", map[string]any{"email": email(n), "code": code})
		})
		c.later = true
		return c
	},
	"sendEmailCode reset": func(d *deployment, n int) call {
		d.user(n)
		c := d.mails(email(n), "reset", "", func(code string) request {
			return post("/api/password/reset", map[string]any{"email": email(n), "code": code, "password": another})
		})
		c.later = true
		return c
	},
	"sendEmailCode change": func(d *deployment, n int) call {
		token := d.user(n)
		to := "new-" + email(n)
		return d.mails(to, "change", token, func(code string) request {
			return request{method: "POST", path: "/api/user/detail", token: token, body: map[string]any{
				"email": to, "code": code, "old_password": secret}}
		})
	},
	"verifyEmail":  func(d *deployment, n int) call { return d.verifies(n, false) },
	"confirmEmail": func(d *deployment, n int) call { return d.verifies(n, true) },
	"resetPassword": func(d *deployment, n int) call {
		d.user(n)
		return call{
			request: request{method: "POST", path: "/api/password/reset", captcha: true,
				body: map[string]any{"phone": phone(n), "code": d.texted(n, "reset", ""), "password": another}},
			done: d.newPassword(n), repeated: [2]string{"", "code_expired"}, tells: email(n),
		}
	},
	"resetPassword by email": func(d *deployment, n int) call {
		d.user(n)
		return call{
			request: request{method: "POST", path: "/api/password/reset", captcha: true,
				body: map[string]any{"email": email(n), "code": d.mailed(n, "reset", ""), "password": another}},
			// A thief of the mailbox reads its notices, so the phone gets one, too.
			done: d.newPassword(n), repeated: [2]string{"", "code_expired"}, tells: "+86" + phone(n),
		}
	},
	"acceptTerms": func(d *deployment, n int) call {
		token := d.user(n)
		_, err := d.pool.Exec(d.Context(), "UPDATE users SET terms_version = '0' WHERE user_name = $1", name(n))
		fatal(d, err)
		return call{
			request: request{method: "POST", path: "/api/user/terms", token: token,
				body: map[string]any{"accepted_terms": termsVersion}},
			done: d.rows("users WHERE user_name = $1 AND terms_version = '"+termsVersion+"'", name(n)), repeated: again,
		}
	},
	"changePassword": func(d *deployment, n int) call {
		return call{
			request: request{method: "POST", path: "/api/user/password", token: d.user(n),
				body: map[string]any{"old_password": secret, "password": another}},
			done: d.newPassword(n), repeated: [2]string{"", "token_invalid"}, tells: email(n),
		}
	},
	"changePassword by phone": func(d *deployment, n int) call {
		token := d.user(n)
		return d.changesPassword(n, token, d.texted(n, "change", token))
	},
	"changePassword by email": func(d *deployment, n int) call {
		token := d.user(n)
		return d.changesPassword(n, token, d.mailed(n, "change", token))
	},
	"updateUser": func(d *deployment, n int) call {
		return d.updates(n, map[string]any{"real_name": "Ada"}, "real_name = 'Ada'", again)
	},
	"updateUser of the name": func(d *deployment, n int) call {
		return d.updates(n, map[string]any{"user_name": "new-" + name(n), "old_password": secret},
			fmt.Sprintf("user_name = 'new-%s'", name(n)), again)
	},
	"updateUser of the phone": func(d *deployment, n int) call {
		token := d.user(n)
		d.good(request{person: n, method: "POST", path: "/api/verify/phone", token: token, captcha: true,
			body: map[string]any{"phone": phone(n + 1e6), "purpose": "change"}})
		return d.updated(n, token, map[string]any{"phone": phone(n + 1e6), "code": d.senders.last(), "old_password": secret},
			"phone = '+86"+phone(n+1e6)+"'", again)
	},
	"uploadAvatar": func(d *deployment, n int) call {
		token := d.user(n)
		var file, form bytes.Buffer
		fatal(d, png.Encode(&file, image.NewGray(image.Rect(0, 0, 8, 8))))
		w := multipart.NewWriter(&form)
		part, err := w.CreateFormFile("file", "a.png")
		fatal(d, err)
		_, err = part.Write(file.Bytes())
		fatal(d, err)
		fatal(d, w.Close())
		return call{
			request: request{method: "POST", path: "/api/user/avatar", token: token, raw: form.Bytes(),
				media: w.FormDataContentType()},
			done: d.rows("users WHERE user_name = $1 AND avatar_url <> ''", name(n)), repeated: again,
		}
	},
	"logout": func(d *deployment, n int) call {
		return call{request: request{method: "POST", path: "/api/logout", token: d.user(n), body: map[string]any{}},
			done: d.without(n, 0), repeated: [2]string{"", "token_invalid"}}
	},
	"endOtherSessions": func(d *deployment, n int) call {
		token := d.user(n)
		d.login(n)
		return call{request: request{method: "DELETE", path: "/api/user/sessions", token: token}, done: d.without(n, 1),
			repeated: again}
	},
	"endSession": func(d *deployment, n int) call {
		token := d.user(n)
		other := d.login(n)
		id := d.session(n, other)
		return call{request: request{method: "DELETE", path: "/api/user/sessions/" + id, token: token}, done: d.without(n, 1),
			repeated: again}
	},
	"deleteUser": func(d *deployment, n int) call {
		return call{
			request: request{method: "POST", path: "/api/user/delete", token: d.user(n),
				body: map[string]any{"password": secret}},
			done:     d.rows("users WHERE user_name = $1 AND delete_at IS NOT NULL", name(n)),
			repeated: [2]string{"", "token_invalid"}, tells: email(n),
		}
	},
	"deleteUser by phone": func(d *deployment, n int) call {
		token := d.user(n)
		return call{
			request: request{method: "POST", path: "/api/user/delete", token: token,
				body: map[string]any{"code": d.texted(n, "change", token)}},
			done:     d.rows("users WHERE user_name = $1 AND delete_at IS NOT NULL", name(n)),
			repeated: [2]string{"", "token_invalid"}, tells: email(n),
		}
	},
}

// changesPassword is a change of the password by a code that was sent to the person.
func (d *deployment) changesPassword(n int, token, code string) call {
	d.Helper()
	return call{
		request: request{method: "POST", path: "/api/user/password", token: token,
			body: map[string]any{"code": code, "password": another}},
		done: d.newPassword(n), repeated: [2]string{"", "token_invalid"}, tells: email(n),
	}
}

// post is a request with a captcha.
func post(path string, body map[string]any) request {
	return request{method: "POST", path: path, captcha: true, body: body}
}

func name(n int) string  { return fmt.Sprintf("person-%d", n) }
func phone(n int) string { return fmt.Sprintf("138%08d", n) }
func email(n int) string { return name(n) + "@example.com" }

// rows returns a function that counts the rows of a query.
func (d *deployment) rows(query string, args ...any) func() int {
	return func() int { return d.count(query, args...) }
}

// without returns a function that returns 1 if the person has exactly the given number of live sessions.
func (d *deployment) without(n, left int) func() int {
	return func() int {
		if left == d.count(`sessions s JOIN users u ON u.id = s.user_id
			WHERE u.user_name = $1 AND s.ended_at IS NULL`, name(n)) {
			return 1
		}
		return 0
	}
}

// newPassword returns a function that returns 1 if the hash of the person has changed since newPassword was called.
func (d *deployment) newPassword(n int) func() int {
	d.Helper()
	var hash string
	fatal(d, d.pool.QueryRow(d.Context(), "SELECT password_hash FROM users WHERE user_name = $1", name(n)).Scan(&hash))
	return d.rows("users WHERE user_name = $1 AND password_hash <> $2", name(n), hash)
}

// texted returns a code that was sent to the person's phone. A code to reset a password is sent after the answer.
func (d *deployment) texted(n int, purpose, token string) string {
	d.Helper()
	d.good(request{person: n, method: "POST", path: "/api/verify/phone", token: token, captcha: true,
		body: map[string]any{"phone": phone(n), "purpose": purpose}})
	d.settleDirect()
	return d.senders.last()
}

// mailed returns a code that was sent to the person's email. A code to log in is mailed after the answer.
func (d *deployment) mailed(n int, state, token string) string {
	d.Helper()
	d.good(request{person: n, method: "POST", path: "/api/verify/email", token: token, captcha: true,
		body: map[string]any{"email": email(n), "state": state}})
	d.settleDirect()
	return d.senders.last()
}

// user registers a person by every means and returns a token.
func (d *deployment) user(n int) (token string) {
	d.Helper()
	a := d.good(request{person: n, method: "POST", path: "/api/register", captcha: true, body: map[string]any{
		"user_name": name(n), "password": secret, "phone": phone(n), "code": d.texted(n, "register", "")}})
	_, err := d.pool.Exec(d.Context(), `UPDATE users SET email = $1, email_key = $1, email_verified_at = created_at
		WHERE user_name = $2`, email(n), name(n))
	fatal(d, err)
	d.clock.advance(2 * time.Minute) // another code may be sent
	return a.Data.Token
}

func (d *deployment) login(n int) (token string) {
	d.Helper()
	return d.good(request{person: n, method: "POST", path: "/api/login", captcha: true,
		body: map[string]any{"user_name": name(n), "password": secret}}).Data.Token
}

// session is the id of the session of a token.
func (d *deployment) session(n int, token string) string {
	d.Helper()
	for _, s := range d.good(request{person: n, method: "GET", path: "/api/user/sessions", token: token}).Data.Sessions {
		if s.Current {
			return s.ID
		}
	}
	d.Fatal("there is no current session")
	return ""
}

func (d *deployment) registers(n int, body map[string]any, repeated string) call {
	return call{request: post("/api/register", body),
		done: d.whole("users WHERE user_name = $1",
			"sessions s JOIN users u ON u.id = s.user_id WHERE u.user_name = $1", name(n)),
		repeated: [2]string{"", repeated}}
}

// whole counts rows of one kind, and fails the test unless there are as many of another.
func (d *deployment) whole(one, other string, args ...any) func() int {
	return func() int {
		n, m := d.count(one, args...), d.count(other, args...)
		if n != m {
			d.Errorf("half-written: %d of %s and %d of %s", n, one, m, other)
		}
		return n
	}
}

func (d *deployment) logsIn(n int, body map[string]any, repeated [2]string) call {
	d.clock.advance(time.Second)
	return call{request: post("/api/login", body),
		done: d.whole("users WHERE user_name = $1 AND last_login_at > created_at",
			"(SELECT FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.user_name = $1 OFFSET 1) AS second", name(n)),
		repeated: repeated}
}

// texts sends a code to the phone of a person.
func (d *deployment) texts(n int, purpose, token string, redeem func(string) request) call {
	return d.sends("+86"+phone(n), token, post("/api/verify/phone", map[string]any{"phone": phone(n), "purpose": purpose}),
		redeem)
}

// mails sends a code to an email.
func (d *deployment) mails(to, state, token string, redeem func(string) request) call {
	return d.sends(to, token, post("/api/verify/email", map[string]any{"email": to, "state": state}), redeem)
}

func (d *deployment) sends(to, token string, r request, redeem func(string) request) call {
	r.token = token
	return call{request: r, sends: true, redeem: redeem,
		done: d.rows("one_time_codes WHERE address = $1", to), repeated: [2]string{"", "code_too_soon"}}
}

// claimant registers a person with an unverified email, and returns a token.
func (d *deployment) claimant(n int) (token string) {
	d.Helper()
	return d.good(request{person: n, method: "POST", path: "/api/register", captcha: true,
		body: map[string]any{"user_name": name(n), "password": secret, "email": email(n)}}).Data.Token
}

func confirms(n int, token, code string) request {
	return request{method: "POST", path: "/api/verify/email/confirm", token: token,
		body: map[string]any{"code": code, "email": email(n)}}
}

// verifies is the verification of an email that was claimed by the registration.
func (d *deployment) verifies(n int, post bool) call {
	d.Helper()
	token := d.claimant(n)
	code := d.mailed(n, "verify", token)
	r := request{method: "GET", token: token,
		path: "/api/verify/email?" + url.Values{"code": {code}, "email": {email(n)}}.Encode()}
	if post {
		r = confirms(n, token, code)
	}
	return call{request: r, repeated: [2]string{"", "code_expired"},
		done: d.rows("users WHERE user_name = $1 AND email_verified_at IS NOT NULL", name(n))}
}

func (d *deployment) updates(n int, body map[string]any, where string, repeated [2]string) call {
	return d.updated(n, d.user(n), body, where, repeated)
}

func (d *deployment) updated(n int, token string, body map[string]any, where string, repeated [2]string) call {
	return call{request: request{method: "POST", path: "/api/user/detail", token: token, body: body},
		done: d.rows("users WHERE phone IN ($1, $2) AND "+where, "+86"+phone(n), "+86"+phone(n+1e6)), repeated: repeated}
}
