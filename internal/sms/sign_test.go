package sms

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestDocumentedSignatures signs the examples of the providers' documentation, with the keys that they use.
func TestDocumentedSignatures(t *testing.T) {
	t.Parallel()
	// Alibaba Cloud, "Request syntax and signature method V3", 2024-12-13.
	acs, err := http.NewRequest(http.MethodPost, "https://ecs.cn-shanghai.aliyuncs.com/?"+
		"ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai", nil)
	if err != nil {
		t.Fatal(err)
	}
	signACS(acs, "YourAccessKeyId", "YourAccessKeySecret", acsCall{
		action: "RunInstances", version: "2014-05-26", nonce: "3156853299f313e23d1673dc12e1703d",
		at: time.Date(2023, 10, 26, 10, 22, 32, 0, time.UTC),
	})
	// Tencent Cloud, "Signature v3", 2020-07-14; the stars are part of its key.
	body := `{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}`
	tc3, err := http.NewRequest(http.MethodPost, "https://cvm.tencentcloudapi.com/", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	signTC3(tc3, "AKIDz8krbsJ5yKBZQpn74WFkmLPx3*******", "Gu5t9xGARNpq86cd98joQYCN3*******", "cvm",
		time.Unix(1551113065, 0), []byte(body))
	for want, req := range map[string]*http.Request{
		"ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;" +
			"x-acs-signature-nonce;x-acs-version,Signature=" +
			"06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0": acs,
		"TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3*******/2019-02-25/cvm/tc3_request, SignedHeaders=" +
			"content-type;host, Signature=2230eefd229f582d8b1b891af7107b91597240707d778ab3738f756258d7652c": tc3,
	} {
		if got := req.Header.Get("Authorization"); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
