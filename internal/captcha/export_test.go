package captcha

import "time"

// Opened is what an id holds.
type Opened struct{ sealed }

// Open opens an id of scope without attempting it.
func (c *Images) Open(scope Scope, id string) (Opened, error) {
	s, err := c.open(sealedImage, scope, id)
	return Opened{s}, err
}

// Matches tells whether text is the answer.
func (o Opened) Matches(text string) bool { return o.matches(text) }

// Expires is the end of the challenge.
func (o Opened) Expires() time.Time { return o.end() }
