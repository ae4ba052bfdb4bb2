// Package listener bounds the resources of a server that clients can occupy: the time
// of each wait, the size of headers and the number of connections.
//
// It also stops a server gradually: while a load balancer still sends requests, each answer closes
// its connection, so that the next request goes to another replica.
package listener
