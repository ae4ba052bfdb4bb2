package avatar

import (
	"bytes"
	"context"
	"io"
	"time"
)

// TakeSlot takes a slot, as a picture that is being decoded does, and returns a function that frees it.
func (m *Maker) TakeSlot() (release func()) {
	m.slots <- struct{}{}
	return func() { <-m.slots }
}

// NewTimed returns a Maker with one slot and another time limit than MaxTime.
func NewTimed(limit time.Duration) *Maker {
	m := New(1)
	m.time = limit
	return m
}

// NewTimedReader returns the reader of a file whose decoding ends with ctx.
func NewTimedReader(ctx context.Context, file []byte) io.Reader {
	return &timed{ctx, bytes.NewReader(file)}
}

// Bounds returns the time limit of a picture and the number of slots.
func (m *Maker) Bounds() (time.Duration, int) { return m.time, cap(m.slots) }
