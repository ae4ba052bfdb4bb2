package mail

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"

	"github.com/enroll-project/enroll/internal/wording"
)

// composer writes messages in the form that both senders hand over. It is safe for concurrent use.
type composer struct {
	from  mail.Address
	words *wording.Words // nil if all are built in
	now   func() time.Time
	rand  io.Reader // of Message-IDs
}

// newComposer returns a composer. now is time.Now if nil, and random crypto/rand.Reader.
func newComposer(from mail.Address, words *wording.Words, now func() time.Time, random io.Reader) composer {
	if now == nil {
		now = time.Now
	}
	if random == nil {
		random = rand.Reader
	}
	return composer{from: from, words: words, now: now, rand: random}
}

// write returns the message in the Internet message format with MIME (RFC 5322, RFC 2045). It returns
// ErrAddress if To is not an address, and an error if the source of randomness fails.
func (c *composer) write(m Message) ([]byte, error) {
	if !isAddress(m.To) {
		return nil, ErrAddress
	}
	var id [16]byte
	if _, err := io.ReadFull(c.rand, id[:]); err != nil {
		return nil, fmt.Errorf("mail: no randomness: %w", err)
	}
	letter, err := Letters{c.from.Name, c.words}.Of(m, c.now())
	if err != nil {
		return nil, err
	}
	// The encoding of the message is that of its header.
	msg := gomail.NewMsg(gomail.WithEncoding(encodingFor(letter.Subject)), gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(&c.from)
	msg.ToMailAddress(&mail.Address{Address: m.To})
	msg.Subject(letter.Subject)
	msg.SetDateWithValue(c.now().UTC())
	msg.SetMessageIDWithValue(hex.EncodeToString(id[:]) + "@" + c.domain())
	// These fields suppress out-of-office replies: RFC 3834, and Exchange's own field.
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader(gomail.HeaderXAutoResponseSuppress, "All")
	// The last alternative is the one that a program prefers (RFC 2046, 5.1.4).
	msg.SetBodyString(gomail.TypeTextPlain, lines(letter.Text), gomail.WithPartEncoding(encodingFor(letter.Text)))
	msg.AddAlternativeString(gomail.TypeTextHTML, lines(letter.HTML), gomail.WithPartEncoding(encodingFor(letter.HTML)))
	var out bytes.Buffer
	if _, err := msg.WriteTo(&out); err != nil {
		return nil, fmt.Errorf("mail: write: %w", err)
	}
	return out.Bytes(), nil
}

// lines returns a text with the line ends CR LF, which text in base64 must have (RFC 2045, 6.8). The library converts
// them only for other encodings.
func lines(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }

// encodingFor returns the shorter encoding of a text. Quoted-printable keeps English readable in the source of a
// message; it needs three characters for each byte that is not ASCII, and base64 four for three bytes of any kind.
func encodingFor(text string) gomail.Encoding {
	other := 0
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			other++
		}
	}
	if 2*other > len(text)/3 {
		return gomail.EncodingB64
	}
	return gomail.EncodingQP
}

// domain returns the domain of the sender's address.
func (c *composer) domain() string {
	return c.from.Address[strings.LastIndexByte(c.from.Address, '@')+1:]
}
