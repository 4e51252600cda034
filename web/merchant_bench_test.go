package web_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"waybill/db/dbtest/factory"
	"waybill/views/urls"
)

// BenchmarkQueueFanOut measures how long after its commit a change is seen by a thousand open queues of one merchant, over
// real connections, server and readers on the same machine.
func BenchmarkQueueFanOut(b *testing.B) {
	const readers = 1000
	s := newSite(b)
	server := s.serveLive()
	tr := newTrader(s, "tea")
	stream := tr.streamOf(urls.MerchantQueue())
	seen := make(chan time.Time, readers)
	for range readers {
		tab := tr.open(server, stream, "")
		go func() {
			for {
				m, err := tab.next()
				if err != nil {
					return
				}
				if strings.Contains(m.data, tr.number()) {
					seen <- time.Now()
				}
			}
		}()
	}
	step := s.Store.ClaimFulfillment
	var last []time.Duration
	for b.Loop() {
		if _, err := step(b.Context(), factory.Work(tr.order, tr.user)); err != nil {
			b.Fatal(err)
		}
		committed := time.Now()
		var waits []time.Duration
		for range readers {
			waits = append(waits, (<-seen).Sub(committed))
		}
		slices.Sort(waits)
		last = append(last, waits[readers-1])
		if step = s.Store.ReleaseFulfillment; len(last)%2 == 0 {
			step = s.Store.ClaimFulfillment
		}
	}
	slices.Sort(last)
	b.ReportMetric(float64(last[len(last)/2].Milliseconds()), "ms-to-the-last-reader")
	b.ReportMetric(float64(last[len(last)*99/100].Milliseconds()), "ms-p99")
}
