package inbox

import "github.com/prometheus/client_golang/prometheus"

// metrics have no labels but service (the publishing one) and type, and type only
// where a handler is known, so nobody outside chooses their number.
type metrics struct {
	handled, failed            *prometheus.CounterVec
	ignored, repeated, fetched *prometheus.CounterVec
}

func newMetrics(listener string) metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "aanvraag_inbox_" + name + "_total", Help: help,
			ConstLabels: prometheus.Labels{"listener": listener},
		}, labels)
	}
	return metrics{
		handled:  counter("handled", "Events handled.", "service", "type"),
		failed:   counter("failed", "Tries of an event that failed.", "service", "type"),
		ignored:  counter("ignored", "Events of a type without handler.", "service"),
		repeated: counter("repeated", "Deliveries of events that were handled before.", "service"),
		fetched:  counter("fetched", "Events fetched because a later one came first.", "service"),
	}
}

func (m metrics) collectors() []prometheus.Collector {
	return []prometheus.Collector{m.handled, m.failed, m.ignored, m.repeated, m.fetched}
}
