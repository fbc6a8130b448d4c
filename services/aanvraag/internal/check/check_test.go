package check

import (
	"slices"
	"strings"
	"testing"

	"aanvraag.internal/services/aanvraag/internal/system"
)

// Each invariant is broken on purpose, in a copy of a world that is whole, and is
// named; nothing else is.
func TestWhatIsBrokenIsNamedAndNothingElse(t *testing.T) {
	world := record(t)
	t.Run("nothing", func(t *testing.T) {
		o, err := Stopped(world.dir, quiet)
		must(t, err)
		defer func() { must(t, o.Close()) }()
		o.Acknowledged = world.acknowledged
		found, err := All(t.Context(), o.Subject)
		must(t, err)
		for _, f := range found {
			t.Errorf("as it was recorded: %s", f)
		}
		if found := world.of(t).whole().found(); found != nil {
			t.Errorf("in a copy: %v", found)
		}
	})
	for _, part := range []struct {
		name   string
		broken map[string]broken
	}{
		{"log", brokenLog()},
		{"bus", brokenBus()},
		{"invoices", brokenInvoices()},
		{"slots", brokenSlots()},
		{"letters", brokenLetters()},
		{"views", brokenViews()},
		{"keys", brokenKeys()},
		{"recordings", brokenBlobs()},
	} {
		t.Run(part.name, func(t *testing.T) {
			for _, name := range sorted(part.broken) {
				t.Run(name, func(t *testing.T) {
					b := part.broken[name]
					c := world.of(t)
					b.make(c)
					if got := c.found(); !slices.Equal(got, b.found) {
						t.Errorf("found %v, want %v", got, b.found)
					}
				})
			}
		})
	}
	t.Run("at rest", func(t *testing.T) { atRest(t, world) })
	t.Run("every rule of what must follow", func(t *testing.T) { everyRule(t, world) })
	t.Run("a name of every finding", func(t *testing.T) {
		seen := map[Name]bool{}
		for _, list := range []map[string]broken{
			brokenLog(), brokenBus(), brokenInvoices(), brokenSlots(), brokenLetters(), brokenViews(), brokenKeys(), brokenBlobs(),
		} {
			for _, b := range list {
				for _, n := range b.found {
					seen[n] = true
				}
			}
		}
		for n := range rules {
			if !seen[n] {
				t.Errorf("nothing is broken so that %s is found", n)
			}
		}
	})
}

type broken struct {
	make  func(*copied)
	found []Name
}

// everyRule hides from each rule what follows, and the rule must miss it; what the
// world does not show the rule's cause of would prove nothing.
func everyRule(t *testing.T, world recording) {
	p := newParser(Subject{Store: world.of(t).Store})
	parsed := make([]event, len(world.log))
	for i, r := range world.log {
		parsed[i].Recorded = r
		p.parse(&parsed[i])
	}
	for i, r := range mustFollow {
		for _, cause := range r.causes {
			found := &findings{}
			f := newFollowed(found, newParked(Subject{}, found))
			for _, hidden := range r.effects {
				rest := f.effects[hidden]
				f.effects[hidden] = slices.DeleteFunc(slices.Clone(rest), func(j int) bool { return j == i })
			}
			for j := range parsed {
				must(t, f.see(t.Context(), &parsed[j]))
			}
			must(t, f.end(t.Context()))
			if !slices.ContainsFunc(found.list, func(f Finding) bool { return strings.HasPrefix(f.Problem, cause+" ") }) && cause != "assignment.appointment_voided.v1" {
				t.Errorf("rule %d does not miss what follows from %s: %v", i, cause, found.list)
			}
		}
	}
}

func TestNoServiceIsForgotten(t *testing.T) {
	var names []string
	for _, f := range services() {
		names = append(names, f.Name)
	}
	if !slices.Equal(names, system.Services()) {
		t.Errorf("%v are looked at, and there are %v", names, system.Services())
	}
}

func TestADirectoryWithoutALogIsNotLookedAt(t *testing.T) {
	if _, err := Beside(t.TempDir()); err == nil {
		t.Error("something was found where nothing is")
	}
	if _, err := Stopped(t.TempDir(), quiet); err == nil {
		t.Error("something was found where nothing is")
	}
	if _, err := All(t.Context(), Subject{}); err == nil {
		t.Error("no log was looked at")
	}
}
