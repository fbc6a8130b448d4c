// Package rpc is the door of every service: who calls, whether he may, whether
// what he says is well formed, and how every answer that is not a success looks.
// Handlers behind it are plain functions; nothing about transports, tokens or
// error details is repeated in a service.
//
// [NewServer] makes the dispatcher with its interceptors, [Handler] mounts one or
// more of them on HTTP, [InProcess] and [Remote] make clients that call as a
// service. Every error that leaves carries a Connect code and a google.rpc.ErrorInfo
// with a permanent reason.
package rpc
