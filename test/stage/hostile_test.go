package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestHostileSucceeds: some hostile answers look like a success to a client without checks of its own. The
// scenario of such a client in test/hostile.json, which expects an error, then fails.
func TestHostileSucceeds(t *testing.T) {
	t.Parallel()
	h, mux := newHostile(), http.NewServeMux()
	h.serve(mux)
	server := httptest.NewServer(mux)
	defer server.Close()
	for _, name := range []string{
		"good", "redirect-301", "redirect-307", "redirect-308", "redirect-home", "huge-body", "huge-gzip", "data.id-none",
		"msg-number",
	} {
		res, err := http.Post(server.URL+"/hostile/"+name+"/api/register", "application/json", strings.NewReader("{}"))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var answer struct {
			Code int
			Data struct{ Token string }
		}
		if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || answer.Data.Token != "t" {
			t.Errorf("%s answers %v, %v", name, answer, err)
		}
		res.Body.Close()
	}
	if err := h.close(); err != nil {
		t.Error(err)
	}
}

// TestHostileConnectionsEnd shows that Go's client keeps no connection of a hostile server for another request.
// Otherwise one scenario would meet what another has left on the connection.
func TestHostileConnectionsEnd(t *testing.T) {
	t.Parallel()
	h, mux := newHostile(), http.NewServeMux()
	h.serve(mux)
	server := httptest.NewServer(mux)
	defer server.Close()
	client := server.Client()
	client.Timeout = time.Second // many never answer
	var all sync.WaitGroup
	for name := range behaviors() {
		all.Go(func() {
			var kept atomic.Bool
			ctx := httptrace.WithClientTrace(t.Context(),
				&httptrace.ClientTrace{PutIdleConn: func(err error) { kept.Store(err == nil) }})
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/hostile/"+name+"/api/register", http.NoBody)
			if err != nil {
				t.Error(err)
				return
			}
			// After a 101 the client's time limit does not end a read of the body.
			if res, err := client.Do(r); err == nil {
				if res.StatusCode != http.StatusSwitchingProtocols {
					_, _ = io.Copy(io.Discard, res.Body) // whole or not
				}
				res.Body.Close()
			}
			if kept.Load() {
				t.Errorf("the connection of %s is kept for the next request", name)
			}
		})
	}
	all.Wait()
}

// TestHostileOverdue shows that the stage fails if a client has no time limit.
func TestHostileOverdue(t *testing.T) {
	t.Parallel()
	h := newHostile()
	h.overdue = []string{"silent"}
	if err := h.close(); err == nil || !strings.Contains(err.Error(), "silent") {
		t.Errorf("the stage ends with %v", err)
	}
}
