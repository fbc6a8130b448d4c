package docs

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite docs/events.md")

// top is the repository, as a path that begins in this module. The test cache only
// looks again at files whose path does, so it is not cleaned: a changed document
// must not meet a remembered answer.
func top(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return dir + "/../../../"
}

// read gives a file of the repository by its path from the top.
func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(top(t) + path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// notOurs are directories of tools and of what runs leave behind.
var notOurs = []string{".git", ".buf", "bin", "node_modules", "data"}

// files lists the repository's files below dir whose name ends in one of the
// endings, as slash paths from the top.
func files(t *testing.T, dir string, endings ...string) []string {
	t.Helper()
	entries, err := os.ReadDir(top(t) + dir)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, e := range entries {
		below := path.Join(dir, e.Name())
		switch {
		case e.IsDir() && !slices.Contains(notOurs, e.Name()):
			found = append(found, files(t, below, endings...)...)
		case e.Type().IsRegular() && slices.ContainsFunc(endings, func(end string) bool { return strings.HasSuffix(below, end) }):
			found = append(found, below)
		}
	}
	return found
}

// source are the Go files of the services; tests too when asked for.
func source(t *testing.T, tests bool) []string {
	t.Helper()
	return slices.DeleteFunc(files(t, "services", ".go"), func(file string) bool {
		return !tests && strings.HasSuffix(file, "_test.go") || strings.HasPrefix(file, "services/internal/docs/")
	})
}

func parse(t *testing.T, file string) *ast.File {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), file, read(t, file), parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// row is a line of a table: its cells, and the heading that it stands under.
type row struct {
	heading string
	cells   []string
}

// rows are the lines of a document's tables, without their heads.
func rows(document string) []row {
	var out []row
	heading, body := "", false
	for line := range strings.Lines(document) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "#"):
			heading, body = strings.TrimSpace(strings.TrimLeft(line, "#")), false
		case !strings.HasPrefix(line, "|"):
			body = false
		case strings.HasPrefix(line, "|---") || strings.HasPrefix(line, "| ---"):
			body = true
		case body:
			r := row{heading: heading}
			for cell := range strings.SplitSeq(strings.Trim(line, "|"), "|") {
				r.cells = append(r.cells, strings.TrimSpace(cell))
			}
			out = append(out, r)
		}
	}
	return out
}

// text is a string literal's value.
func text(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}

// name is the last part of an identifier or a selector, such as "Fail" of rpc.Fail.
func name(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

// camel finds where kong puts a hyphen into a field's name.
var camel = regexp.MustCompile(`([a-z0-9])([A-Z])`)

func TestEveryFlagOfServeIsInOperations(t *testing.T) {
	operations := read(t, "docs/operations.md")
	flags := 0
	ast.Inspect(parse(t, "services/aanvraag/serve.go"), func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok || spec.Name.Name != "serveCmd" {
			return true
		}
		for _, field := range spec.Type.(*ast.StructType).Fields.List {
			tag := reflect.StructTag("")
			if field.Tag != nil {
				tag = reflect.StructTag(strings.Trim(field.Tag.Value, "`"))
			}
			if _, positional := tag.Lookup("arg"); positional {
				continue
			}
			for _, id := range field.Names {
				flags++
				long := tag.Get("name")
				if long == "" {
					long = strings.ToLower(camel.ReplaceAllString(id.Name, "$1-$2"))
				}
				variable := "AANVRAAG_" + strings.ToUpper(strings.ReplaceAll(long, "-", "_"))
				for _, want := range []string{"`--" + long + "`", "`" + variable + "`"} {
					if !strings.Contains(operations, want) {
						t.Errorf("docs/operations.md does not name %s", want)
					}
				}
			}
		}
		return false
	})
	if flags == 0 {
		t.Fatal("no flags found in serve.go")
	}
}

