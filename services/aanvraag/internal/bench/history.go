package bench

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	billingv1 "aanvraag.internal/proto/gen/aanvraag/billing/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/aanvraag/internal/system"
	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/sqlite"
	"aanvraag.internal/services/platform/inbox"
)

// history makes logs of any length that the system takes for its own. The system
// records one life, from consent to settlement, and copies of it under new ids are
// appended straight to the engine.
//
// A copy is a life that could have been. Ids that a client chose are new; what the
// system derives from others (ids of events, of the commands of reactions, of the
// invoice of a request) is derived anew, so a reaction that meets a copied event
// finds that it was done. Invoice numbers run on, several to one event of the
// series, as under load. Chain hashes are the engine's own work. Three things are
// not as in life: each copy has a technician of its own, its reference is a
// counter, and what is sealed stays under the keys of the first life, so nothing
// opens it. The life has no recording, because each has a key outside the log.
type history struct {
	data   string                // where the life was recorded, and its keys are
	seeds  []eventstore.Recorded // what the log holds before it
	pieces []piece
	rules  map[string]func(*clone) string // how a text of the life becomes a copy's, where it is no new id
}

// piece is one append: what one command recorded in one stream.
type piece struct {
	stream  cutting
	command string
	series  bool // it gives the invoice its number
	events  []copied
}

// copied is one event of the life.
type copied struct {
	name           string
	data, metadata cutting
}

// cutting is a text of the life with the places of what is another, of the same
// length, in each copy.
type cutting struct {
	text   string
	places []place
}

type place struct {
	at   int
	text string
}

// clone is one copy under way.
type clone struct {
	*history
	number int // from 1; its invoice's too
	texts  map[string]string
	heads  map[string]eventstore.Head
}

// of gives what a text of the life is in this copy.
func (c *clone) of(text string) string {
	if known, has := c.texts[text]; has {
		return known
	}
	var out string
	if rule, derived := c.rules[text]; derived {
		out = rule(c)
	} else {
		out = uuid.NewSHA1(uuid.MustParse(text), fmt.Append(nil, c.number)).String()
	}
	c.texts[text] = out
	return out
}

func (c *clone) id(text string) uuid.UUID { return uuid.MustParse(c.of(text)) }

func (c *clone) fill(t cutting) []byte {
	out := []byte(t.text)
	for _, p := range t.places {
		copy(out[p.at:], c.of(p.text))
	}
	return out
}

// record lets a server record the life that is copied.
func (b *bench) record(ctx context.Context) (_ *history, err error) {
	data := filepath.Join(b.shared, "life")
	p, err := b.serve(ctx, data)
	if err != nil {
		return nil, err
	}
	ended := false
	defer func() {
		if !ended {
			err = errors.Join(err, p.close())
		}
	}()
	if _, _, err := p.rest(ctx); err != nil {
		return nil, err
	}
	before, err := read(ctx, data)
	if err != nil {
		return nil, err
	}
	request, invoice, err := p.liveOnce(ctx)
	if err != nil {
		return nil, fmt.Errorf("a first life: %w", err)
	}
	if _, _, err := p.rest(ctx); err != nil {
		return nil, err
	}
	ended = true
	if err := p.close(); err != nil {
		return nil, err
	}
	events, err := read(ctx, data)
	if err != nil {
		return nil, err
	}
	h := &history{data: data, seeds: before}
	return h, h.cut(events[len(before):], request, invoice)
}

// technician is the one of the first life; each copy's has another number.
const technician = "technician-0000000"

// liveOnce takes one request through its whole life, and waits for what must have
// happened before each step.
func (p *process) liveOnce(ctx context.Context) (*intakev1.SupportRequest, *billingv1.Invoice, error) {
	d, err := p.desk()
	if err != nil {
		return nil, nil, err
	}
	defer d.Close()
	c := d.NewCase(uuid.NewString())
	c.Technician, c.Recorded = technician, false
	var invoice *billingv1.Invoice
	var request *intakev1.SupportRequest
	for _, step := range []func() error{
		func() error { return c.Consent(ctx) },
		func() error { _, err := c.Submit(ctx); return err },
		func() error { _, err := c.Accept(ctx); return err },
		func() error { _, err := c.Book(ctx); return err },
		func() error { _, err := c.StartSession(ctx); return err },
		func() error { return d.Advance(ctx, 20*time.Minute) },
		func() error { return c.NoteWork(ctx) },
		func() error { _, err := c.EndSession(ctx); return err },
		func() error { _, err := c.Close(ctx); return err },
		func() error {
			_, err := c.Await(ctx, intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_INVOICED)
			return err
		},
		func() error { _, _, err := p.rest(ctx); return err }, // then the invoice is listed
		func() (err error) {
			if invoice, err = c.Invoice(ctx); err == nil && invoice == nil {
				err = errors.New("the invoice is not listed")
			}
			return err
		},
		func() error {
			_, err := c.Pay(ctx, 1, invoice.GetPaymentReference(), invoice.GetTotalIncludingVat().GetCents())
			return err
		},
		func() (err error) {
			request, err = c.Await(ctx, intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_SETTLED)
			return err
		},
	} {
		if err := step(); err != nil {
			return nil, nil, err
		}
	}
	return request, invoice, nil
}

