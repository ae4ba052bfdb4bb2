package receipt

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/enroll-project/enroll/internal/smscount"
)

// pathKey is the secret with which the path ends, for a provider that signs nothing. Each reader of a URL, such as the
// log of a proxy, knows it then: so it is of use for receipts only.
type pathKey string

func (pathKey) keyed() bool { return true }

// verify compares the end of the path. Hashes are compared, so that the time tells nothing about the secret, not even
// its length.
func (k pathKey) verify(r *http.Request, _ []byte) error {
	sent := r.PathValue("key")
	// The path without its end is not served by another handler, so that it is counted as unsigned.
	if sent == "" {
		return errUnsigned
	}
	// A secret of 192 bits needs no bound of tries beside the rate of requests.
	a, b := sha256.Sum256([]byte(sent)), sha256.Sum256([]byte(k))
	if !hmac.Equal(a[:], b[:]) { // check: receipt-key
		return errSignature
	}
	return nil
}

// Aliyun returns the provider of SmsReport, which Alibaba Cloud pushes by HTTP and does not sign.
func Aliyun(key string) Provider { return aliyun{pathKey(key)} }

type aliyun struct{ pathKey }

func (aliyun) answer() string { return `{"code":0,"msg":"OK"}` }

// read reads the receipts of "SmsReport" of Alibaba Cloud's documentation. Codes of failures are those of carriers, and
// no document says which of them blame the phone for good, so all are failures.
func (aliyun) read(body []byte) (all []report, err error) {
	// The numbers of parts and the times are not read: a message is one receipt, on the day on which it comes.
	var sent []struct {
		Phone   string `json:"phone_number"`
		Success *bool  `json:"success"`
		BizID   string `json:"biz_id"`
	}
	if err := json.Unmarshal(body, &sent); err != nil {
		return nil, err
	}
	for _, s := range sent {
		// A request that sends has one phone, so its BizId names one message.
		one := report{id: s.BizID, phone: aliyunPhone(s.Phone), word: "success"}
		switch {
		case s.Success == nil:
			one.delivery = smscount.Unknown
		case *s.Success:
			one.delivery = smscount.Delivered
		default:
			// err_code has hundreds of values, most of them those of carriers.
			one.delivery = smscount.NotDelivered
		}
		all = append(all, one)
	}
	return all, nil
}

// aliyunPhone returns a phone in E.164. Numbers of mainland China come without their country code, all others with it.
// A number of eleven digits that begins with 13 to 19 can be one of North America, too. It counts as one of China, to
// which Alibaba Cloud sends by far the most.
func aliyunPhone(sent string) string {
	// The documents show phones without a prefix. 00 and + are what people write before country codes.
	sent = strings.TrimPrefix(strings.TrimPrefix(sent, "+"), "00")
	if len(sent) == 11 && sent[0] == '1' && sent[1] >= '3' {
		return "+86" + sent
	}
	return "+" + sent
}

// Tencent returns the provider of status notifications of Tencent Cloud, which does not sign them.
func Tencent(key string) Provider { return tencent{pathKey(key)} }

type tencent struct{ pathKey }

func (tencent) answer() string { return `{"result":0,"errmsg":"OK"}` }

// read reads the notifications of "SMS Sending Status Notification" of Tencent Cloud's documentation. Its codes name
// several causes each, such as "powered off or out of service", so none blames the phone for good.
func (tencent) read(body []byte) (all []report, err error) {
	var sent []struct {
		Nation string `json:"nationcode"`
		Mobile string `json:"mobile"`
		Status string `json:"report_status"`
		SID    string `json:"sid"`
	}
	if err := json.Unmarshal(body, &sent); err != nil {
		return nil, err
	}
	for _, s := range sent {
		// The id is the SerialNo of the answer to the request that sent the message.
		one := report{id: s.SID, phone: "+" + strings.TrimPrefix(s.Nation, "+") + s.Mobile, word: s.Status}
		switch s.Status {
		case "SUCCESS":
			one.delivery = smscount.Delivered
		case "FAIL":
			one.delivery = smscount.NotDelivered
		default:
			one.delivery = smscount.Unknown
		}
		all = append(all, one)
	}
	return all, nil
}
