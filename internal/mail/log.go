package mail

import (
	"context"
	"log/slog"
)

// Log writes each code and its address to a log, so that a developer can use codes
// without a mail server. Every reader of the log can use them as well. So Log is for
// development only: `enroll serve` uses it with --dev if no sender is set, and
// no setting chooses it otherwise.
type Log struct{ logger *slog.Logger }

// NewLog returns a Log that writes to logger at level Info.
func NewLog(logger *slog.Logger) *Log { return &Log{logger} }

// Send writes one line for a code or a notice. It always returns nil.
func (l *Log) Send(ctx context.Context, m Message) error {
	if m.Code == "" {
		l.logger.InfoContext(ctx, "notice, shown because the mail sender is the log",
			"email", m.To, "purpose", m.Purpose, "at", m.At, "locale", m.Locale, "site_id", m.SiteID)
		return nil
	}
	l.logger.InfoContext(ctx, "email code, shown because the mail sender is the log",
		"email", m.To, "code", m.Code, "purpose", m.Purpose,
		"expires_in", m.ExpiresIn, "locale", m.Locale, "site_id", m.SiteID)
	return nil
}
