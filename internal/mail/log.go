package mail

import (
	"context"
	"log/slog"
)

// Log shows each code, whole and with its address, in a log line, so that a
// developer can verify an email without a mail server. That makes every reader of
// the log an owner of every address: it is for development only, and the command
// refuses it outside --dev unless it was chosen by name.
type Log struct{ logger *slog.Logger }

// NewLog writes its lines to logger, at level Info.
func NewLog(logger *slog.Logger) *Log { return &Log{logger} }

// Send writes one line and never fails.
func (l *Log) Send(ctx context.Context, m Message) error {
	l.logger.InfoContext(ctx, "email code, shown because the mail sender is the log",
		"email", m.To, "code", m.Code, "purpose", m.Purpose,
		"expires_in", m.ExpiresIn, "locale", m.Locale, "site_id", m.SiteID)
	return nil
}
