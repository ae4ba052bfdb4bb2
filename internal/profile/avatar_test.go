package profile_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/avatar"
	"github.com/enroll-project/enroll/internal/profile"
	"github.com/enroll-project/enroll/internal/refusal"
)

// TestAvatarErrors: each error of the avatar's maker becomes a refusal with its reason. A picture that takes
// too long is refused as busy, like one beyond the slots, but with a longer wait.
func TestAvatarErrors(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]refusal.Error{
		avatar.ErrBusy:     {Reason: refusal.Busy, RetryAfter: 2 * time.Second},
		avatar.ErrSlow:     {Reason: refusal.Busy, RetryAfter: 10 * time.Second},
		avatar.ErrTooLarge: {Reason: refusal.AvatarTooLarge, Field: "file"},
		avatar.ErrInvalid:  {Reason: refusal.AvatarInvalid, Field: "file"},
	} {
		var got *refusal.Error
		if !errors.As(profile.AvatarRefusal(fmt.Errorf("%w: why", err)), &got) || got.Reason != want.Reason ||
			got.Field != want.Field || got.RetryAfter != want.RetryAfter {
			t.Errorf("%v: %+v, want %+v", err, got, want)
		}
	}
	// The client is gone, so nothing is refused.
	if err := profile.AvatarRefusal(context.Canceled); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}

// TestAvatarSlots: one picture for each core is decoded at a time.
func TestAvatarSlots(t *testing.T) {
	t.Parallel()
	if got, want := profile.New(profile.Config{}).AvatarSlots(), runtime.GOMAXPROCS(0); got != want {
		t.Errorf("%d slots, want %d", got, want)
	}
}
