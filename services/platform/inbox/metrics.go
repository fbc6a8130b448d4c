package inbox

import "github.com/prometheus/client_golang/prometheus"

// metrics have no labels but service (the publishing one) and type, and type only
// where a handler is known, so nobody outside chooses their number.
type metrics struct {
	handled, failed                    *prometheus.CounterVec
	ignored, repeated, fetched, queued *prometheus.CounterVec
	parked                             prometheus.GaugeFunc
}

func newMetrics(listener string, parked func() float64) metrics {
	own := prometheus.Labels{"listener": listener}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "aanvraag_inbox_" + name + "_total", Help: help, ConstLabels: own,
		}, labels)
	}
	return metrics{
		handled:  counter("handled", "Events handled.", "service", "type"),
		failed:   counter("failed", "Tries of an event that failed.", "service", "type"),
		ignored:  counter("ignored", "Events of a type without handler.", "service"),
		repeated: counter("repeated", "Deliveries of events that were handled before.", "service"),
		fetched:  counter("fetched", "Events fetched because a later one came first.", "service"),
		queued:   counter("queued", "Deliveries of events that queue behind a parked one.", "service"),
		parked: prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "aanvraag_inbox_parked", Help: "Event streams that are parked.", ConstLabels: own,
		}, parked),
	}
}

func (m metrics) collectors() []prometheus.Collector {
	return []prometheus.Collector{m.handled, m.failed, m.ignored, m.repeated, m.fetched, m.queued, m.parked}
}
