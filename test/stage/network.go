package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
)

// network stands for the phone network and the mail: the service sends its codes to it, and the
// command gets the codes from it.
type network struct {
	server *httptest.Server
	post   *post
	mux    *http.ServeMux

	mu    sync.Mutex
	codes map[string]chan string // by phone, E.164, or by email; holds the newest code
	last  delivery               // the newest SMS of all
}

// delivery is a signed request of the service, as a receiver gets it.
type delivery struct {
	Header map[string]string `json:"header"`
	Body   string            `json:"body"`
}

// smsSecret signs the posts of this stage (Standard Webhooks).
const smsSecret = "whsec_YSBzZWNyZXQgZm9yIG9uZSBzdGFnZSwgMzIgYnl0ZXM="

// The phone and the host of emails to which no code can be delivered.
const (
	unreachablePhone = "+8613800000000"
	unreachableHost  = "@unreachable.example"
)

// newNetwork listens on loopback.
func newNetwork() (*network, error) {
	n := &network{codes: map[string]chan string{}, mux: http.NewServeMux()}
	var err error
	if n.post, err = newPost(n.deliver); err != nil {
		return nil, err
	}
	n.mux.HandleFunc("POST /sms", n.receive)
	n.mux.HandleFunc("GET /code", n.tell)
	n.mux.HandleFunc("GET /post", n.show)
	n.server = httptest.NewServer(n.mux)
	return n, nil
}

func (n *network) url() string { return n.server.URL }

func (n *network) close() error {
	n.server.CloseClientConnections()
	n.server.Close()
	return n.post.close()
}

// settings makes the service send its codes here. The signature of an SMS is not
// checked: internal/sms and the receivers under test check it.
func (n *network) settings() []string {
	return append(n.post.settings(),
		"ENROLL_SMS=webhook", "ENROLL_SMS_WEBHOOK_URL="+n.url()+"/sms", "ENROLL_SMS_WEBHOOK_SECRET="+smsSecret,
		"ENROLL_VOICE=webhook")
}

// box is the mailbox of a phone or an email.
func (n *network) box(address string) chan string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.codes[address] == nil {
		n.codes[address] = make(chan string, 1)
	}
	return n.codes[address]
}

// deliver puts a code into its mailbox.
func (n *network) deliver(address, code string) {
	box := n.box(address)
	select {
	case <-box: // an older code that no client has fetched
	default:
	}
	select {
	case box <- code:
	default: // a newer code is already in the box
	}
}

func (n *network) receive(w http.ResponseWriter, r *http.Request) {
	var event struct {
		Data struct{ Phone, Code string }
	}
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(body, &event)
	}
	if err != nil || event.Data.Phone == "" || event.Data.Code == "" {
		http.Error(w, "not an SMS of Enroll", http.StatusBadRequest)
		return
	}
	if event.Data.Phone == unreachablePhone {
		http.Error(w, "no such phone", http.StatusServiceUnavailable)
		return
	}
	n.keep(r.Header, body)
	n.deliver(event.Data.Phone, event.Data.Code)
}

// keep remembers a post with the headers that sign it.
func (n *network) keep(header http.Header, body []byte) {
	kept := delivery{map[string]string{}, string(body)}
	for _, name := range []string{"Content-Type", "Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"} {
		kept.Header[name] = header.Get(name)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.last = kept
}

func (n *network) show(w http.ResponseWriter, _ *http.Request) {
	n.mu.Lock()
	defer n.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(n.last)
}

func (n *network) tell(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	address := query.Get("phone")
	if address == "" {
		address = query.Get("email")
	}
	select {
	case code := <-n.box(address):
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{"code": code})
	case <-r.Context().Done():
	}
}
