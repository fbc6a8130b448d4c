// Package views keeps read models: rows that follow from the event log and from
// nothing else, in one SQLite file per service and replica.
//
// A view is disposable (R6). Its file is named after what shaped it, so a new
// schema or a new meaning of Apply builds a new file from the first event, next
// to the old one, and takes its place when it has caught up. A file that is
// damaged, or that speaks of another log, is thrown away and built again.
//
// Rows and checkpoint are one transaction: after any crash the file stands
// exactly at its checkpoint. That is also why it runs with synchronous=NORMAL and
// not OFF: in WAL mode a power cut then loses the latest transactions whole, and
// following the log brings them back, while OFF could leave a file that opens and
// lies.
//
// Known hole: a log that was restored from an old backup and has grown past the
// checkpoint again is recognised by the last event that the view took, so not if
// it lost only what the view had not taken. The log's own signed checkpoints are
// the guard against that.
package views
