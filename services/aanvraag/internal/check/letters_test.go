package check

import (
	"os"
	"path/filepath"

	"github.com/google/uuid"
)

func brokenLetters() map[string]broken {
	file := func(c *copied) string {
		return filepath.Join(c.dir, "mail", member(c.t, c.first(letterSent), "notificationId")+letterEnding)
	}
	return map[string]broken{
		"a letter is missing":        {func(c *copied) { must(c.t, os.Remove(file(c.stored().mailed()))) }, []Name{MailMissing}},
		"the whole spool is missing": {func(c *copied) { must(c.t, os.RemoveAll(c.stored().mailed().Mail)) }, []Name{MailMissing}},
		"a letter is another": {func(c *copied) {
			must(c.t, os.WriteFile(file(c.stored().mailed()), []byte("Dear customer"), 0o600))
		}, []Name{MailDiffers}},
		"a letter is there twice": {func(c *copied) {
			data, err := os.ReadFile(file(c.stored().mailed()))
			must(c.t, err)
			must(c.t, os.WriteFile(filepath.Join(c.Mail, uuid.NewString()+letterEnding), data, 0o600))
		}, []Name{MailUnrecorded}},
		"a letter is not whole": {func(c *copied) {
			must(c.t, os.WriteFile(filepath.Join(c.stored().mailed().Mail, ".unfinished-1"), nil, 0o600))
		}, nil},
		"an event is told twice": {func(c *copied) {
			sent := c.first(letterSent)
			c.stored().mailed().append("notification-"+uuid.NewString(), letterSkipped, map[string]any{
				"notificationId": uuid.NewString(), "kind": member(c.t, sent, "kind"), "reason": "erased",
				"causeEventId": member(c.t, sent, "causeEventId"), "skippedAt": monday,
			}, nil)
		}, []Name{MailTwice}},
	}
}
