package captcha

import "time"

// Opened is the content of an id.
type Opened struct{ sealed }

// Open returns the content of an id that was issued for scope.
func (c *Images) Open(scope Scope, id string) (Opened, error) {
	s, err := c.open(sealedImage, scope, id)
	return Opened{s}, err
}

// Matches reports whether text is the answer.
func (o Opened) Matches(text string) bool { return o.matches(text) }

// Expires returns the time from which the challenge is expired.
func (o Opened) Expires() time.Time { return o.end() }
