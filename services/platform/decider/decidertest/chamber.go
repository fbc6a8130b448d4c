package decidertest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// pure lists what a chamber may import beside the kernel: nothing here reads a
// clock, a disk, a network or a random source.
var pure = []string{
	"aanvraag.internal/services/platform/decider",
	"cmp", "crypto/sha256", "encoding/hex", "errors", "fmt", "iter", "maps", "math", "math/big", "math/bits",
	"regexp", "slices", "sort", "strconv", "strings", "time", "unicode", "unicode/utf8",
	"github.com/go-json-experiment/json", "github.com/go-json-experiment/json/jsontext",
	"golang.org/x/text/unicode/norm",
}

const kernel = "aanvraag.internal/services/kernel/"

// clockReads are the parts of package time that are not pure.
var clockReads = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "Local", "LoadLocation"}

// Chaste checks the package in the working directory: it imports nothing that
// could make a decision depend on more than its arguments, and reads no clock.
func Chaste(t *testing.T) {
	t.Helper()
	for name, file := range parse(t) {
		for _, spec := range file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(pure, path) && !strings.HasPrefix(path, kernel) {
				t.Errorf("%s imports %s; a chamber is pure", name, path)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if pkg, ok := sel.X.(*ast.Ident); ok && pkg.Name == "time" && slices.Contains(clockReads, sel.Sel.Name) {
				t.Errorf("%s uses time.%s; a command carries its own instant", name, sel.Sel.Name)
			}
			return true
		})
	}
}

// Complete checks that the lists of a chamber leave nothing out: every type with
// a method EventType is among the events, every type with Decide among the commands.
func (c Chamber[S, E]) Complete(t *testing.T) {
	t.Helper()
	known := map[string]bool{}
	for _, e := range c.Events {
		known[reflect.TypeOf(e).Name()] = true
	}
	for _, cmd := range c.Commands {
		known[reflect.TypeOf(cmd).Name()] = true
	}
	for name, file := range parse(t) {
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Recv == nil || (fn.Name.Name != "EventType" && fn.Name.Name != "Decide") {
				continue
			}
			receiver := fn.Recv.List[0].Type
			if star, ok := receiver.(*ast.StarExpr); ok {
				receiver = star.X
			}
			if id, ok := receiver.(*ast.Ident); ok && !known[id.Name] {
				t.Errorf("%s: %s is in no list of the chamber", name, id.Name)
			}
		}
	}
}

// Remembered checks testdata/events.schema: every member of every event that was
// ever recorded is still read under the same name as the same JSON type. Lines
// are only ever added, with -update.
func (c Chamber[S, E]) Remembered(t *testing.T) {
	t.Helper()
	var now []string
	for _, e := range c.Events {
		now = append(now, e.EventType())
		now = members(now, e.EventType()+" ", reflect.TypeOf(e))
	}
	slices.Sort(now)
	now = slices.Compact(now)
	file := filepath.Join("testdata", "events.schema")
	if written, err := os.ReadFile(file); err == nil {
		for line := range strings.Lines(string(written)) {
			if line = strings.TrimSpace(line); line != "" && !slices.Contains(now, line) {
				t.Errorf("%q was recorded and can no longer be read; recorded names and types never change", line)
			}
		}
	}
	if t.Failed() {
		return
	}
	golden(t, file, strings.Join(now, "\n")+"\n")
}

// members lists the JSON members of t, one line each; those of a map's values
// under "*".
func members(lines []string, prefix string, t reflect.Type) []string {
	for {
		switch {
		case t.Kind() == reflect.Map:
			prefix += "*."
		case t.Kind() == reflect.Pointer, t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8:
		default:
			return membersOf(lines, prefix, t)
		}
		t = t.Elem()
	}
}

func membersOf(lines []string, prefix string, t reflect.Type) []string {
	if t.Kind() != reflect.Struct || t.PkgPath() == "time" {
		return lines
	}
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" {
			lines = members(lines, prefix, f.Type)
			continue
		}
		lines = append(lines, prefix+name+" "+jsonType(f.Type))
		lines = members(lines, prefix+name+".", f.Type)
	}
	return lines
}

func jsonType(t reflect.Type) string {
	switch {
	case t.Kind() == reflect.Pointer:
		return jsonType(t.Elem())
	case t.PkgPath() == "time" && t.Name() == "Time":
		return "instant"
	case t.Name() == "Value" && strings.HasSuffix(t.PkgPath(), "jsontext"):
		return "json"
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8:
		return "bytes"
	case t.Kind() == reflect.Slice:
		return "list of " + jsonType(t.Elem())
	case t.Kind() == reflect.Map:
		return "map of " + jsonType(t.Elem())
	case t.Kind() == reflect.Struct:
		return "object"
	case t.Kind() == reflect.Bool:
		return "boolean"
	case t.Kind() == reflect.String:
		return "string"
	}
	return "integer"
}

func parse(t *testing.T) map[string]*ast.File {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]*ast.File{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = file
	}
	return files
}
