package sms

import (
	"errors"
	"testing"
)

// TestNoticesHaveNoTemplate: a sender without a template for notices sends no notice, also not
// with the template of a code.
func TestNoticesHaveNoTemplate(t *testing.T) {
	t.Parallel()
	for _, sender := range []Sender{
		&Aliyun{config: AliyunConfig{Template: "1", TemplateAbroad: "2"}},
		&Tencent{config: TencentConfig{Template: "1", TemplateAbroad: "2"}},
	} {
		var refused *DeliveryError
		err := sender.Send(t.Context(), Message{Phone: "+8613800138000", Purpose: PhoneChanged})
		if !errors.As(err, &refused) || refused.Kind != Unserved || refused.Handed() {
			t.Errorf("%T: %v", sender, err)
		}
	}
}
