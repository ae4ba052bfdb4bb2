package sms_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/sms"
)

// TestRouterPrefersALanguage: a sender whose only template is in another language is tried after those that have the
// person's. A country with a sender of its own, and a template of the settings, keep the order of the settings.
func TestRouterPrefersALanguage(t *testing.T) {
	t.Parallel()
	words := written(t, map[string]string{"zh-CN/aliyun.ids": "code-abroad SMS_2"})
	for name, c := range map[string]struct {
		phone, locale, route, abroad string
		refuses                      bool // the other sender
		want                         string
	}{
		"French":                     {"+33612345678", "fr", "", "", false, "other"},
		"Chinese":                    {"+33612345678", "zh-CN", "", "", false, "aliyun"},
		"French, the other refuses":  {"+33612345678", "fr", "", "", true, "other aliyun"},
		"mainland":                   {"+8613800138000", "fr", "", "", false, "aliyun"},
		"a template of the settings": {"+33612345678", "fr", "", "SMS_2", false, "aliyun"},
		"a route of the country":     {"+33612345678", "fr", "FR", "", false, "aliyun"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked []string
			start := func(name string, refuses bool) string {
				return serve(t, func(w http.ResponseWriter, _ *http.Request) {
					asked = append(asked, name)
					if refuses {
						w.WriteHeader(http.StatusForbidden)
					}
					_, _ = w.Write([]byte(`{"Code":"OK","BizId":"1"}`))
				}).URL
			}
			aliyun, err := sms.NewAliyun(sms.AliyunConfig{KeyID: "k", KeySecret: "s", Sign: "x", Template: "SMS_1",
				TemplateAbroad: c.abroad, NoticeTemplate: "SMS_3", NoticeTemplateAbroad: "SMS_4", Words: words,
				Endpoint: start("aliyun", false)})
			if err != nil {
				t.Fatal(err)
			}
			other := newWebhook(t, start("other", c.refuses), sms.WebhookConfig{})
			router, err := sms.NewRouter(sms.RouterConfig{
				Routes: []sms.Route{{Name: "aliyun", Country: c.route, Sender: aliyun}, {Name: "other", Sender: other}},
				Now:    time.Now, Metrics: prometheus.NewRegistry(),
			})
			if err != nil {
				t.Fatal(err)
			}
			m := message
			m.Phone, m.Locale, m.SiteID, m.Country = c.phone, c.locale, 1, "FR"
			if err := router.Send(t.Context(), m); err != nil {
				t.Error(err)
			}
			if got := strings.Join(asked, " "); got != c.want {
				t.Errorf("asked %q, want %q", got, c.want)
			}
		})
	}
}
