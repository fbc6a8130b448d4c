package check

import (
	"cmp"
	"hash/maphash"
	"maps"
	"slices"
)

// hasher makes eight bytes of what would be long to remember. Among a billion of
// them two are the same with odds of one in forty; then something that is wrong may
// be missed, or something that is right be found, once.
type hasher struct{ seed maphash.Seed }

func newHasher() hasher { return hasher{maphash.MakeSeed()} }

// of hashes parts. Texts have no zero byte, and what has one is of fixed length, so no
// two lists that are compared give the same bytes.
func (h hasher) of(parts ...string) uint64 {
	var sum maphash.Hash
	sum.SetSeed(h.seed)
	for _, p := range parts {
		_, _ = sum.WriteString(p) // a hash takes every write
		_ = sum.WriteByte(0)
	}
	return sum.Sum64()
}

// set remembers hashes.
type set map[uint64]struct{}

func (s set) has(h uint64) bool {
	_, has := s[h]
	return has
}

// add tells whether h is new.
func (s set) add(h uint64) bool {
	if s.has(h) {
		return false
	}
	s[h] = struct{}{}
	return true
}

func sorted[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// inOrder are the keys of what stands at places of the log, in its order, so that
// the same log is always told of in the same way.
func inOrder[K cmp.Ordered, V any](m map[K]V, where func(V) at) []K {
	return slices.SortedFunc(maps.Keys(m), func(a, b K) int {
		return cmp.Or(cmp.Compare(where(m[a]).position, where(m[b]).position), cmp.Compare(a, b))
	})
}
