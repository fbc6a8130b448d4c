package natskeys

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

var (
	// ErrUnsynced answers a server that acknowledges what a power cut can take.
	ErrUnsynced = errors.New("a server that holds the keys does not sync always; set JetStream's sync_interval to always")
	// ErrSyncUnknown answers servers of which it cannot be told.
	ErrSyncUnknown = errors.New("it cannot be told whether the servers that hold the keys sync always; a connection of their system account is needed")
)

// askAll is answered by every server, to the system account alone.
const askAll = "$SYS.REQ.SERVER.PING.JSZ"

// oldest is the oldest server version that knows the condition under which keys
// are written.
var oldest = [2]int{2, 12}

// report is what is read of a server's answer.
type report struct {
	Server struct {
		Name    string `json:"name"`
		ID      string `json:"id"`
		Version string `json:"ver"`
	} `json:"server"`
	Data struct {
		Disabled bool `json:"disabled"`
		Config   struct {
			SyncAlways bool `json:"sync_always"`
		} `json:"config"`
	} `json:"data"`
}

func (r report) check() error {
	var major, minor int
	switch {
	case r.Data.Disabled:
		return fmt.Errorf("%w: %s has no JetStream", ErrSyncUnknown, r.Server.Name)
	case !r.Data.Config.SyncAlways:
		return fmt.Errorf("%w: %s", ErrUnsynced, r.Server.Name)
	}
	if _, err := fmt.Sscanf(r.Server.Version, "%d.%d", &major, &minor); err != nil ||
		major < oldest[0] || major == oldest[0] && minor < oldest[1] {
		return fmt.Errorf("%w: server %s has version %q, older than %d.%d",
			ErrBucket, r.Server.Name, r.Server.Version, oldest[0], oldest[1])
	}
	return nil
}

// answerTime bounds how long servers may take to say how they are configured.
const answerTime = 2 * time.Second

// syncedServers answers nil once every server that holds the bucket said that it
// syncs always. The one that conn is connected to must answer as well: that shows
// that system asks the servers that conn uses. Without a cluster it is the holder.
func syncedServers(ctx context.Context, conn, system *nats.Conn, info *jetstream.StreamInfo) error {
	here := conn.ConnectedServerId()
	holders, err := holders(info)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	inbox := system.NewRespInbox()
	answers, err := system.SubscribeSync(inbox)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSyncUnknown, err)
	}
	defer func() { _ = answers.Unsubscribe() }() // or the connection is gone
	if err := system.PublishRequest(askAll, inbox, nil); err != nil {
		return fmt.Errorf("%w: %w", ErrSyncUnknown, err)
	}
	for met := false; !met || len(holders) > 0; {
		m, err := answers.NextMsgWithContext(ctx)
		if err != nil {
			return fmt.Errorf("%w: no answer from %v: %w", ErrSyncUnknown, slices.Collect(maps.Keys(holders)), err)
		}
		var r report
		if err := json.Unmarshal(m.Data, &r); err != nil {
			return fmt.Errorf("%w: %w", ErrSyncUnknown, err)
		}
		isHere := r.Server.ID == here
		met = met || isHere
		if holders[r.Server.Name] || isHere && info.Cluster == nil {
			if err := r.check(); err != nil {
				return err
			}
			delete(holders, r.Server.Name)
		}
	}
	return nil
}

// holders are the names of the servers that hold the bucket and are there. Without
// a cluster none is named.
func holders(info *jetstream.StreamInfo) (map[string]bool, error) {
	there := make(map[string]bool)
	if info.Cluster == nil {
		return there, nil
	}
	there[info.Cluster.Leader] = true
	for _, r := range info.Cluster.Replicas {
		if !r.Offline {
			there[r.Name] = true
		}
	}
	if all := len(info.Cluster.Replicas) + 1; len(there) <= all/2 {
		return nil, fmt.Errorf("%w: only %d of %d are there", ErrSyncUnknown, len(there), all)
	}
	return there, nil
}
