package consent

import (
	"slices"

	lru "github.com/hashicorp/golang-lru/v2"

	"aanvraag.internal/services/consent/internal/terms"
	"aanvraag.internal/services/kernel/policy"
)

// library keeps documents as they were read from their policies: a version never
// changes, and its texts are long.
type library struct {
	read *lru.Cache[policy.Ref, terms.Version]
}

// keptVersions bounds the library, some 40 KB each.
const keptVersions = 64

func newLibrary() library {
	read, err := lru.New[policy.Ref, terms.Version](keptVersions)
	if err != nil {
		panic(err) // only for a size below one
	}
	return library{read}
}

// version reads a version of a document's policy.
func (l library) version(v policy.Version) (terms.Version, error) {
	if read, kept := l.read.Get(v.Ref); kept {
		return read, nil
	}
	read, err := terms.Read(v)
	if err == nil {
		l.read.Add(v.Ref, read)
	}
	return read, err
}

// has tells whether the version of that number has a text with that hash, in any
// language (O-01). Two versions share a text when only the other language changed.
func (l library) has(p policy.Policy, version int, sum string) (bool, error) {
	if version < 1 || version > len(p.Versions) {
		return false, nil
	}
	v, err := l.version(p.Versions[version-1])
	return err == nil && v.Has(sum), err
}

// find is the version that has a text with that hash, in any language: the newest of
// several that share it (O-03).
func (l library) find(p policy.Policy, sum string) (terms.Version, bool, error) {
	for _, published := range slices.Backward(p.Versions) {
		v, err := l.version(published)
		if err != nil {
			return terms.Version{}, false, err
		}
		if v.Has(sum) {
			return v, true, nil
		}
	}
	return terms.Version{}, false, nil
}
