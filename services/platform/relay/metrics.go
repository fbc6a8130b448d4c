package relay

import (
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/prometheus/client_golang/prometheus"

	"aanvraag.internal/services/platform/bus"
)

// metrics have no labels but service and type, so nothing personal is in them.
type metrics struct {
	position prometheus.GaugeFunc
	events   *prometheus.CounterVec
	rereads  prometheus.Counter
}

func newMetrics(service string, r *Relay) metrics {
	labels := prometheus.Labels{"service": service}
	return metrics{
		position: prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "aanvraag_relay_position", ConstLabels: labels,
			Help: "Position of the log through which every public event is on the bus.",
		}, func() float64 { return float64(r.Published()) }),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "aanvraag_relay_events_total", ConstLabels: labels,
			Help: "Public events published by this relay.",
		}, []string{"type"}),
		rereads: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "aanvraag_relay_rereads_total", ConstLabels: labels,
			Help: "Times the end of the bus was in doubt and read again.",
		}),
	}
}

func (m metrics) published(msg *message.Message) {
	m.events.WithLabelValues(msg.Metadata.Get(bus.HeaderType)).Inc()
}

func (m metrics) collectors() []prometheus.Collector {
	return []prometheus.Collector{m.position, m.events, m.rereads}
}
