package main

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestReceiver: each post is answered with 204 and counted.
func TestReceiver(t *testing.T) {
	t.Parallel()
	r, err := openReceiver()
	if err != nil {
		t.Fatal(err)
	}
	for n := range int64(3) {
		response, err := http.Post(r.url, "application/json", strings.NewReader(`{"type":"user.registered"}`))
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusNoContent || r.posted() != n+1 {
			t.Errorf("status %d, %d posts, want %d", response.StatusCode, r.posted(), n+1)
		}
	}
	if err := r.close(); err != nil {
		t.Error(err)
	}
	if _, err := http.Post(r.url, "", nil); err == nil {
		t.Error("it answers after its end")
	}
}

// TestReceiverSettings: only a binary that has events gets the settings to post them. An earlier one would not start
// with them. The test is not parallel: a process that another test starts while a script is written keeps the file
// open, and Linux runs no file that is open for writing.
func TestReceiverSettings(t *testing.T) {
	r := &receiver{url: "http://127.0.0.1:1/"}
	for name, tt := range map[string]struct {
		receiver *receiver
		config   string
		want     []string
	}{
		"events": {r, "echo ENROLL_ADDR=; echo 'ENROLL_EVENTS_URL=  # URLs'",
			[]string{"ENROLL_EVENTS_URL=http://127.0.0.1:1/", "ENROLL_EVENTS_SECRET=whsec_c2VjcmV0"}},
		"no events":   {r, "echo 'ENROLL_ADDR=  # not ENROLL_EVENTS_URL='", nil},
		"no receiver": {nil, "echo ENROLL_EVENTS_URL=", nil},
	} {
		t.Run(name, func(t *testing.T) {
			binary := filepath.Join(t.TempDir(), "enroll")
			if err := os.WriteFile(binary, []byte("#!/bin/sh\n"+tt.config+"\n"), 0o755); err != nil {
				t.Fatal(err)
			}
			got, err := tt.receiver.settings(t.Context(), &testbed{binary: binary, secret: []byte("secret")})
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("%q, %v, want %q", got, err, tt.want)
			}
		})
	}
}
