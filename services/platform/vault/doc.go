// Package vault seals personal data so that it can be erased from a log that
// never forgets (P7, rules section 8). An event carries a [Sealed]; the key that
// opens it lives here, one for each data subject and purpose. Destroying the key
// makes every copy of the data unreadable at once: in the log, on the bus, in
// views and in their backups, and no hash of the log changes.
//
// # Keys
//
// Three layers:
//
//   - The key-encryption key, a Tink keyset in kek.json that only its owner may
//     read. A backup that holds keys.db without it is worthless.
//   - A data key for each (subject, purpose): 32 random bytes, wrapped by the first
//     with the key's id as associated data, in a [KeyStore].
//   - A message under the data key: AES-256-GCM with a random nonce.
//
// Tink does the wrapping, because its keyset can be rotated (a new primary key
// wraps, the old ones still unwrap) and can move into a key management service by
// URI. The messages use crypto/cipher over the unwrapped bytes. BenchmarkPrimitive
// measured both for 300 bytes: a call takes about 0.5 µs either way, but making a
// stored key ready takes 1.4 µs and 4 allocations instead of 5.9 µs and 43 for a
// Tink keyset, and each support request brings two new keys. With the key cached
// a Seal takes 0.8 µs, and an Open 0.6 µs besides the record of who opened it,
// which takes 40 to 100 µs alone and less in company.
//
// # What is promised
//
//   - A key is durable before Seal or Prepare returns, so no event can outlive the
//     power cut that took its key. Keys made at the same time share one fsync.
//   - After Destroy nothing brings a key back: not a later Seal, not a restart,
//     not an older keys.db copied over the present one, because destroyed.log is
//     replayed whenever the store opens. Keep that list out of the restore, as
//     keys.db stays out of every backup of the log. If both are lost, the log's
//     own SubjectKeyDestroyed events say what to destroy again.
//   - The wrapped bytes of a destroyed key are gone from every file of the store.
//     What a disk keeps of blocks that a file system gave back is out of reach of
//     this package; there the wrapping protects.
//   - Nothing is opened without a record of who and why (D-04).
//
// One process at a time holds a directory: another one's cache could not be told
// of a destruction. Where services are processes of their own, each has a directory
// for the openings it records, and all share the keys in another store (package
// natskeys) and one key-encryption key: see [OpenWith].
package vault
