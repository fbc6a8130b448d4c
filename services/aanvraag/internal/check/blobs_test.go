package check

import (
	"os"

	"github.com/google/uuid"

	"aanvraag.internal/services/platform/blobs"
)

func brokenBlobs() map[string]broken {
	file := func(c *copied) string {
		names, err := blobs.Names(c.stored().shelved().Blobs)
		must(c.t, err)
		if len(names) != 2 {
			c.t.Fatalf("on disk are %v", names)
		}
		return blobs.File(c.Blobs, names[0])
	}
	return map[string]broken{
		"a recording is missing": {func(c *copied) { must(c.t, os.Remove(file(c))) }, []Name{BlobMissing}},
		"a recording is another": {func(c *copied) {
			path := file(c)
			data, err := os.ReadFile(path)
			must(c.t, err)
			data[7] ^= 1
			must(c.t, os.WriteFile(path, data, 0o600))
		}, []Name{BlobDiffers}},
		"a recording lives on": {func(c *copied) {
			data, err := os.ReadFile(file(c))
			must(c.t, err)
			must(c.t, os.WriteFile(blobs.File(c.Blobs, member(c.t, c.first(keyDestroyed), "sessionId")), data, 0o600))
		}, []Name{BlobLives}},
		"a file is of no recording": {func(c *copied) {
			file(c)
			must(c.t, os.WriteFile(blobs.File(c.Blobs, uuid.NewString()), nil, 0o600))
		}, []Name{BlobForeign}},
	}
}

// shelved puts the recordings in place.
func (c *copied) shelved() *copied {
	c.Blobs = c.dir + "/blobs"
	return c
}
