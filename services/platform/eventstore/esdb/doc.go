// Package esdb is the event log in EventStoreDB or KurrentDB, through the database's
// own client.
//
// The database is this log's alone: every stream whose name does not begin with "$"
// is ours, and an event of one that we cannot have written is reported as
// [eventstore.Corrupt]. Streams that do begin with "$" are the database's, and are
// never seen.
//
// What differs from the port, and how it is bridged:
//   - The database knows no chain hash. Each event carries its own as the last member
//     of its metadata, see [eventstore.WithChain]; a reader gets the original bytes.
//   - The database compares revisions, not hashes. The hash of an expected head is
//     compared where this store has seen that head, and wherever the database finds
//     a conflict; otherwise a head whose hash was never that stream's is not noticed
//     before someone walks the chain.
//   - The database takes a repeated append for the first one by its ids alone, and
//     answers success. So every success is read back, and what is answered is what
//     stands in the stream (rule R3).
//   - Positions are byte offsets: ordered, with holes.
//   - One append holds at most a mebibyte, as the database is configured by default.
//
// A [Store.Subscribe] that is behind reads history with the database's own filter.
// One that is up to date shares a single live subscription with all others of this
// store, which brings every event of ours; so each of them knows at once how far the
// log has gone, also over events that its filter leaves out.
//
// The client v4.2.0 is kept on a short lead, see link: it is used for one connection
// and thrown away with it.
package esdb
