package mail

import "testing"

// TestParseServer is inside the package because address and TLS of a URL could be seen
// from outside only with a server of that name.
func TestParseServer(t *testing.T) {
	t.Parallel()
	const implicit, starttls, open = "implicit", "STARTTLS", "none"
	for raw, want := range map[string]struct{ address, tls string }{
		"smtp://mail.example":                  {"mail.example:587", starttls},
		"smtp://mail.example:25?tls=off":       {"mail.example:25", open},
		"smtp://u:p@mail.example?tls=required": {"mail.example:587", starttls},
		"smtps://u:p@mail.example":             {"mail.example:465", implicit},
		"smtps://mail.example?tls=required":    {"mail.example:465", implicit},
		"smtps://localhost:587":                {"localhost:587", implicit},
		"smtp://localhost":                     {"localhost:587", open},
		"smtp://LOCALHOST:25":                  {"LOCALHOST:25", open},
		"smtp://127.1.2.3:25":                  {"127.1.2.3:25", open},
		"smtp://[::1]:25":                      {"[::1]:25", open},
		"smtp://[::ffff:127.0.0.1]":            {"[::ffff:127.0.0.1]:587", open},
		"smtp://u:p@localhost":                 {"localhost:587", starttls},
		"smtp://localhost?tls=required":        {"localhost:587", starttls},
		"smtp://localhost.example":             {"localhost.example:587", starttls},
		"smtp://0.0.0.0":                       {"0.0.0.0:587", starttls},
		"smtp://10.0.0.1":                      {"10.0.0.1:587", starttls},
	} {
		t.Run(raw, func(t *testing.T) {
			t.Parallel()
			s, err := parseServer(raw)
			if err != nil {
				t.Fatal(err)
			}
			tls := open
			switch {
			case s.implicit && s.starttls:
				t.Error("TLS within TLS")
			case s.implicit:
				tls = implicit
			case s.starttls:
				tls = starttls
			}
			if s.address() != want.address || tls != want.tls {
				t.Errorf("%s by TLS %s, want %s by %s", s.address(), tls, want.address, want.tls)
			}
		})
	}
}
