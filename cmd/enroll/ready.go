package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// maxReady bounds how much of an answer is shown, in bytes.
const maxReady = 1 << 10

// askReady asks the service that runs with the same settings whether it is
// ready: the health check of a container, which holds no curl.
func askReady(ctx context.Context, environ []string, out io.Writer) error {
	c, err := readConfig(false, environ)
	if err != nil {
		return err
	}
	address, err := net.ResolveTCPAddr("tcp", c.OpsAddr)
	if err != nil {
		return fmt.Errorf("ENROLL_OPS_ADDR: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+reachable(address)+"/readyz", nil)
	if err != nil {
		return err
	}
	// Not the default transport: it may go through a proxy that the environment names.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	said, err := io.ReadAll(io.LimitReader(res.Body, maxReady))
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return errors.New(strings.TrimSpace(string(said)))
	}
	_, err = out.Write(said)
	return err
}
