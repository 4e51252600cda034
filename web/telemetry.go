package web

import (
	"net/http"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"waybill/shop"
)

// Telemetry holds what /metrics shows. Labels are bounded: route patterns, known
// methods, status classes, error codes.
type Telemetry struct {
	registry  *prometheus.Registry
	requests  *prometheus.CounterVec
	durations *prometheus.HistogramVec
	inFlight  prometheus.Gauge
	streams   prometheus.Gauge
	placed    prometheus.Counter
	refused   *prometheus.CounterVec
}

// NewTelemetry makes a registry of its own, with the process, the Go runtime and the
// named connection pools in it.
func NewTelemetry(pools map[string]*pgxpool.Pool) *Telemetry {
	t := &Telemetry{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "waybill_http_requests_total", Help: "Requests answered."}, []string{"method", "route", "class"}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "waybill_http_request_duration_seconds", Help: "Time to answer; live streams are left out.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}}, []string{"method", "route"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "waybill_http_in_flight", Help: "Requests being answered now, live streams included."}),
		streams: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "waybill_sse_clients", Help: "Open live streams."}),
		placed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "waybill_orders_placed_total", Help: "Orders placed by this process."}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "waybill_orders_refused_total", Help: "Orders refused by this process."}, []string{"code"}),
	}
	t.registry.MustRegister(t.requests, t.durations, t.inFlight, t.streams, t.placed, t.refused,
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for name, pool := range pools {
		t.registry.MustRegister(newPoolCollector(name, pool))
	}
	return t
}

// OrdersPlaced counts n orders that were placed.
func (t *Telemetry) OrdersPlaced(n int) { t.placed.Add(float64(n)) }

// OrderRefused counts an order that was refused, by its error code.
func (t *Telemetry) OrderRefused(code shop.Code) { t.refused.WithLabelValues(string(code)).Inc() }

// requestDone counts a request. Streams last as long as a page is open, which says
// nothing of our speed, so their time is not measured.
func (t *Telemetry) requestDone(r *http.Request, route string, status int, taken time.Duration) {
	method := methodOf(r)
	t.requests.WithLabelValues(method, route, strconv.Itoa(status/100)+"xx").Inc()
	if !recordOf(r.Context()).stream.Load() {
		t.durations.WithLabelValues(method, route).Observe(taken.Seconds())
	}
}

func (t *Telemetry) handler() http.Handler {
	return promhttp.HandlerFor(t.registry, promhttp.HandlerOpts{Registry: t.registry})
}

// poolCollector reads a connection pool when Prometheus asks.
type poolCollector struct {
	pool   *pgxpool.Pool
	gauges []poolGauge
}

type poolGauge struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	read func(*pgxpool.Stat) float64
}

func newPoolCollector(name string, pool *pgxpool.Pool) *poolCollector {
	c := &poolCollector{pool: pool}
	add := func(metric, help string, kind prometheus.ValueType, read func(*pgxpool.Stat) float64) {
		desc := prometheus.NewDesc("waybill_db_pool_"+metric, help, nil, prometheus.Labels{"pool": name})
		c.gauges = append(c.gauges, poolGauge{desc, kind, read})
	}
	add("connections_max", "Most connections the pool may open.", prometheus.GaugeValue,
		func(s *pgxpool.Stat) float64 { return float64(s.MaxConns()) })
	add("connections_in_use", "Connections at work.", prometheus.GaugeValue,
		func(s *pgxpool.Stat) float64 { return float64(s.AcquiredConns()) })
	add("connections_idle", "Open connections without work.", prometheus.GaugeValue,
		func(s *pgxpool.Stat) float64 { return float64(s.IdleConns()) })
	add("acquires_total", "Connections handed out.", prometheus.CounterValue,
		func(s *pgxpool.Stat) float64 { return float64(s.AcquireCount()) })
	add("waits_total", "Times a caller had to wait because none was idle.", prometheus.CounterValue,
		func(s *pgxpool.Stat) float64 { return float64(s.EmptyAcquireCount()) })
	add("wait_seconds_total", "Time callers waited because none was idle.", prometheus.CounterValue,
		func(s *pgxpool.Stat) float64 { return s.EmptyAcquireWaitTime().Seconds() })
	add("waits_given_up_total", "Times a caller's deadline ended its wait.", prometheus.CounterValue,
		func(s *pgxpool.Stat) float64 { return float64(s.CanceledAcquireCount()) })
	return c
}

// Describe is half of prometheus.Collector.
func (c *poolCollector) Describe(out chan<- *prometheus.Desc) {
	for _, g := range c.gauges {
		out <- g.desc
	}
}

// Collect is the other half; all values are of one moment.
func (c *poolCollector) Collect(out chan<- prometheus.Metric) {
	stat := c.pool.Stat()
	for _, g := range c.gauges {
		out <- prometheus.MustNewConstMetric(g.desc, g.kind, g.read(stat))
	}
}
