package torture

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// powercut cuts the power of a file system under a process that writes the event
// log, the vault's keys and the mail spool, at any moment from its start on. The
// file system lies in a file: it is stopped without its journal (FS_IOC_SHUTDOWN),
// mounted again, and everything is opened as after a start of the machine.
//
// What must hold: whatever was acknowledged is there, to the byte. The log's chains
// are whole and its positions have no hole; every key that was told of opens what
// was sealed with it, and every destroyed key stays destroyed; a letter is whole or
// is not there. Everything opens without a hand's turn.
//
// Control groups: JetStream as it comes acknowledges before it syncs, and must lose
// acknowledged messages. JetStream that syncs always must lose none, or the cut takes
// more than a power cut does.
//
// Seen to fail without: synchronous=FULL of the log; the same of the keys; the sync of a
// letter before it gets its name, and of its name.
var powercut = Program{
	Name: "powercut", Title: "a power cut of the file system", Unit: "cuts",
	Quick: 10, Long: 1000,
	Run: func(ctx context.Context, t *Try) error { return t.aside(ctx, "powercut/disk") },
	Parts: map[string]Part{
		"powercut/disk":   other(cutPower),
		"powercut/victim": victim,
	},
}

// Of one file system: cuts until there is a new one, and megabytes.
const (
	cutsOfADisk = 20
	diskSize    = 512
)

func cutPower(ctx context.Context, t *Try) error {
	random := t.Rand(0)
	t.Count("lost", 0)
	for n := 0; t.More(); n++ {
		if err := t.onADisk(ctx, n, random); err != nil {
			return err
		}
	}
	return nil
}

// onADisk cuts the power of one file system again and again, first once under each
// control group.
func (t *Try) onADisk(ctx context.Context, n int, random *rand.Rand) (err error) {
	dir := filepath.Join(t.Dir, strconv.Itoa(n))
	d, err := makeDisk(ctx, dir, diskSize)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.unmount(context.WithoutCancel(ctx)), os.RemoveAll(dir)) }()
	for _, group := range []string{"jetstream", "synced jetstream"} {
		a := newAcks()
		if err := t.cutUnder(ctx, d, group, a, random); err != nil {
			return err
		}
		lost, err := a.messages(ctx, d.root, group)
		t.Count("lost by "+group, lost)
		switch synced := group != "jetstream"; {
		case err != nil:
			return err
		case synced && lost > 0:
			return &Harness{fmt.Sprintf("JetStream that syncs always lost %d messages", lost)}
		case !synced && lost == 0:
			return &Harness{"JetStream that syncs every two minutes lost nothing"}
		}
	}
	a := newAcks()
	for range cutsOfADisk {
		if !t.More() {
			break
		}
		if err := t.cutUnder(ctx, d, "ours", a, random); err != nil {
			return err
		}
		began := startWatch()
		if err := a.check(ctx, t, d.root); err != nil {
			return err
		}
		t.Longest("slowest check", began.took())
		t.Did(1)
	}
	return nil
}

// cutUnder runs a victim, cuts the power under it, and mounts again. What was
// acknowledged comes into a.
func (t *Try) cutUnder(ctx context.Context, d *disk, group string, a *acks, random *rand.Rand) error {
	p, err := t.Start(ctx, "powercut/victim", group, d.root, strconv.FormatUint(random.Uint64(), 10))
	if err != nil {
		return err
	}
	a.close(false)
	began, heard := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(heard)
		a.hear(p, group, began)
	}()
	err = t.cutOff(ctx, d, random, group, a, began, heard)
	_ = p.cmd.Process.Kill()
	<-heard
	p.kill()
	if err != nil {
		return fmt.Errorf("%w: %s", err, p.said)
	}
	if group == "ours" {
		t.Count("acknowledged", a.fresh())
	} else {
		t.Count("acknowledged by "+group, a.fresh())
	}
	if err := d.unmount(ctx); err != nil {
		return err
	}
	if err := d.mount(ctx); err != nil {
		return broken("the file system does not come back: %v", err)
	}
	return nil
}

var errEarly = errors.New("the victim ended before its time")

// cutOff waits for a moment to cut, and cuts.
func (*Try) cutOff(ctx context.Context, d *disk, random *rand.Rand, group string, a *acks, began, heard <-chan struct{}) error {
	wait := time.Duration(5+random.IntN(120)) * time.Millisecond
	if group != "ours" || random.IntN(4) > 0 { // else while it starts
		select {
		case <-began:
		case <-heard:
			return errEarly
		}
	}
	if err := pause(ctx, wait); err != nil {
		return err
	}
	select {
	case <-heard:
		return errEarly
	default:
	}
	a.close(true)
	if err := d.cut(); err != nil {
		return &NotRun{fmt.Sprintf("FS_IOC_SHUTDOWN: %v", err)}
	}
	return nil
}
