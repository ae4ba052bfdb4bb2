//go:build !linux

package argon2

// region is memory outside Go's heap, which is used on Linux only.
type region struct{ blocks []block }

// newRegion returns nil, so that blocks are on Go's heap.
func newRegion(uint64) *region { return nil }

func (*region) release() {}
