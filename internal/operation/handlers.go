package operation

import (
	"context"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/token"
)

// Config holds what the operations need. All fields but AssetBase are required.
type Config struct {
	// Accounts has the rules of accounts.
	Accounts *account.Service
	// Tokens publishes the keys.
	Tokens *token.Signer
	// Renew is holder.Holders.Renew, which account.Service embeds. Tests without a database give another one.
	Renew func(ctx context.Context, by holder.Holder, from account.Origin, userAgent string) (string, error)
	// FormatPhone returns the form of a phone in answers. Its argument is in E.164.
	FormatPhone func(e164 string) string
	// Recoverable is account.Service.Recoverable.
	Recoverable func(u holder.User) bool
	// AssetBase is what full_avatar_url puts in front of an avatar_url that is a path.
	AssetBase string
	// Extra says whether the deployment describes extra data.
	Extra bool
	// Languages are the languages of messages (BCP 47), the deployment's own first.
	Languages []string
}

// Handlers has one method for each operation. The methods translate between the contract's
// types and those of package account, and have no rules of their own.
type Handlers struct {
	accounts    *account.Service
	tokens      *token.Signer
	renewed     func(ctx context.Context, by holder.Holder, from account.Origin, userAgent string) (string, error)
	formatPhone func(e164 string) string
	recoverable func(u holder.User) bool
	assetBase   string
	extra       bool
	languages   []string
}

// New returns the operations.
func New(cfg Config) *Handlers {
	// Package server has checked the configuration.
	return &Handlers{
		accounts: cfg.Accounts, tokens: cfg.Tokens, renewed: cfg.Renew, formatPhone: cfg.FormatPhone,
		recoverable: cfg.Recoverable, assetBase: cfg.AssetBase, extra: cfg.Extra, languages: cfg.Languages,
	}
}
