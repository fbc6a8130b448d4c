// Package sqlite is the embedded event log: one SQLite file in WAL mode, synced
// before an append is answered.
//
// One goroutine writes. It takes whatever appends wait, up to a bound, stores them
// in one transaction and answers them after its COMMIT, so many callers share one
// sync of the disk. Reads run beside it on their own read-only connections, a page
// at a time, so no read holds the write-ahead log back while its caller thinks.
//
// What the writer promises:
//   - An append is answered after its transaction is on disk, never before.
//   - After a fault of COMMIT nothing is acknowledged any more; see [Store.Failed].
//   - Positions are contiguous from 1 and follow the order of commits.
package sqlite