// errUnexplained says that the system derives ids in a way that a copy would not.
var errUnexplained = errors.New("history.go does not know how this id is derived")

// cut learns from the events of a life how to copy it.
func (h *history) cut(events []eventstore.Recorded, request *intakev1.SupportRequest, invoice *billingv1.Invoice) error {
	year, _, _ := strings.Cut(invoice.GetNumber(), "-")
	number := func(c *clone) string { return fmt.Sprintf("%s-%06d", year, c.number) }
	h.rules = map[string]func(*clone) string{
		technician:             func(c *clone) string { return fmt.Sprintf("technician-%07d", c.number) },
		request.GetReference(): func(c *clone) string { return fmt.Sprintf("A-%04d-%04d", c.number/10000, c.number%10000) },
		invoice.GetNumber():    number,
		// The check digits of a copy do not agree; nobody pays it again.
		invoice.GetPaymentReference(): func(c *clone) string {
			return invoice.GetPaymentReference()[:4] + strings.ReplaceAll(number(c), "-", "")
		},
	}
	var literal []string
	for text := range h.rules {
		literal = append(literal, regexp.QuoteMeta(text))
	}
	varying := regexp.MustCompile(`[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|` + strings.Join(literal, "|"))
	cut := func(text string) cutting {
		t := cutting{text: text}
		for _, at := range varying.FindAllStringIndex(text, -1) {
			t.places = append(t.places, place{at[0], text[at[0]:at[1]]})
		}
		return t
	}
	h.deriveRequest(request.GetSupportRequestId())
	for _, e := range events {
		var m eventstore.Metadata
		if err := json.Unmarshal(e.Metadata, &m); err != nil {
			return fmt.Errorf("metadata of event %d of %s: %w", e.Revision, e.Stream, err)
		}
		command, stream := m.CommandID.String(), cut(e.Stream)
		series := strings.HasPrefix(e.Stream, "series-")
		if _, derived := h.rules[command]; m.Source != nil && !derived && !series {
			return fmt.Errorf("%w: the command of %s in %s", errUnexplained, e.Type, e.Stream)
		}
		if m.CommandIndex == 0 {
			h.pieces = append(h.pieces, piece{stream: stream, command: command, series: series})
		}
		h.deriveEvent(e, stream, command, m.CommandIndex)
		p := &h.pieces[len(h.pieces)-1]
		p.events = append(p.events, copied{e.Type, cut(string(e.Data)), cut(string(e.Metadata))})
	}
	if _, derived := h.rules[invoice.GetInvoiceId()]; !derived {
		return fmt.Errorf("%w: invoice %s", errUnexplained, invoice.GetInvoiceId())
	}
	return nil
}

// billing is the name space of the ids that billing derives. [history.cut] finds
// out when it is not.
var billing = uuid.MustParse("3a1f3c5e-0a39-5f0e-8f0b-6d3a3a5c7b21")

// deriveRequest says which ids follow from a request's.
func (h *history) deriveRequest(request string) {
	subject := func(id uuid.UUID) string { return uuid.NewSHA1(id, []byte("subject")).String() }
	invoice := func(id string) string { return uuid.NewSHA1(billing, []byte("invoice "+id)).String() }
	h.rules[subject(uuid.MustParse(request))] = func(c *clone) string { return subject(c.id(request)) }
	h.rules[invoice(request)] = func(c *clone) string { return invoice(c.of(request)) }
}

// listeners are the services whose reactions derive ids, and reactions how many
// commands one of them makes of one event at most.
var listeners = []string{"audit", "billing", "consent", "intake", "notification", "scheduling"}

const reactions = 4

// deriveEvent says what an event's own id follows from, and which ids from it.
func (h *history) deriveEvent(e eventstore.Recorded, stream cutting, command string, index int) {
	own := e.ID.String()
	h.rules[own] = func(c *clone) string {
		return eventstore.EventID(string(c.fill(stream)), c.id(command), index).String()
	}
	allocation := func(event uuid.UUID) string { return uuid.NewSHA1(billing, event[:]).String() }
	h.rules[allocation(e.ID)] = func(c *clone) string { return allocation(c.id(own)) }
	for _, listener := range listeners {
		for i := range reactions {
			reaction := func(event uuid.UUID) string {
				in := inbox.Inbound{Envelope: bus.Envelope{ID: event}, Handler: listener}
				return in.Command(i, time.Time{}).CommandID.String()
			}
			h.rules[reaction(e.ID)] = func(c *clone) string { return reaction(c.id(own)) }
		}
	}
}

// cohort is how many lives are appended side by side. All invoices of a cohort get
// their numbers in one event, as those that wait at the same moment do.
const cohort = 256

