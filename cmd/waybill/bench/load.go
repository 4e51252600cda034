package bench

import (
	"context"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"golang.org/x/sync/errgroup"
)

const (
	maxLatency       = time.Minute // longer ones are counted as this
	latencyDigits    = 3           // significant ones that a percentile keeps
	openLoopPerSlot  = 4           // connections per client in an open loop: somebody is always free unless the server is late
	maxDialsAtOnce   = 64
	requestSizeGuess = 1 << 10
)

// Load is what a load came to. Latencies are in milliseconds.
type Load struct {
	Clients   int              `json:"clients"`
	PerSecond float64          `json:"perSecond"` // of the answers that were wanted
	P50       float64          `json:"p50Ms"`
	P99       float64          `json:"p99Ms"`
	Max       float64          `json:"maxMs"`
	Answers   map[string]int64 `json:"answers"` // by HTTP status; pgbench's are "done"
}

// wanted is how many answers had one of these statuses.
func (l Load) wanted(statuses ...string) int64 {
	var n int64
	for _, status := range statuses {
		n += l.Answers[status]
	}
	return n
}

// latencies collects times and answers of many clients.
type latencies struct {
	mu      sync.Mutex
	times   *hdrhistogram.Histogram // microseconds
	answers map[string]int64
}

func newLatencies() *latencies {
	return &latencies{
		times:   hdrhistogram.New(1, maxLatency.Microseconds(), latencyDigits),
		answers: map[string]int64{},
	}
}

func (l *latencies) add(took time.Duration, answer string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.times.RecordValue(min(max(took, time.Microsecond), maxLatency).Microseconds()) // it is in range
	l.answers[answer]++
}

func (l *latencies) quantile(percent float64) float64 {
	return float64(l.times.ValueAtQuantile(percent)) / 1000
}

// load is what they come to, but for the rate.
func (l *latencies) load(clients int) Load {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Load{
		Clients: clients, P50: l.quantile(50), P99: l.quantile(99),
		Max: float64(l.times.Max()) / 1000, Answers: l.answers,
	}
}

// maker writes a whole HTTP request behind buf and returns it.
type maker func(buf []byte, random *rand.Rand) []byte

// target is the server under load.
type target struct {
	address string // host:port
}

// connect opens n connections.
func (t target) connect(ctx context.Context, n int) ([]*wire, error) {
	wires := make([]*wire, n)
	group, dialCtx := errgroup.WithContext(ctx)
	group.SetLimit(maxDialsAtOnce)
	for i := range wires {
		group.Go(func() (err error) {
			wires[i], err = dialWire(dialCtx, ctx, t.address)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		closeAll(wires)
		return nil, err
	}
	return wires, nil
}

func closeAll(wires []*wire) {
	for _, w := range wires {
		if w != nil {
			w.close()
		}
	}
}

// closedLoop has clients that each wait for an answer before they ask again, as pgbench's do.
func (t target) closedLoop(ctx context.Context, clients int, lasts time.Duration, makeRequest maker) (Load, error) {
	began, all := time.Now(), newLatencies()
	err := t.closedLoopInto(ctx, clients, makeRequest, func(now time.Time) (*latencies, bool) { return all, now.Sub(began) < lasts })
	if err != nil {
		return Load{}, err
	}
	return all.during(time.Since(began), clients), nil
}

// counter is where a request counts that is due at a moment: nowhere if that is nil. more is false when there is nothing left to
// be measured.
type counter func(due time.Time) (into *latencies, more bool)

// closedLoopInto has clients that each wait for an answer before they ask again.
func (t target) closedLoopInto(ctx context.Context, clients int, makeRequest maker, into counter) error {
	return t.drive(ctx, clients, makeRequest, func() (request, bool) {
		now := time.Now()
		counts, more := into(now)
		return request{due: now, into: counts}, more
	})
}

// steady asks at a fixed rate for so long.
func (t target) steady(ctx context.Context, rate float64, clients int, lasts time.Duration, makeRequest maker) (Load, error) {
	began, all := time.Now(), newLatencies()
	connections := clients * openLoopPerSlot
	err := t.openLoop(ctx, rate, connections, makeRequest, func(due time.Time) (*latencies, bool) { return all, due.Sub(began) < lasts })
	if err != nil {
		return Load{}, err
	}
	return all.during(time.Since(began), connections), nil
}

// openLoop asks at a fixed rate whether or not answers come. A latency counts from the moment at which the request was due, so
// that a server that is late for one is late for all that waited behind it.
func (t target) openLoop(ctx context.Context, rate float64, clients int, makeRequest maker, into counter) error {
	started := time.Now()
	var next atomic.Int64
	return t.drive(ctx, clients, makeRequest, func() (request, bool) {
		due := started.Add(time.Duration(float64(next.Add(1)) / rate * float64(time.Second)))
		if _, more := into(due); !more || !waitUntil(ctx, due) {
			return request{}, false
		}
		counts, more := into(due) // by now it is known what it is beside
		return request{due: due, into: counts}, more
	})
}

func waitUntil(ctx context.Context, due time.Time) bool {
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// request is one that is to be made.
type request struct {
	due  time.Time
	into *latencies // nil: it is in no figure
}

// drive runs the clients until turn, which says what the next request is, has none left.
func (t target) drive(ctx context.Context, clients int, makeRequest maker, turn func() (request, bool)) error {
	wires, err := t.connect(ctx, clients)
	if err != nil {
		return err
	}
	defer closeAll(wires)
	began := time.Now()
	group, ctx := errgroup.WithContext(ctx)
	for i, w := range wires {
		group.Go(func() error {
			random := rand.New(rand.NewPCG(uint64(i), uint64(began.UnixNano()))) //nolint:gosec // chooses what is bought
			buf := make([]byte, 0, requestSizeGuess)
			for ctx.Err() == nil {
				next, more := turn()
				if !more {
					return ctx.Err()
				}
				buf = makeRequest(buf[:0], random)
				answer, err := w.do(buf)
				if err != nil {
					return err
				}
				if next.into != nil {
					next.into.add(time.Since(next.due), strconv.Itoa(answer.status))
				}
			}
			return ctx.Err()
		})
	}
	return group.Wait()
}

// during is what a load came to that lasted so long.
func (l *latencies) during(lasted time.Duration, clients int) Load {
	load := l.load(clients)
	load.PerSecond = float64(load.wanted("200", "201")) / lasted.Seconds()
	return load
}
