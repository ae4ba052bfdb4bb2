package main

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
)

// network is the phone network and the mail of the stage: the service sends its
// codes to it, and the command asks it for them.
type network struct {
	server *httptest.Server
	post   *post

	mu    sync.Mutex
	codes map[string]chan string // by phone, E.164, or by email; holds the newest code
}

// newNetwork listens on loopback.
func newNetwork() (*network, error) {
	n := &network{codes: map[string]chan string{}}
	var err error
	if n.post, err = newPost(n.deliver); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /sms", n.receive)
	mux.HandleFunc("GET /code", n.tell)
	n.server = httptest.NewServer(mux)
	return n, nil
}

func (n *network) url() string { return n.server.URL }

func (n *network) close() error {
	n.server.CloseClientConnections()
	n.server.Close()
	return n.post.close()
}

// settings makes the service send its codes here. Nobody checks the signature of
// an SMS: internal/sms has tests of its own.
func (n *network) settings() []string {
	secret := base64.StdEncoding.EncodeToString([]byte("a secret for one stage, 32 bytes"))
	return append(n.post.settings(),
		"ENROLL_SMS=webhook", "ENROLL_SMS_WEBHOOK_URL="+n.url()+"/sms", "ENROLL_SMS_WEBHOOK_SECRET=whsec_"+secret)
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
	case <-box: // an older one that nobody asked for
	default:
	}
	select {
	case box <- code:
	default: // a newer one was faster
	}
}

func (n *network) receive(w http.ResponseWriter, r *http.Request) {
	var event struct {
		Data struct{ Phone, Code string }
	}
	if err := json.NewDecoder(r.Body).Decode(&event); err != nil || event.Data.Phone == "" || event.Data.Code == "" {
		http.Error(w, "not an SMS of Enroll", http.StatusBadRequest)
		return
	}
	n.deliver(event.Data.Phone, event.Data.Code)
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