// write makes a data directory with a log of about so many events; there is always
// one whole life. It answers how many events and requests the log holds.
func (h *history) write(ctx context.Context, data string, events int, b *bar) (written, requests int, err error) {
	if err := h.found(data); err != nil {
		return 0, 0, err
	}
	store, err := sqlite.Open(system.LogFile(data))
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	heads := map[string]eventstore.Head{}
	for _, e := range h.seeds {
		proposed := eventstore.Proposed{ID: e.ID, Type: e.Type, Data: e.Data, Metadata: e.Metadata}
		if err := add(ctx, store, heads, e.Stream, []eventstore.Proposed{proposed}); err != nil {
			return 0, 0, err
		}
		written++
	}
	perLife := 0
	for _, p := range h.pieces {
		perLife += len(p.events)
	}
	for requests == 0 || written+perLife <= events {
		n := max(min(cohort, (events-written)/perLife), 1)
		clones := make([]*clone, n)
		for i := range clones {
			clones[i] = &clone{history: h, number: requests + i + 1, texts: map[string]string{}, heads: map[string]eventstore.Head{}}
		}
		added, err := h.together(ctx, store, heads, clones)
		if err != nil {
			return 0, 0, err
		}
		requests += n
		written += added
		b.add(added)
	}
	return written, requests, nil
}

// found makes a data directory with the keys and the clock of the first life.
func (h *history) found(data string) error {
	keys := os.DirFS(h.data)
	return fs.WalkDir(keys, ".", func(name string, d fs.DirEntry, err error) error {
		keep := name == "." || name == "sandbox-clock" || strings.SplitN(name, "/", 2)[0] == filepath.Base(system.KeysDir(data))
		switch {
		case err != nil:
			return err
		case !keep && d.IsDir():
			return fs.SkipDir
		case !keep:
			return nil
		case d.IsDir():
			return os.MkdirAll(filepath.Join(data, name), 0o700)
		}
		content, err := fs.ReadFile(keys, name)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(data, name), content, 0o600)
	})
}

// together appends a cohort: each life on its own up to the event that gives the
// numbers, that event once, and then each on its own again.
func (h *history) together(ctx context.Context, store eventstore.Store, heads map[string]eventstore.Head, clones []*clone) (int, error) {
	added, from := 0, 0
	for at, p := range h.pieces {
		if !p.series && at+1 < len(h.pieces) {
			continue
		}
		group, all := errgroup.WithContext(ctx)
		until := at
		if !p.series {
			until++
		}
		for _, c := range clones {
			group.Go(func() error {
				for _, p := range h.pieces[from:until] {
					if err := add(all, store, c.heads, string(c.fill(p.stream)), c.propose(p)); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err := group.Wait(); err != nil {
			return 0, err
		}
		for _, p := range h.pieces[from:until] {
			added += len(p.events) * len(clones)
		}
		if p.series {
			one, err := numbered(p, clones)
			if err != nil {
				return 0, err
			}
			if err := add(ctx, store, heads, p.stream.text, one); err != nil {
				return 0, err
			}
			added++
		}
		from = at + 1
	}
	return added, nil
}

func (c *clone) propose(p piece) []eventstore.Proposed {
	out := make([]eventstore.Proposed, len(p.events))
	for i, e := range p.events {
		out[i] = eventstore.Proposed{
			ID: eventstore.EventID(string(c.fill(p.stream)), c.id(p.command), i), Type: e.name,
			Data: c.fill(e.data), Metadata: c.fill(e.metadata),
		}
	}
	return out
}

// numbered is the one event that gives a cohort its invoice numbers.
func numbered(p piece, clones []*clone) ([]eventstore.Proposed, error) {
	type numbers struct {
		First      int      `json:"first"`
		InvoiceIDs []string `json:"invoiceIds"`
		Date       string   `json:"date"`
	}
	var given numbers
	if err := json.Unmarshal([]byte(p.events[0].data.text), &given, json.RejectUnknownMembers(true)); err != nil || len(given.InvoiceIDs) != 1 {
		return nil, fmt.Errorf("%w: the numbers of %s: %w", errUnexplained, p.stream.text, err)
	}
	invoice := given.InvoiceIDs[0]
	given.First, given.InvoiceIDs = clones[0].number, nil
	for _, c := range clones {
		given.InvoiceIDs = append(given.InvoiceIDs, c.of(invoice))
	}
	data, err := json.Marshal(given, json.Deterministic(true))
	if err != nil {
		return nil, err
	}
	out := clones[0].propose(p)
	out[0].Data = data
	return out, nil
}

func add(
	ctx context.Context, store eventstore.Store, heads map[string]eventstore.Head, stream string, events []eventstore.Proposed,
) error {
	head, known := heads[stream]
	if !known {
		head = eventstore.Empty
	}
	done, err := store.Append(ctx, stream, head, events)
	if err != nil {
		return fmt.Errorf("append to %s: %w", stream, err)
	}
	heads[stream] = done.Head
	return nil
}

// read answers the whole log of a data directory that nobody serves.
func read(ctx context.Context, data string) (events []eventstore.Recorded, err error) {
	store, err := sqlite.OpenReadOnly(system.LogFile(data))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	for e, err := range store.ReadAll(ctx, 0, eventstore.Filter{}) {
		if err != nil {
			return nil, err
		}
		events = append(events, e)
	}
	return events, nil
}
