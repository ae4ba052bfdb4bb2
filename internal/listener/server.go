package listener

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Listen opens a TCP listener. The error names the setting, because a port that is taken
// is the usual cause.
func Listen(setting, address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", setting, err)
	}
	return l, nil
}

// maxHeaders bounds the request line and the headers, in bytes; longer ones are
// answered with 431. net/http accepts 4 KiB more than its MaxHeaderBytes, so
// headersLeeway is subtracted.
const (
	maxHeaders    = 16 << 10
	headersLeeway = 4 << 10
)

// Server returns a server that bounds each wait for a client: for its headers, its
// body, and its reading of the answer. Without these bounds a few slow clients could
// hold all connections. Headers and a JSON body have 32 KiB at most, so 10 s for both
// suffice for a connection of 4 KiB/s. An avatar of 1 MiB gets more time (receive in
// package server). The 20 s of the answer begin after the request's headers and include the time that the service
// works (8 s, server.DefaultTimeout). An idle connection is kept for 60 s, as long as nginx keeps its
// own to a backend.
//
// The server speaks HTTP/1 only. HTTP/2 ends at the proxy that ends TLS. So attacks by
// HTTP/2, such as floods of streams that are reset at once (CVE-2023-44487), end there.
func Server(h http.Handler, log *slog.Logger) *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true) // check: listener-protocols
	return &http.Server{
		Handler:           h,
		Protocols:         protocols,
		ReadHeaderTimeout: 5 * time.Second,  // check: listener-header-time
		ReadTimeout:       10 * time.Second, // check: listener-read-time
		WriteTimeout:      20 * time.Second, // check: listener-write-time
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    maxHeaders - headersLeeway, // check: listener-header-size
		// What net/http logs is caused by clients, so it is below the default level. A failure to
		// accept is logged by Doors.
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}
