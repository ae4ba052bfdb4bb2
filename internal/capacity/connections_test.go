package capacity

import "testing"

// TestConnectionsFor: the bound follows the process's limit of descriptors, minus those reserved
// for the database, the three other listeners and the senders. The operator's number is used as it is.
func TestConnectionsFor(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		set         int
		descriptors uint64
		want        int
		because     string
	}{
		"plenty":     {0, 1 << 20, 8_000, "the default"},
		"just":       {0, 8_000 + 16 + 3*64 + 256, 8_000, "the default"},
		"one less":   {0, 8_000 + 16 + 3*64 + 255, 7_999, "file descriptors are limited to 8463"},
		"as a shell": {0, 1024, 560, "file descriptors are limited to 1024"},
		"the least":  {0, 64 + 16 + 3*64 + 256, 64, "file descriptors are limited to 528"},
		"too few":    {0, 527, 64, "file descriptors are limited to 527, which is too few"},
		"chosen":     {7, 399, 7, "ENROLL_MAX_CONNECTIONS"},
	} {
		if n, because := connectionsFor(c.set, c.descriptors, 16); n != c.want || because != c.because {
			t.Errorf("%s: %d, %q", name, n, because)
		}
	}
}
