package docs

import (
	"fmt"
	"go/ast"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	_ "aanvraag.internal/proto/gen/aanvraag/billing/v1"
	_ "aanvraag.internal/proto/gen/aanvraag/common/v1"
	_ "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	_ "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	_ "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
)

const preface = `# Events

Written by ` + "`go test ./internal/docs -update`" + ` (in services/) from the code; do not edit.

A *private* event is a Go struct, stored as JSON in the log of its service and known to that service alone. Its members are
listed with their JSON type: an *instant* is RFC 3339 in UTC, *bytes* is base64, *integer* counts cents, seconds or things
as the member's name says. A member that holds nothing may be absent. A *sealed* member is personal data: an object of
subject, purpose, field, place and cipher that only the vault can open. Recorded names and types never change.

A *public* event is a protobuf message on the bus. It follows from a private one in the service's ` + "`publish.go`" + ` and holds no
personal data in clear. [architecture.md](architecture.md) says how it travels.
`

func TestEventsAreDocumentedAsTheyAre(t *testing.T) {
	written := preface + "\n## Private events\n" + private(t) + "\n## Public events\n" + public(t)
	file := top(t) + "docs/events.md"
	if *update {
		if err := os.WriteFile(file, []byte(written), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	standing, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(standing) != written {
		t.Error("docs/events.md is not what the code says; go test ./internal/docs -update, and read the difference")
	}
}

// private tells of every chamber's events.
func private(t *testing.T) string {
	t.Helper()
	var out strings.Builder
	categories := streams(t)
	chambers := map[string]map[string]string{}
	for _, file := range files(t, "services", "events.schema") {
		chambers[path.Dir(path.Dir(file))] = schema(read(t, file))
	}
	if len(chambers) < 2 {
		t.Fatal("no chambers found")
	}
	for _, dir := range sorted(chambers) {
		title := strings.TrimPrefix(strings.Replace(dir, "/internal", "", 1), "services/")
		fmt.Fprintf(&out, "\n### %s\n\n", title)
		if names := categories[path.Base(dir)]; len(names) > 0 {
			fmt.Fprintf(&out, "Streams `%s`. ", strings.Join(names, "`, `"))
		}
		fmt.Fprintf(&out, "Code: [%s](../%s).\n\n| event | meaning | members |\n|---|---|---|\n", path.Base(dir), dir)
		meanings := comments(t, dir)
		for _, event := range sorted(chambers[dir]) {
			meaning, ok := meanings[event]
			if !ok {
				t.Errorf("%s: no struct is recorded as %s", dir, event)
			}
			fmt.Fprintf(&out, "| `%s` | %s | %s |\n", event, meaning, chambers[dir][event])
		}
	}
	return out.String()
}

// schema reads an events.schema: the members of each event type on one line.
func schema(written string) map[string]string {
	types, order := map[string][]string{}, []string{}
	sealed := map[string]bool{}
	for line := range strings.Lines(written) {
		event, member, _ := strings.Cut(strings.TrimSpace(line), " ")
		if _, known := types[event]; !known {
			types[event], order = nil, append(order, event)
		}
		if member != "" {
			types[event] = append(types[event], member)
		}
		if of, ok := strings.CutSuffix(member, ".cipher bytes"); ok {
			sealed[event+" "+of] = true
		}
	}
	out := map[string]string{}
	for _, event := range order {
		var members []string
		for _, m := range types[event] {
			name, kind, _ := strings.Cut(m, " ")
			of := name[:max(0, strings.LastIndex(name, "."))]
			switch {
			case sealed[event+" "+of]:
				continue
			case sealed[event+" "+name]:
				kind = "sealed"
			}
			members = append(members, fmt.Sprintf("`%s` %s", name, kind))
		}
		out[event] = strings.Join(members, ", ")
	}
	return out
}

// comments are the doc comments of a chamber's event structs by recorded name, on
// one line each.
func comments(t *testing.T, dir string) map[string]string {
	t.Helper()
	docs, recorded := map[string]string{}, map[string]string{}
	for _, file := range files(t, dir, ".go") {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, d := range parse(t, file).Decls {
			switch d := d.(type) {
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if ts, ok := spec.(*ast.TypeSpec); ok {
						doc := d.Doc
						if ts.Doc != nil {
							doc = ts.Doc
						}
						docs[ts.Name.Name] = sentence(doc.Text(), ts.Name.Name)
					}
				}
			case *ast.FuncDecl:
				if d.Name.Name != "EventType" || d.Recv == nil || len(d.Body.List) != 1 {
					continue
				}
				if ret, ok := d.Body.List[0].(*ast.ReturnStmt); ok {
					event, _ := text(ret.Results[0])
					recorded[event] = name(d.Recv.List[0].Type)
				}
			}
		}
	}
	out := map[string]string{}
	for event, of := range recorded {
		out[event] = docs[of]
	}
	return out
}

// sentence is a comment on one line, without the name that it begins with.
func sentence(comment, of string) string {
	line := strings.Join(strings.Fields(comment), " ")
	for _, lead := range []string{": ", " is "} {
		if rest, ok := strings.CutPrefix(line, of+lead); ok {
			line = rest
			break
		}
	}
	line = strings.ReplaceAll(strings.TrimSuffix(line, "."), "|", "/")
	return strings.NewReplacer("[", "", "]", "").Replace(line)
}

// streams are the categories under which each chamber's package is stored.
func streams(t *testing.T) map[string][]string {
	t.Helper()
	out := map[string][]string{"series": {"series-<year>"}}
	for _, file := range source(t, false) {
		constants := map[string]string{}
		tree := parse(t, file)
		ast.Inspect(tree, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == 1 {
				if value, ok := text(spec.Values[0]); ok {
					constants[spec.Names[0].Name] = value
				}
			}
			return true
		})
		ast.Inspect(tree, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || name(call.Fun) != "New" || len(call.Args) != 3 {
				return true
			}
			events, ok := call.Args[2].(*ast.CallExpr)
			if !ok || name(events.Fun) != "Events" {
				return true
			}
			category, literal := text(call.Args[1])
			if !literal {
				category = constants[name(call.Args[1])]
			}
			sel, ok := events.Fun.(*ast.SelectorExpr)
			if !ok || category == "" {
				return true
			}
			chamber := name(sel.X)
			if _, told := out[chamber]; !told || chamber == "policy" {
				out[chamber] = append(out[chamber], category+"-"+placeholder(category))
			}
			return true
		})
	}
	return out
}

