package check

import "context"

// ended: a request was cancelled or refused, or its work began, and never both: of
// the two at the same instant exactly one wins. Work that was undone, since its
// session could not be, did not begin.
type ended struct {
	found *findings
	over  map[string]at     // by request: its end
	began map[string]string // by appointment that started: its request
}

func newEnded(found *findings) *ended {
	return &ended{found: found, over: map[string]at{}, began: map[string]string{}}
}

func (x *ended) see(_ context.Context, e *event) error {
	switch e.Type {
	case "request.cancelled.v1", "request.refused.v1":
		x.over[e.id] = e.at()
	case "appointment.started.v1":
		x.began[e.id] = e.names.SupportRequestID
	case "appointment.cancelled.v1":
		delete(x.began, e.id)
	}
	return nil
}

func (x *ended) end(context.Context) error {
	for _, id := range sorted(x.began) {
		if where, both := x.over[x.began[id]]; both {
			x.found.addf(BothWon, where, "work of this request began under appointment %s", id)
		}
	}
	return nil
}
