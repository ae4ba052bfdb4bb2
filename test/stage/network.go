package main

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
)

// network is the phone network of the stage: the service posts its codes to
// it, and the command asks it for them.
type network struct {
	server *httptest.Server

	mu    sync.Mutex
	codes map[string]chan string // by phone, E.164; holds the newest code
}

// newNetwork listens on loopback.
func newNetwork() *network {
	n := &network{codes: map[string]chan string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /sms", n.receive)
	mux.HandleFunc("GET /code", n.tell)
	n.server = httptest.NewServer(mux)
	return n
}

func (n *network) url() string { return n.server.URL }

func (n *network) close() {
	n.server.CloseClientConnections()
	n.server.Close()
}

// settings makes the service send its codes here. Nobody checks the signature:
// internal/sms has tests of its own.
func (n *network) settings() []string {
	secret := base64.StdEncoding.EncodeToString([]byte("a secret for one stage, 32 bytes"))
	return []string{
		"ENROLL_SMS=webhook", "ENROLL_SMS_WEBHOOK_URL=" + n.url() + "/sms", "ENROLL_SMS_WEBHOOK_SECRET=whsec_" + secret,
	}
}

// phone is the mailbox of a phone.
func (n *network) phone(e164 string) chan string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.codes[e164] == nil {
		n.codes[e164] = make(chan string, 1)
	}
	return n.codes[e164]
}

func (n *network) receive(w http.ResponseWriter, r *http.Request) {
	var event struct {
		Data struct{ Phone, Code string }
	}
	if err := json.NewDecoder(r.Body).Decode(&event); err != nil || event.Data.Phone == "" || event.Data.Code == "" {
		http.Error(w, "not an SMS of Enroll", http.StatusBadRequest)
		return
	}
	box := n.phone(event.Data.Phone)
	select {
	case <-box: // an older one that nobody asked for
	default:
	}
	select {
	case box <- event.Data.Code:
	default: // a newer one was faster
	}
}

func (n *network) tell(w http.ResponseWriter, r *http.Request) {
	select {
	case code := <-n.phone(r.URL.Query().Get("phone")):
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{"code": code})
	case <-r.Context().Done():
	}
}
