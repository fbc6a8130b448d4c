package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"time"

	"aanvraag.internal/services/aanvraag/internal/system"
	"aanvraag.internal/services/platform/eventstore/sqlite"
)

// variant is one way to run the server.
type variant struct {
	name  string
	flags []string
}

// The variants of one binary. In memory nothing is durable: that is the ceiling.
// Without group commit every append has a sync of its own: that is the floor.
var (
	theDefault = variant{name: "sqlite"}
	variants   = []variant{
		theDefault,
		{"memory", []string{"--store=memory:"}},
		{"sqlite-lone", []string{"--group-commit=false"}},
	}
)

// commands measures durable commands: how many a second, how long each takes, and
// what each costs the server's processor. Throughput counts from the first request
// to the last answer. The processor time goes on until the server is at rest, so it
// holds every reaction, view and letter that the commands led to; how long that
// took is "rest-ms". The load comes from this process, and costs "client-cpu".
//
// The variants take turns, a slice at a time, all of them up and only one at work,
// so that whatever else the machine does falls on each alike.
func commands(ctx context.Context, b *bench) (results []Result, err error) {
	most := slices.Max(b.Sizes.Clients)
	var sites []*site
	defer func() {
		for _, s := range sites {
			err = errors.Join(err, s.close())
		}
	}()
	bar := b.bar("warm-up", len(variants))
	for _, v := range variants {
		s, err := b.open(ctx, v, most)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", v.name, err)
		}
		sites = append(sites, s)
		bar.add(1)
	}
	bar.end()
	for _, clients := range b.Sizes.Clients {
		bar := b.bar(fmt.Sprintf("%d clients", clients), b.Sizes.Rounds*len(sites))
		measured := make([]turns, len(sites))
		for range b.Sizes.Rounds {
			for i, s := range sites {
				if err := s.turn(ctx, clients, b.Sizes.Slice, &measured[i]); err != nil {
					return nil, fmt.Errorf("%s: %w", s.name, err)
				}
				bar.add(1)
			}
		}
		bar.end()
		results = append(results, compare(clients, measured)...)
		if clients == most {
			results = append(results, bySteps(clients, &measured[0])...)
		}
	}
	for _, s := range sites {
		r, err := s.kept(ctx)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		if len(r.Figures) > 0 { // there is nothing of the one in memory
			results = append(results, r)
		}
	}
	disk, err := b.disk()
	return append(results, disk), err
}

// site is one variant at work.
type site struct {
	variant
	*process
	load *load
	shut bool
}

// open starts a variant and warms it up. A site that is answered must be closed.
func (b *bench) open(ctx context.Context, v variant, clients int) (_ *site, err error) {
	p, err := b.serve(ctx, b.path(v.name), v.flags...)
	if err != nil {
		return nil, err
	}
	s := &site{variant: v, process: p}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	d, err := p.desk()
	if err != nil {
		return nil, err
	}
	if s.load, err = newLoad(ctx, d, clients); err != nil {
		return nil, err
	}
	if err := s.load.warm(ctx, b.Sizes.Warm); err != nil {
		return nil, err
	}
	_, _, err = p.rest(ctx)
	return s, err
}

func (s *site) close() error {
	if s.shut {
		return nil
	}
	s.shut = true
	if s.load != nil {
		s.load.desk.Close()
	}
	return s.process.close()
}

// turns are what was measured of one variant at one number of clients.
type turns struct {
	sample
	cpu, own, rest time.Duration
	noCPU          bool // this system does not tell
}

// turn is one slice of load on a server that is at rest, and is so again afterwards.
func (s *site) turn(ctx context.Context, clients int, during time.Duration, into *turns) error {
	before, known := s.cpu()
	own := ownCPU()
	seen, err := s.load.run(ctx, clients, during)
	if err != nil {
		return err
	}
	into.own += ownCPU() - own
	into.join(seen)
	rest, after, err := s.rest(ctx)
	if err != nil {
		return err
	}
	into.rest += rest
	into.cpu += after - before
	into.noCPU = into.noCPU || !known
	return nil
}

// cost is the server's processor time of one command in microseconds.
func (t *turns) cost() float64 {
	if t.noCPU {
		return math.NaN()
	}
	return micros(t.cpu) / float64(len(t.answers))
}

// compare tells each variant's figures, and the default's against the others'.
func compare(clients int, measured []turns) []Result {
	var out []Result
	for i := range measured {
		t := &measured[i]
		all := t.times(-1)
		r := Result{Name: fmt.Sprintf("engine=%s/clients=%d", variants[i].name, clients), N: len(all)}
		r.add(t.rate(), "commands/s")
		r.add(quantile(all, 0.5), "p50-us")
		r.add(quantile(all, 0.99), "p99-us")
		r.add(t.cost(), "cpu-us/command")
		r.add(micros(t.own)/float64(len(all)), "client-cpu-us/command")
		r.add(micros(t.rest)/1000, "rest-ms")
		out = append(out, r)
	}
	for i, other := range slices.Clone(out[1:]) {
		r := Result{
			Name: fmt.Sprintf("engine=%s/clients=%d/against=%s", theDefault.name, clients, variants[i+1].name), N: out[0].N,
		}
		r.add(out[0].value("commands/s")/other.value("commands/s"), "x-commands/s")
		r.add(out[0].value("p50-us")/other.value("p50-us"), "x-p50")
		r.add(out[0].value("p99-us")/other.value("p99-us"), "x-p99")
		r.add(out[0].value("cpu-us/command")/other.value("cpu-us/command"), "x-cpu/command")
		out = append(out, r)
	}
	return out
}

// bySteps tells how long each kind of command took.
func bySteps(clients int, t *turns) []Result {
	var out []Result
	for step, name := range stepNames {
		times := t.times(step)
		if len(times) == 0 { // too brief a turn for every kind
			continue
		}
		r := Result{Name: fmt.Sprintf("engine=%s/clients=%d/rpc=%s", theDefault.name, clients, name), N: len(times)}
		r.add(quantile(times, 0.5), "rpc-p50-us")
		r.add(quantile(times, 0.99), "rpc-p99-us")
		out = append(out, r)
	}
	return out
}

// disk tells what one sync costs, for where that is suspiciously little the data
// lies in memory.
func (b *bench) disk() (_ Result, err error) {
	file, err := os.Create(b.path("sync"))
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	var times []time.Duration
	block := make([]byte, 4*kib)
	for range 100 {
		began := now()
		if _, err := file.Write(block); err != nil {
			return Result{}, err
		}
		if err := file.Sync(); err != nil {
			return Result{}, err
		}
		times = append(times, time.Since(began))
	}
	slices.Sort(times)
	r := Result{Name: "disk/write=4KiB", N: len(times)}
	r.add(quantile(times, 0.5), "sync-us")
	return r, nil
}

// kept tells, once the server has ended, what is left on the disk.
func (s *site) kept(ctx context.Context) (_ Result, err error) {
	sent := float64(s.load.sent.Load())
	r := Result{Name: "engine=" + s.name, N: int(sent)}
	if err := s.close(); err != nil {
		return r, err
	}
	file := system.LogFile(s.data)
	info, err := os.Stat(file)
	if errors.Is(err, os.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return r, err
	}
	store, err := sqlite.OpenReadOnly(file)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	end, err := store.End(ctx)
	if err != nil {
		return r, err
	}
	r.add(float64(end)/sent, "events/command")
	r.add(float64(info.Size())/float64(end), "disk-B/event")
	r.add(float64(s.load.late.Load()), "invoices-not-ready")
	return r, nil
}
