package check

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
)

func brokenViews() map[string]broken {
	out := map[string]broken{
		"a view is missing": {func(c *copied) {
			files, err := filepath.Glob(filepath.Join(c.stored().shown().dir, "views", "intake-*"))
			must(c.t, err)
			for _, f := range files {
				must(c.t, os.Remove(f))
			}
		}, []Name{ViewMissing}},
		"a view has not seen the end": {func(c *copied) {
			c.stored().shown().append("technician-1", "technician.registered.v1", map[string]any{"technicianId": "1"}, nil)
		}, []Name{ViewBehind}},
		"a view is ahead of the log": {func(c *copied) {
			c.shown().changed("billing", `UPDATE view_checkpoint SET position = position + 1`)
			c.stored()
		}, []Name{ViewDiffers}},
		"a view has rows of what it has not seen": {func(c *copied) {
			c.stored().shown().changed("scheduling", `UPDATE view_checkpoint SET position = 1`)
		}, []Name{ViewBehind, ViewDiffers}},
		"a view's file is none": {func(c *copied) {
			files, err := filepath.Glob(filepath.Join(c.stored().shown().dir, "views", "intake-*.db"))
			must(c.t, err)
			must(c.t, os.WriteFile(files[0], []byte("not a database"), 0o600))
		}, []Name{ViewDiffers}},
		"of two replicas one differs": {func(c *copied) {
			c.stored().shown()
			second := filepath.Join(c.dir, "second")
			must(c.t, os.CopyFS(second, os.DirFS(c.Views[0])))
			c.changed("intake", `UPDATE requests SET state = 'CLOSED' WHERE position = (SELECT min(position) FROM requests)`)
			c.Views = []string{second, c.Views[0], filepath.Join(c.dir, "empty")}
		}, []Name{ViewDiffers}},
		"a view cannot be built": {func(c *copied) {
			c.shown()
			c.stored()
			c.append("invoice-x", "invoice.forgotten.v1", map[string]any{}, nil)
			end, err := c.Store.End(c.t.Context())
			must(c.t, err)
			files, err := filepath.Glob(filepath.Join(c.dir, "views", "*.db"))
			must(c.t, err)
			for _, f := range files {
				db, err := sql.Open("sqlite", f)
				must(c.t, err)
				_, err = db.Exec(`UPDATE view_checkpoint SET position = ?`, int64(end))
				must(c.t, err)
				if strings.Contains(f, "audit-") {
					_, err = db.Exec(`INSERT INTO streams VALUES ('of a test', 'invoice-x', ?)`, int64(end))
					must(c.t, err)
				}
				must(c.t, db.Close())
			}
		}, []Name{LogUnread, ViewDiffers}},
	}
	for service, change := range map[string]string{
		"intake":     `UPDATE requests SET revision = revision + 1 WHERE position = (SELECT min(position) FROM requests)`,
		"scheduling": `DELETE FROM appointment WHERE appointment_id = (SELECT min(appointment_id) FROM appointment)`,
		"billing":    `UPDATE invoices SET state = 'issued' WHERE position = (SELECT min(position) FROM invoices)`,
		"audit":      `INSERT INTO streams VALUES ('x', 'y', 1)`,
		"legal":      `INSERT INTO referrals VALUES (1, 'x', 'RAISED')`,
		"operations": `INSERT INTO parked VALUES (1, 'x', 'y', 'PARKED')`,
	} {
		out["a row of "+service+" is another"] = broken{func(c *copied) { c.stored().shown().changed(service, change) }, []Name{ViewDiffers}}
	}
	return out
}
