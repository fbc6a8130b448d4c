package docs

import (
	"go/ast"
	"path"
	"slices"
	"strings"
	"testing"
)

// A door may say that something is not there, and a book of policies that none is
// in force; everything else is for a chamber to decide.
var outside = []string{"Missing", "POLICY_MISSING"}

func TestP1RulesRejectInChambersAlone(t *testing.T) {
	found := 0
	for _, file := range source(t, false) {
		if strings.HasPrefix(file, "services/platform/command/") { // P5 and P6 hold for all chambers
			continue
		}
		chamber := strings.Contains(file, "/internal/") || strings.HasPrefix(file, "services/kernel/")
		ast.Inspect(parse(t, file), func(n ast.Node) bool {
			lit, ok := n.(*ast.CompositeLit)
			if !ok || name(lit.Type) != "Rejection" || len(lit.Elts) == 0 {
				return true
			}
			found++
			if !chamber && !slices.ContainsFunc(lit.Elts, notThere) {
				t.Errorf("%s rejects outside a chamber", file)
			}
			return true
		})
	}
	if found == 0 {
		t.Fatal("no rejections found")
	}
}

func notThere(e ast.Expr) bool {
	kv, ok := e.(*ast.KeyValueExpr)
	if !ok {
		return false
	}
	code, _ := text(kv.Value)
	return slices.Contains(outside, name(kv.Value)) || slices.Contains(outside, code)
}

func TestP4EveryChamberIsCheckedForPurity(t *testing.T) {
	chambers, checked := map[string]bool{}, map[string]bool{}
	for _, file := range source(t, true) {
		dir := path.Dir(file)
		if strings.HasSuffix(file, "_test.go") {
			if strings.Contains(read(t, file), "decidertest.Chaste(t)") {
				checked[dir] = true
			}
			continue
		}
		if strings.Contains(dir, "/platform/") || strings.HasSuffix(dir, "/torture") {
			continue // instruments, not rules of the terms
		}
		for _, d := range parse(t, file).Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv != nil && fn.Name.Name == "Decide" {
				chambers[dir] = true
			}
		}
	}
	if len(chambers) == 0 {
		t.Fatal("no chambers found")
	}
	for _, dir := range sorted(chambers) {
		if !checked[dir] {
			t.Errorf("%s decides, but no test of it asks whether it is pure", dir)
		}
	}
}