// placeholder says what a stream of a category is named after.
func placeholder(category string) string {
	known := map[string]string{
		"adopted": "<service>.<kind>", "assignment": "<request id>", "calendar": "<technician>-<ISO year and week>",
		"consent": "<request id>", "legal": "<referral id>", "notification": "<request id>", "policy": "<kind>", "recording": "<session id>",
		"parking": "<listener>.<service>.<event stream>",
	}
	if what, ok := known[category]; ok {
		return what
	}
	return "<" + category + " id>"
}

// message finds a message with the comment before it.
var message = regexp.MustCompile(`(?m)((?:^//.*\n)+)message (\w+) \{`)

// public tells of every public event: the messages whose comment begins with their
// name and a colon.
func public(t *testing.T) string {
	t.Helper()
	var out strings.Builder
	schemas := slices.DeleteFunc(files(t, "proto/aanvraag", ".proto"), func(file string) bool {
		return path.Base(file) != "events.proto" && path.Base(file) != "policy.proto"
	})
	for _, file := range schemas {
		service := strings.Split(file, "/")[2]
		fmt.Fprintf(&out, "\n### %s\n\nSchema: [%s](../%s).\n\n| event | meaning | fields |\n|---|---|---|\n",
			service, strings.TrimPrefix(file, "proto/"), file)
		for _, m := range message.FindAllStringSubmatch(read(t, file), -1) {
			comment := strings.ReplaceAll(m[1], "//", "")
			line := strings.Join(strings.Fields(comment), " ")
			if !strings.HasPrefix(line, m[2]+": ") {
				continue
			}
			found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName("aanvraag." + service + ".v1." + m[2]))
			if err != nil {
				t.Errorf("%s: %v; run .ci/generate", file, err)
				continue
			}
			fmt.Fprintf(&out, "| `%s` | %s | %s |\n", m[2], sentence(line, m[2]), fields(found.(protoreflect.MessageDescriptor)))
		}
	}
	return out.String()
}

func fields(m protoreflect.MessageDescriptor) string {
	var out []string
	for i := range m.Fields().Len() {
		f := m.Fields().Get(i)
		kind := f.Kind().String()
		switch {
		case f.IsMap():
			kind = "map"
		case f.Kind() == protoreflect.EnumKind:
			kind = string(f.Enum().Name())
		case f.Kind() == protoreflect.MessageKind:
			kind = string(f.Message().Name())
		}
		if f.IsList() {
			kind = "list of " + kind
		}
		out = append(out, fmt.Sprintf("`%s` %s", f.Name(), kind))
	}
	return strings.Join(out, ", ")
}
