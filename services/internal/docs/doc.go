// Package docs holds no code. Its tests keep what the documents say true: rule
// ids, error reasons, events, flags, metrics and links are compared with the code,
// and docs/events.md is written from it. They also hold what is true of all
// chambers together: rules reject in chambers alone (P1), and every chamber is
// checked for purity (P4).
//
//	go test ./internal/docs -update
package docs
