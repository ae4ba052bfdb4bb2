package sms

import (
	"errors"
	"testing"
)

// TestNoticesHaveNoTemplate: a sender whose templates have a place for a code sends no notice.
func TestNoticesHaveNoTemplate(t *testing.T) {
	t.Parallel()
	for _, sender := range []Sender{&Aliyun{}, &Tencent{}} {
		var refused *DeliveryError
		err := sender.Send(t.Context(), Message{Phone: "+8613800138000", Purpose: PhoneChanged})
		if !errors.As(err, &refused) || refused.Kind != Unserved || refused.Handed() {
			t.Errorf("%T: %v", sender, err)
		}
	}
}
