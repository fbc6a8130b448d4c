// Package natskeys keeps wrapped keys in a NATS JetStream bucket, for the mode in
// which services are processes of their own and share them. It is a
// [vault.Shared] key store.
//
// # The bucket
//
// A file-backed KV bucket of history 1, aanvraag-keys. A key's wrapped bytes are
// in two shares: pad.<id>, 32 random bytes, and key.<id>, the wrapped bytes XORed
// with SHAKE256 of those; either alone is noise. The tombstone of a destroyed key
// is gone.<id>. Each is written with the condition that the last message of *.<id>
// is the one that the writer read, so JetStream decides between processes: none
// makes a second key of an id, and none makes a key of a destroyed one. The server
// itself refuses to replace a value or to purge the bucket. It is not a bucket that
// the KV API makes: that forbids to erase.
//
// # Durability
//
// A key must be durable before something is sealed under it, and JetStream
// acknowledges before it syncs unless it is told otherwise. No client is told
// which; only the system account is. So [Open] takes a connection of that account,
// asks every server that holds the bucket, and refuses with [ErrUnsynced] or
// [ErrSyncUnknown]. It is asked again before the first write to a server that was
// restarted, and once a minute. A holder that the cluster itself reports as away
// acknowledges nothing, and is asked when it is back, as long as a majority is
// there.
//
// # Destruction
//
// The tombstone is stored first; from then on there is no key for anybody. Then
// the server overwrites a share's bytes (a block of up to 4 MiB is written anew,
// some 10 ms), which is checked, and a line is added to the list of destroyed ids,
// a file of each process outside of JetStream. A line means that it is done. Every
// process finishes what another one began, and after a restore of an older bucket
// the lists destroy again what they name.
//
// There are two shares because JetStream marks a message as deleted before it
// overwrites it: a server that is killed in between leaves the bytes, and no client
// can tell, nor ask again (seen in 17 of 40 kills under destruction after
// destruction). What then remains is one share. The price is a second synced write
// for each new key: on 2 cores some 2,000 keys a second at best, and a quarter of
// that on a busy machine; reading one that is not cached takes 0.15 ms.
//
// Known holes:
//
//   - The same, twice in a row for one key.
//   - With replicas, the servers' raft logs hold what was written until their next
//     snapshot: up to three minutes (measured 2 min 25 s idle, 2 min 38 s under
//     writes).
//   - A server whose JetStream encrypts its files (a key in its configuration)
//     only marks, and does not overwrite.
//
// There, and in what a disk keeps of blocks that a file system gave back, the
// wrapping protects.
//
// # Caches
//
// A process asks the bucket's leader every quarter of a second for tombstones that
// it has not seen. What it asked is good for [Lag] from the moment of asking; when
// no answer came by then, [Store.Current] is false and the vault uses no key that
// it read earlier. So a key that another process destroyed is used for at most Lag
// after its tombstone was stored. In a cluster that is cut in two, a leader on the
// wrong side answers for up to ten seconds more, until it notices.
package natskeys
