package e2e_test

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"

	"waybill/db/dbtest/factory"
	"waybill/e2e/browser"
	"waybill/shop"
	"waybill/views/urls"
)

// wire is what lies between a browser and the server: a proxy that can be cut.
type wire struct {
	t    *testing.T
	to   string
	site string

	mu    sync.Mutex
	isCut bool
	open  map[net.Conn]bool
}

func newWire(t *testing.T, server string) *wire {
	t.Helper()
	at, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{t: t, to: at.Host, site: "http://" + listener.Addr().String(), open: map[net.Conn]bool{}}
	t.Cleanup(func() { w.cut(); _ = listener.Close() })
	go func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			go w.carry(from)
		}
	}()
	return w
}

func (w *wire) carry(from net.Conn) {
	to, err := new(net.Dialer).DialContext(w.t.Context(), "tcp", w.to)
	if err != nil || !w.keep(from, to) {
		_ = from.Close()
		return
	}
	go func() { _, _ = io.Copy(to, from); _ = to.Close() }()
	_, _ = io.Copy(from, to)
	_ = from.Close()
}

func (w *wire) keep(ends ...net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, end := range ends {
		w.open[end] = true
		if w.isCut {
			_ = end.Close()
		}
	}
	return !w.isCut
}

// cut breaks what is connected and lets nobody through until mend.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.isCut = true
	for end := range w.open {
		_ = end.Close()
	}
	clear(w.open)
}

func (w *wire) mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.isCut = false
}

// A queue that was cut off catches up by itself: what came and what changed meanwhile is there once, and the page was never
// loaded again.
func TestAQueueThatWasCutOffCatchesUp(t *testing.T) {
	t.Parallel()
	h, _ := kitchen(t)
	mia, max := h.packers()
	customer, address := h.Customer("many@example.com")
	kettle := h.Int(`SELECT s.id FROM skus s JOIN merchants m ON m.id = s.merchant_id WHERE m.slug = 'north' LIMIT 1`)
	first := h.Paid(customer, address, kettle)
	watcher := h.as(mia)
	t.Cleanup(func() { watcher.tab.Forgive("network error"); watcher.tab.Forgive("ERR_") })
	line := newWire(t, h.server.URL)
	watcher.site = line.site
	watcher.watchQueue()
	watcher.see(first.Number(), "To pick 1")

	h.Paid(customer, address, kettle)
	h.Store.Nudge()
	watcher.see("1 new parcel: show it")
	line.cut()
	watcher.must(watcher.tab.Await("the page knows that it is cut off", `document.querySelector("[data-connection]").dataset.state !== "live"`))
	h.Paid(customer, address, kettle)
	h.Paid(customer, address, kettle)
	if _, err := h.Store.ClaimFulfillment(t.Context(), factory.Work(first, max)); err != nil {
		t.Fatal(err)
	}
	line.mend()
	watcher.awaitLive()
	watcher.see("3 new parcels: show them", "Max Picker", "To pick 3", "Picking 1")
	watcher.stillThere()
	once, err := browser.Evaluate[bool](watcher.tab, `(() => { const ids = [...document.querySelectorAll("#queue tbody tr, [data-arrival]")].map((e) => e.id); return new Set(ids).size === ids.length && ids.length === 4 })()`)
	watcher.must(err)
	if !once {
		t.Error("a parcel is missing, or there twice")
	}
	watcher.follow(browser.Link("3 new parcels"))
	shown, err := browser.Evaluate[int](watcher.tab, `document.querySelectorAll("#queue tbody tr").length`)
	watcher.must(err)
	if shown != 3 {
		t.Errorf("the list shows %d parcels", shown)
	}
}

// Lists are worked with the keys alone: move, tick, and do something with what is ticked.
func TestTheQueueIsWorkedWithTheKeys(t *testing.T) {
	t.Parallel()
	h, _ := kitchen(t)
	mia, max := h.packers()
	customer, address := h.Customer("many@example.com")
	kettle := h.Int(`SELECT s.id FROM skus s JOIN merchants m ON m.id = s.merchant_id WHERE m.slug = 'north' LIMIT 1`)
	var orders []shop.OrderID
	for range 3 {
		orders = append(orders, h.Paid(customer, address, kettle))
	}
	p := h.as(mia)
	p.visit(urls.MerchantQueue())
	p.must(p.tab.Press("jxjx"))
	if _, err := p.tab.PressOn("e"); err != nil {
		t.Fatal(err)
	}
	p.see("Hand parcels over", "2 parcels of 2")
	p.must(p.tab.Choose(browser.Field("Who takes over"), max.Name))
	p.fill("Why", "end of my shift")
	p.follow(browser.Button("Hand over 2 parcels"))
	p.see("2 of 2 parcels handed over")
	p.visit(urls.MerchantQueue() + "?stage=picking&sort=-age")
	p.see(max.Name)
	if _, err := p.tab.PressOn("s"); err != nil {
		t.Fatal(err)
	}
	p.fill("Name", "What is being picked")
	p.follow(browser.Button("Save"))
	p.see("What is being picked 2")
	if _, err := h.Store.ClaimFulfillment(t.Context(), factory.Work(orders[2], mia)); err != nil {
		t.Fatal(err)
	}
	p.see("What is being picked 3")
}
