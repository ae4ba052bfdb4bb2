package captcha

import (
	"bytes"
	"runtime"
	"testing"
	"time"
)

// TestDefaults: clients and other replicas see these values, so they do not change by accident.
func TestDefaults(t *testing.T) {
	t.Parallel()
	config := Config{Secret: bytes.Repeat([]byte{1}, MinSecret)}
	work, err := NewWork(WorkConfig{Config: config})
	if err != nil {
		t.Fatal(err)
	}
	if work.life != 5*time.Minute || work.bits(0) != 15 || work.bits(1) != 20 {
		t.Errorf("life %v, %d to %d bits", work.life, work.bits(0), work.bits(1))
	}
	images, err := NewImages(config)
	if err != nil {
		t.Fatal(err)
	}
	threads := runtime.GOMAXPROCS(0)
	if got, want := cap(images.drawing.room), 65*threads; got != want {
		t.Errorf("%d pictures are drawn or wait, want %d", got, want)
	}
	if got, want := cap(images.speaking.room), 9*max(1, threads/2); got != want {
		t.Errorf("%d sounds are spoken or wait, want %d", got, want)
	}
}
