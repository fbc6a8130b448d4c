package docs

import (
	"go/ast"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// codes of a rejection's kind, as callers see them.
var codes = map[string]string{
	"":             "FAILED_PRECONDITION",
	"Precondition": "FAILED_PRECONDITION",
	"Invalid":      "INVALID_ARGUMENT",
	"Exists":       "ALREADY_EXISTS",
	"Missing":      "NOT_FOUND",
	"Denied":       "PERMISSION_DENIED",
	"Aborted":      "ABORTED",
	"Exhausted":    "RESOURCE_EXHAUSTED",
}

// use is how the code gives one reason.
type use struct{ codes, rules map[string]bool }

// reasons collects every reason that the code can give.
type reasons struct {
	constants map[string]string // rpc.ReasonX: its value
	uses      map[string]use
}

func (r reasons) use(reason, code, rule string) {
	u, ok := r.uses[reason]
	if !ok {
		u = use{codes: map[string]bool{}, rules: map[string]bool{}}
		r.uses[reason] = u
	}
	if code != "" {
		u.codes[code] = true
	}
	if rule != "" {
		u.rules[rule] = true
	}
}

func collect(t *testing.T) reasons {
	t.Helper()
	r := reasons{constants: map[string]string{}, uses: map[string]use{}}
	paths := slices.DeleteFunc(source(t, false), func(path string) bool {
		return strings.Contains(path, "/esdbserver/") // answers in another database's protocol, not in ours
	})
	for _, path := range paths {
		ast.Inspect(parse(t, path), r.constant)
	}
	if len(r.constants) == 0 {
		t.Fatal("no constants rpc.Reason… found")
	}
	for _, path := range paths {
		ast.Inspect(parse(t, path), r.given)
	}
	return r
}

func (r reasons) constant(n ast.Node) bool {
	spec, ok := n.(*ast.ValueSpec)
	if !ok || len(spec.Values) != 1 || !strings.HasPrefix(spec.Names[0].Name, "Reason") {
		return true
	}
	if value, ok := text(spec.Values[0]); ok && shouted.MatchString(value) {
		r.constants[spec.Names[0].Name] = value
		r.use(value, "", "")
	}
	return true
}

// given finds decider.Rejection{…}, rpc.Fail(code, reason, …) and rpc.Invalid(reason, …).
func (r reasons) given(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.CompositeLit:
		if name(n.Type) == "Rejection" {
			r.rejection(n)
		}
	case *ast.CallExpr:
		switch called := name(n.Fun); {
		case called == "Fail" && len(n.Args) == 4:
			if reason, ok := r.reason(n.Args[1]); ok {
				r.use(reason, connectCode(name(n.Args[0])), "")
			}
		case (called == "Invalid" || called == "invalid") && len(n.Args) > 0:
			if reason, ok := r.reason(n.Args[0]); ok {
				r.use(reason, "INVALID_ARGUMENT", "")
			}
		}
	}
	return true
}

func (r reasons) rejection(lit *ast.CompositeLit) {
	var reason, kind, rule string
	for _, e := range lit.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		switch name(kv.Key) {
		case "Code":
			reason, _ = r.reason(kv.Value)
		case "Kind":
			kind = name(kv.Value)
		case "Rule":
			rule, _ = text(kv.Value)
		}
	}
	if reason != "" {
		r.use(reason, codes[kind], rule)
	}
}

func (r reasons) reason(e ast.Expr) (string, bool) {
	if s, ok := text(e); ok {
		return s, true
	}
	value, ok := r.constants[name(e)]
	return value, ok
}

// connectCode writes connect.CodeNotFound as NOT_FOUND.
func connectCode(constant string) string {
	return strings.ToUpper(camel.ReplaceAllString(strings.TrimPrefix(constant, "Code"), "${1}_$2"))
}

var shouted = regexp.MustCompile(`^[A-Z][A-Z_]+$`)

func TestEveryReasonIsInErrors(t *testing.T) {
	given := collect(t).uses
	documented := map[string][]string{}
	for _, r := range rows(read(t, "docs/errors.md")) {
		reason := strings.Trim(r.cells[1], "`")
		if !shouted.MatchString(reason) {
			continue
		}
		if _, twice := documented[reason]; twice {
			t.Errorf("docs/errors.md has %s twice", reason)
		}
		documented[reason] = r.cells
	}
	both(t, given, documented, "docs/errors.md")
	for reason, u := range given {
		cells := documented[reason]
		if cells == nil {
			continue
		}
		written := slices.Sorted(strings.FieldsSeq(strings.ReplaceAll(cells[0], ",", " ")))
		if has := sorted(u.codes); len(has) > 0 && !slices.Equal(written, has) {
			t.Errorf("docs/errors.md gives %s the codes %v, the code gives %v", reason, written, has)
		}
		for _, rule := range slices.Sorted(maps.Keys(u.rules)) {
			if !strings.Contains(cells[3], rule) {
				t.Errorf("docs/errors.md does not name rule %s for %s", rule, reason)
			}
		}
	}
}

// promised are the reasons after "Errors:" in the comment of an RPC.
var promised = regexp.MustCompile(`(?s)// Errors:(.*?)\n\s*(?://\s*\n|[^/\s])`)

func TestEveryReasonThatAnRPCPromisesIsInErrors(t *testing.T) {
	errors := read(t, "docs/errors.md")
	found := 0
	for _, path := range files(t, "proto", ".proto") {
		for _, m := range promised.FindAllStringSubmatch(read(t, path), -1) {
			for _, reason := range regexp.MustCompile(`\b[A-Z]+(?:_[A-Z]+)+\b`).FindAllString(m[1], -1) {
				found++
				if !strings.Contains(errors, "`"+reason+"`") {
					t.Errorf("%s promises %s, which docs/errors.md lacks", path, reason)
				}
			}
		}
	}
	if found == 0 {
		t.Fatal("no RPC promises an error")
	}
}
