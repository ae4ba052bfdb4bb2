package admin

import (
	"cmp"
	"embed"
	"fmt"
	"io/fs"

	"github.com/enroll-project/enroll/internal/locale"
	"github.com/enroll-project/enroll/internal/message"
)

// messages has one file for each language. A file has one text for each reason, and "ok" for a success. The texts
// are shorter than those of the public API, because operators read them in a tool of their
// own.
//
//go:embed message/*.json
var messages embed.FS

// languages are those of this API: few people operate a deployment, and they read technical English or the language of
// the interface that Enroll implements.
var languages = []string{"zh-CN", "en"}

// loadMessages returns the messages. own is the deployment's own language: the one of this API that is nearest to it,
// or else English, is for requests that accept neither.
func loadMessages(own string) (*message.Languages, error) {
	nearest, err := locale.New("en", languages...)
	if err != nil {
		return nil, fmt.Errorf("admin: messages: %w", err)
	}
	set, err := locale.New(nearest.Of(cmp.Or(own, languages[0])), languages...)
	if err != nil {
		return nil, fmt.Errorf("admin: messages: %w", err)
	}
	files, err := fs.Sub(messages, "message")
	if err != nil {
		return nil, err
	}
	// There are no variants: the words of this API are the same in every deployment.
	l, err := message.Load(files, set)
	if err != nil {
		return nil, fmt.Errorf("admin: messages: %w", err)
	}
	return l, nil
}
