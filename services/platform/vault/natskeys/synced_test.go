package natskeys_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/vault/natskeys"
)

func TestAServerThatSyncsAlwaysIsAccepted(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	create(t, site.open(site.newList()), "fiscal/a", "one")
}

func TestAServerThatDoesNotSyncIsRefused(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	site.server.Shutdown()
	site.start(true)
	if _, err := natskeys.Open(t.Context(), site.process(site.newList())); !errors.Is(err, natskeys.ErrUnsynced) {
		t.Errorf("open = %v, want ErrUnsynced", err)
	}
}

func TestWhereItCannotBeToldTheServerIsRefused(t *testing.T) {
	t.Parallel()
	site, other := newSite(t), newSite(t)
	none, application, another := site.process(site.newList()), site.process(site.newList()), site.process(site.newList())
	none.System = nil
	application.System = site.application()
	another.System = dial(t, other.server.URL(), bus.AsSystem(other.dir))
	for name, cfg := range map[string]natskeys.Config{
		"no system connection": none, "not the system's account": application, "another server's system account": another,
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			defer cancel()
			if _, err := natskeys.Open(ctx, cfg); !errors.Is(err, natskeys.ErrSyncUnknown) {
				t.Errorf("open = %v, want ErrSyncUnknown", err)
			}
		})
	}
}

func TestAServerThatCameBackWithoutSyncingGetsNoWrite(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	store := site.open(site.newList())
	create(t, store, "fiscal/a", "one")
	site.server.Shutdown()
	site.start(true)
	within(t, "refusal", func() bool {
		got, err := store.Create(t.Context(), key("fiscal/b", "two"))
		if err == nil {
			t.Fatalf("created %q", got)
		}
		return errors.Is(err, natskeys.ErrUnsynced)
	})
	<-store.Failed()
	if _, err := store.Destroy(t.Context(), "fiscal/a", noon); !errors.Is(err, natskeys.ErrUnsynced) {
		t.Errorf("destroy = %v, want ErrUnsynced", err)
	}
	if store.Current() {
		t.Error("keys that were read before are still used")
	}
}

func TestAStoreIsUsedAgainOnceItsServerIsBack(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	store := site.open(site.newList())
	create(t, store, "fiscal/a", "one")
	within(t, "first answer", store.Current)
	site.server.Shutdown()
	within(t, "the server is missed", func() bool { return !store.Current() })
	if _, err := store.Get(t.Context(), "fiscal/a"); err == nil {
		t.Error("it answered without a server")
	}
	site.start(false)
	within(t, "the server is found", store.Current)
	within(t, "it is known to sync", func() bool {
		got, err := store.Create(t.Context(), key("fiscal/b", "two"))
		return err == nil && string(got[0]) == "two"
	})
	if got, err := store.Get(t.Context(), "fiscal/a"); err != nil || string(got) != "one" {
		t.Errorf("get = %q, %v", got, err)
	}
}

func TestAStoreWaitsForAServerThatIsNotThereYet(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	site.server.Shutdown()
	opened := make(chan error, 1)
	cfg := site.process(site.newList())
	go func() {
		store, err := natskeys.Open(context.Background(), cfg)
		if err == nil {
			err = store.Close()
		}
		opened <- err
	}()
	site.start(false)
	if err := <-opened; err != nil {
		t.Error(err)
	}
}
