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

	"github.com/enroll-project/enroll/internal/settings"
)

// maxReady bounds how much of an answer is printed, in bytes. Enroll's answers have one
// line. If another service listens on the address, its answer may be longer.
const maxReady = 1 << 10

// askReady prints the answer of /readyz of the service that runs with the same
// settings, or returns it as an error if that service is not ready. It is the
// health check of the container image, which has no shell and no curl.
func askReady(ctx context.Context, environ []string, out io.Writer) error {
	// The settings are read without --dev, because the command is for containers, which do not serve with --dev.
	c, err := settings.Read(false, environ)
	if err != nil {
		return err
	}
	address, err := net.ResolveTCPAddr("tcp", c.OpsAddr)
	if err != nil {
		return fmt.Errorf("ENROLL_OPS_ADDR: %w", err)
	}
	// /readyz itself takes a second at most.
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	// Like a load balancer, this requests /readyz. It does not check the database by itself.
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+reachable(address)+"/readyz", nil)
	if err != nil {
		return err
	}
	// The default transport is not used: it may go through a proxy that the environment names.
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
	// The answer has no address and no secret, so it may stand in a container's log. If the
	// service is not ready, the process exits with status 1, which Docker's health check needs.
	if res.StatusCode != http.StatusOK {
		return errors.New(strings.TrimSpace(string(said)))
	}
	_, err = out.Write(said)
	return err
}
