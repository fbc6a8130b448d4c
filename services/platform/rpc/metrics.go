package rpc

import (
	"context"
	"errors"

	"connectrpc.com/connect/v2"
	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts calls by procedure and code. Nothing in it tells who called or
// about what, and confidential RPCs are not in it. One Metrics serves all servers of
// a process.
type Metrics struct {
	calls   *prometheus.CounterVec
	seconds *prometheus.HistogramVec
}

// NewMetrics registers aanvraag_rpc_calls_total{procedure,code} and, for unary
// calls, aanvraag_rpc_seconds{procedure}. A second one on the same registry shares
// the counts of the first.
func NewMetrics(registry prometheus.Registerer) (*Metrics, error) {
	calls := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "aanvraag_rpc_calls_total",
		Help: "Calls that have ended, by procedure and Connect code.",
	}, []string{"procedure", "code"})
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "aanvraag_rpc_seconds",
		Help:    "How long unary calls took.",
		Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
	}, []string{"procedure"})
	var err1, err2 error
	calls, err1 = register(registry, calls)
	seconds, err2 = register(registry, seconds)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	return &Metrics{calls: calls, seconds: seconds}, nil
}

func register[C prometheus.Collector](registry prometheus.Registerer, c C) (C, error) {
	err := registry.Register(c)
	if twice, ok := errors.AsType[prometheus.AlreadyRegisteredError](err); ok {
		if standing, ok := twice.ExistingCollector.(C); ok {
			return standing, nil
		}
	}
	return c, err
}

func (m *Metrics) intercept(next connect.ServerFunc) connect.ServerFunc {
	if m == nil {
		return next
	}
	return func(ctx context.Context, spec connect.Spec, stream connect.ServerStream) error {
		if confidential(spec) {
			return next(ctx, spec, stream)
		}
		name, code := procedure(spec), connect.CodeInternal.String() // what a panic leaves
		timer := prometheus.NewTimer(prometheus.ObserverFunc(func(seconds float64) {
			m.calls.WithLabelValues(name, code).Inc()
			if spec.StreamType == connect.StreamTypeUnary {
				m.seconds.WithLabelValues(name).Observe(seconds)
			}
		}))
		defer timer.ObserveDuration()
		err := next(ctx, spec, stream)
		code = "ok"
		if err != nil {
			code = connect.CodeOf(err).String()
		}
		return err
	}
}
