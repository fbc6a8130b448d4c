package docs

import (
	"fmt"
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// ids are all rules, by the letter of their series: the numbers that exist.
var ids = map[string][]int{
	"G-%02d":   {1, 2, 3, 10, 11, 12, 13, 14, 15, 16},
	"A-%02d":   upTo(5),
	"O-%02d":   upTo(10),
	"T-%02d":   upTo(12),
	"B-%02d":   upTo(8),
	"E-%02d":   upTo(4),
	"W-%02d":   upTo(5),
	"S-%02d":   upTo(9),
	"R-%02d":   upTo(8),
	"D-%02d":   upTo(7),
	"F-%02d":   upTo(6),
	"N-%02d":   upTo(5),
	"X-%02d":   upTo(9),
	"X-DUN-%d": upTo(7),
	"P%d":      upTo(8),
}

func upTo(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i + 1
	}
	return out
}

// cited finds what looks like a rule: of the terms (T-05), of the house (P5, R3),
// or a section (section 4).
var cited = regexp.MustCompile(`\b(?:[A-Z]-\d\d|X-DUN-\d|[PR][1-9]|section \d+)\b`)

const (
	built     = "Built"
	toCome    = "To come"
	elsewhere = "Not part of this server"
)

func TestEveryRuleStandsOnceInTerms(t *testing.T) {
	count := map[string]int{}
	for _, r := range rows(read(t, "docs/terms.md")) {
		if r.heading == built || r.heading == toCome || r.heading == elsewhere {
			count[r.cells[1]]++
		}
	}
	known := map[string]bool{}
	for series, numbers := range ids {
		for _, n := range numbers {
			id := fmt.Sprintf(series, n)
			known[id] = true
			if count[id] != 1 {
				t.Errorf("docs/terms.md has %s %d times, not once", id, count[id])
			}
		}
	}
	for _, id := range sorted(count) {
		if !known[id] {
			t.Errorf("docs/terms.md has %s, which is no rule", id)
		}
	}
}

func TestEveryRuleThatIsCitedStandsInTerms(t *testing.T) {
	known := map[string]bool{}
	for _, r := range rows(read(t, "docs/terms.md")) {
		known[r.cells[0]] = true // of the tables without an article
		if len(r.cells) > 1 {
			known[r.cells[1]] = true
		}
	}
	for _, path := range source(t, true) {
		for _, id := range cited.FindAllString(read(t, path), -1) {
			if !known[id] {
				t.Errorf("%s cites %s, which docs/terms.md does not know", path, id)
			}
		}
	}
}

// reference is a link of a table, such as [TestX](../services/billing/billing_test.go).
var reference = regexp.MustCompile(`\[([^\]]+)\]\(([^)]+)\)`)

func TestEveryBuiltRuleIsCitedWhereTermsSays(t *testing.T) {
	for _, r := range rows(read(t, "docs/terms.md")) {
		if r.heading != built {
			continue
		}
		if len(r.cells) != 5 {
			t.Errorf("docs/terms.md has %d cells for %s, not 5", len(r.cells), r.cells[1])
			continue
		}
		id := r.cells[1]
		for i, what := range map[int]string{3: "guard", 4: "test or story"} {
			found := reference.FindAllStringSubmatch(r.cells[i], -1)
			if len(found) == 0 {
				t.Errorf("docs/terms.md names no %s of %s", what, id)
			}
			for _, f := range found {
				file := path.Join("docs", f[2])
				content := read(t, file)
				if strings.HasPrefix(f[1], "Test") {
					if content = function(t, file, f[1]); content == "" {
						t.Errorf("docs/terms.md names %s for %s, but %s has no such test", f[1], id, file)
						continue
					}
				}
				if !cites(content, id) {
					t.Errorf("docs/terms.md names %s for %s, but %s does not cite it", f[1], id, file)
				}
			}
		}
	}
}

// cites tells whether text names a rule. The name of a test has no hyphen and may
// have a zero: TestT05, TestP05.
func cites(text, id string) bool {
	forms := []string{id, "Test" + strings.ReplaceAll(id, "-", "")}
	if strings.HasPrefix(id, "P") {
		forms = append(forms, "TestP0"+id[1:])
	}
	return slices.ContainsFunc(forms, func(form string) bool {
		return regexp.MustCompile(`(^|[^A-Z-])` + regexp.QuoteMeta(form) + `([^0-9]|$)`).MatchString(text)
	})
}

// function is the text of a test with its comment; "" when there is none.
func function(t *testing.T, file, name string) string {
	t.Helper()
	for _, d := range parse(t, file).Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Name.Name != name {
			continue
		}
		start := fn.Pos()
		if fn.Doc != nil {
			start = fn.Doc.Pos()
		}
		return read(t, file)[start-1 : fn.End()-1]
	}
	return ""
}