func TestEveryMetricIsInOperations(t *testing.T) {
	operations := read(t, "docs/operations.md")
	metric := regexp.MustCompile(`"(aanvraag_[a-z_]+)"`)
	found := 0
	for _, file := range source(t, false) {
		for _, m := range metric.FindAllStringSubmatch(read(t, file), -1) {
			found++
			if !strings.Contains(operations, m[1]) {
				t.Errorf("docs/operations.md does not name %s of %s", m[1], file)
			}
		}
	}
	if found == 0 {
		t.Fatal("no metrics found")
	}
}

var (
	link   = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	fence  = regexp.MustCompile("(?s)```.*?```|`[^`\n]*`")
	scheme = regexp.MustCompile(`^[a-z]+:`)
)

func TestRelativeLinksResolve(t *testing.T) {
	for _, from := range files(t, ".", ".md") {
		for _, m := range link.FindAllStringSubmatch(fence.ReplaceAllString(read(t, from), ""), -1) {
			if scheme.MatchString(m[1]) {
				continue
			}
			target, anchor, _ := strings.Cut(m[1], "#")
			to := from
			if target != "" {
				to = path.Join(path.Dir(from), target)
			}
			if _, err := os.Stat(top(t) + to); err != nil {
				t.Errorf("%s links to %s, which is not there", from, m[1])
				continue
			}
			if anchor != "" && strings.HasSuffix(to, ".md") && !slices.Contains(anchors(read(t, to)), anchor) {
				t.Errorf("%s links to %s, which has no such heading", from, m[1])
			}
		}
	}
}

// anchors are the names under which a document's headings can be linked to.
func anchors(document string) []string {
	var out []string
	for line := range strings.Lines(fence.ReplaceAllString(document, "")) {
		if !strings.HasPrefix(line, "#") {
			continue
		}
		slug := strings.ToLower(strings.TrimSpace(strings.TrimLeft(line, "#")))
		slug = strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || r > 127:
				return r
			}
			return -1
		}, slug)
		out = append(out, slug)
	}
	return out
}

// strangers are words that speak of a machine or of how a text came to be, and not
// of the product. They are written apart so that this file is not one of them.
var strangers = regexp.MustCompile(`(?i)` + strings.Join([]string{
	`/wo` + `rk/(main|shared)`, `/tmp/[a-z]+\.(md|txt|go)`, `/ho` + `me/[a-z]`, `/ro` + `ot/`,
	`sess` + `ion limit`, `context wi` + `ndow`, `sub` + `agent`, `co` + `ding (agent|assistant)`,
	`language mo` + `del`, `\bcl` + `aude\b`, `\bchat` + `gpt\b`, `\bco` + `pilot\b`, `artifact` + `ory`,
	`co-authored-` + `by`, `generated (by|with) an? ` + `(ai|assistant)`,
}, "|"))

func TestNothingSpeaksOfMachinesOrOfItsMaking(t *testing.T) {
	endings := []string{".md", ".go", ".proto", ".yaml", ".yml", ".story", ".txt", ".schema", ".ts", ".svelte", ".css", ".html"}
	for _, file := range slices.Concat(files(t, ".", endings...), files(t, ".ci", "")) {
		for number, line := range strings.Split(read(t, file), "\n") {
			if found := strangers.FindString(line); found != "" {
				t.Errorf("%s:%d says %q", file, number+1, found)
			}
		}
	}
}

// sorted lists a set's members.
func sorted[V any](set map[string]V) []string { return slices.Sorted(maps.Keys(set)) }

// both tells what one set has and the other lacks.
func both[A, B any](t *testing.T, have map[string]A, documented map[string]B, where string) {
	t.Helper()
	for _, key := range sorted(have) {
		if _, ok := documented[key]; !ok {
			t.Errorf("%s lacks %s (%v)", where, key, fmt.Sprint(have[key]))
		}
	}
	for _, key := range sorted(documented) {
		if _, ok := have[key]; !ok {
			t.Errorf("%s has %s, which the code does not", where, key)
		}
	}
}
