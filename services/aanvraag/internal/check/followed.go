package check

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// followed: what must follow from an event did (R4), by the table of rules, unless
// the pair of listener and event stream is parked there.
type followed struct {
	found  *findings
	parked *parked
	hash   hasher

	causes, effects map[string][]int    // rules by event type
	presences       map[string][][]part // that rules ask about, by event type

	met     set             // effects that were seen; of rules whose effect may come first
	open    map[uint64]debt // causes whose effect was not seen yet
	present set
}

// Prefixes of hashes that tell how often something is present.
const (
	once  = "once"
	twice = "twice"
)

// debt is what must still follow.
type debt struct {
	rule   int
	where  at
	cause  string
	given  excuse // the rule holds only with it
	unless []excuse
}

// excuse is a presence for one cause, by its hashes.
type excuse struct {
	any  []uint64
	with *excuse
}

func (f *followed) there(x excuse) bool {
	return slices.ContainsFunc(x.any, f.present.has) && (x.with == nil || f.there(*x.with))
}

func newFollowed(found *findings, p *parked) *followed {
	f := &followed{
		found: found, parked: p, hash: newHasher(),
		causes: map[string][]int{}, effects: map[string][]int{}, presences: map[string][][]part{},
		met: set{}, open: map[uint64]debt{}, present: set{},
	}
	for i, r := range mustFollow {
		for _, t := range r.causes {
			f.causes[t] = append(f.causes[t], i)
		}
		for _, t := range r.effects {
			f.effects[t] = append(f.effects[t], i)
		}
		for _, p := range r.presences() {
			for _, t := range p.types {
				if !slices.ContainsFunc(f.presences[t], func(by []part) bool { return slices.Equal(by, p.by) }) {
					f.presences[t] = append(f.presences[t], p.by)
				}
			}
		}
	}
	return f
}

// presences are all that a rule asks about.
func (r rule) presences() []presence {
	all := slices.Clone(r.unless)
	if r.given != nil {
		all = append(all, *r.given)
	}
	for _, p := range slices.Clone(all) {
		if p.with != nil {
			all = append(all, *p.with)
		}
	}
	return all
}

func (f *followed) see(_ context.Context, e *event) error {
	for _, by := range f.presences[e.Type] {
		for i, key := range f.keys(e, by, once, e.Type) {
			if !f.present.add(key) {
				f.present.add(f.keys(e, by, twice, e.Type)[i])
			}
		}
	}
	for _, i := range f.effects[e.Type] {
		r := &mustFollow[i]
		if r.letter != "" && r.letter != e.names.Kind {
			continue
		}
		if r.by != nil {
			for _, key := range f.keys(e, r.by, strconv.Itoa(i)) {
				f.met.add(key)
				delete(f.open, key)
			}
		} else if s := e.meta.Source; s != nil && s.Handler == r.listener {
			delete(f.open, f.bySource(i, s.Stream, int64(s.Revision)))
		}
	}
	for _, i := range f.causes[e.Type] {
		r := &mustFollow[i]
		if r.stream != "" && r.stream != e.Stream || r.when != nil && !r.when(e) {
			continue
		}
		if r.by == nil {
			f.open[f.bySource(i, e.Stream, int64(e.Revision))] = f.debt(i, e)
			continue
		}
		for _, key := range f.keys(e, r.by, strconv.Itoa(i)) {
			if !f.met.has(key) {
				f.open[key] = f.debt(i, e)
			}
		}
	}
	return nil
}

func (f *followed) debt(i int, e *event) debt {
	d := debt{rule: i, where: e.at(), cause: e.Type}
	r := &mustFollow[i]
	if r.given != nil {
		d.given = f.excuse(e, *r.given)
	}
	for _, p := range r.unless {
		d.unless = append(d.unless, f.excuse(e, p))
	}
	return d
}

func (f *followed) excuse(e *event, p presence) (x excuse) {
	often := once
	if p.twice {
		often = twice
	}
	for _, t := range p.types {
		x.any = append(x.any, f.keys(e, p.by, often, t)...)
	}
	if p.with != nil {
		with := f.excuse(e, *p.with)
		x.with = &with
	}
	return x
}

func (f *followed) bySource(rule int, stream string, revision int64) uint64 {
	return f.hash.of(strconv.Itoa(rule), stream, strconv.FormatInt(revision, 10))
}

// keys are the hashes of what an event names, one for each of its appointments where
// those count. What it does not name it has no key for.
func (f *followed) keys(e *event, by []part, prefix ...string) []uint64 {
	several := 1
	if slices.Contains(by, appointment) && e.category != "appointment" && e.names.AppointmentIDs != nil {
		several = len(e.names.AppointmentIDs)
	}
	out := make([]uint64, 0, several)
	parts := make([]string, 0, 8)
next:
	for i := range several {
		parts = append(parts[:0], prefix...)
		for _, p := range by {
			name := p.of(e, i)
			if name == "" {
				continue next
			}
			parts = append(parts, name)
		}
		out = append(out, f.hash.of(parts...))
	}
	return out
}

func (f *followed) end(context.Context) error {
	for _, key := range f.inOrder() {
		d := f.open[key]
		r := mustFollow[d.rule]
		if r.given != nil && !f.there(d.given) || slices.ContainsFunc(d.unless, f.there) {
			continue
		}
		if f.parked.covers(r.listener, d.where.stream, d.where.revision) {
			continue
		}
		effects := strings.Join(r.effects, " or ")
		if r.letter != "" {
			effects += " of kind " + r.letter
		}
		f.found.addf(NotHandled, d.where, "%s did not lead to %s in %s", d.cause, effects, r.listener)
	}
	return nil
}

// inOrder are what is open, in the order of the log and then of the table.
func (f *followed) inOrder() []uint64 {
	return slices.SortedFunc(maps.Keys(f.open), func(a, b uint64) int {
		one, other := f.open[a], f.open[b]
		return cmp.Or(cmp.Compare(one.where.position, other.where.position), cmp.Compare(one.rule, other.rule))
	})
}
