package capacity

import (
	"fmt"
	"log/slog"
	"syscall"
)

// A process that has used up its file descriptors can accept no connection, and cannot open one to its
// database. So the API stops accepting before that: connections beyond its bound wait in the kernel's
// queue, and the open ones are served.
const (
	// mostConnections is the largest bound that is chosen by default. An idle connection keeps 16 KiB (measured
	// with 3,000 of them). A proxy reuses its connections: a few hundred are enough for one proxy.
	mostConnections = 8_000
	// fewestConnections is the smallest bound that is chosen by default, even if the limit of descriptors is too
	// low for it: fewer connections could not serve one proxy.
	fewestConnections = 64
	// OpsConnections is the bound of each of the three listeners for operators and providers: that of health and
	// metrics, that of the admin API, and that of delivery receipts.
	OpsConnections = 64
	// opsListeners is the number of these listeners, for which descriptors are reserved. Those that are off count, too:
	// their 64 connections are few beside those of the API.
	opsListeners = 3
	// otherDescriptors are reserved for senders, captcha and breach services, files and the runtime.
	otherDescriptors = 256
)

// connectionsFor returns how many connections the API may have open, and why. set is
// ENROLL_MAX_CONNECTIONS, descriptors the process's limit (RLIMIT_NOFILE), database the bound of the pool.
func connectionsFor(set int, descriptors uint64, database int32) (n int, because string) {
	if set > 0 {
		return set, "ENROLL_MAX_CONNECTIONS"
	}
	kept := reserved(database)
	switch {
	case descriptors >= kept+mostConnections:
		return mostConnections, "the default"
	case descriptors >= kept+fewestConnections:
		return int(descriptors - kept), fmt.Sprintf("file descriptors are limited to %d", descriptors)
	}
	// The start does not fail: a service with few descriptors can serve a small site. The function Connections
	// logs a warning.
	return fewestConnections, fmt.Sprintf("file descriptors are limited to %d, which is too few", descriptors)
}

// reserved returns the descriptors of all but the API's connections.
func reserved(database int32) uint64 {
	return uint64(database) + opsListeners*OpsConnections + otherDescriptors
}

// Connections returns the bound of the API's connections, and logs a warning if the process may
// not have so many file descriptors.
func Connections(set int, database int32, log *slog.Logger) int {
	var limit syscall.Rlimit
	// Go has raised the soft limit to the hard one at the start.
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		log.Warn("the limit of file descriptors cannot be read; if it is low, set ENROLL_MAX_CONNECTIONS", "err", err)
		limit.Cur = 1024 // the usual soft limit
	}
	n, because := connectionsFor(set, limit.Cur, database)
	log.Info("connections chosen", "connections", n, "because", because)
	if needs := uint64(n) + reserved(database); needs > limit.Cur {
		log.Warn("file descriptors may run out, and then nothing is accepted: raise the limit of the process, "+
			"for example by LimitNOFILE in its systemd unit",
			"connections", n, "descriptors_needed", needs, "descriptors_limit", limit.Cur)
	}
	return n
}
