package e2e_test

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"waybill/e2e/browser"
	"waybill/shop"
	"waybill/views/urls"
)

// dayOrders is how many orders the floor works on in the test of a day.
const dayOrders = 50

// answered is what came back to a form that was sent from within a page.
type answered struct {
	Status int
	At     string // the path of the page that it led to
	Tone   string // of a scan
}

// submit sends a form of the page's site as quick hands do, without waiting for the page to be drawn.
func (p *person) submit(address string, pairs ...string) (answered, error) {
	form, err := json.Marshal(pairs)
	if err != nil {
		return answered{}, err
	}
	return browser.Evaluate[answered](p.tab, fmt.Sprintf(`(async () => {
		const pairs = %s, body = new URLSearchParams();
		for (let i = 0; i < pairs.length; i += 2) body.append(pairs[i], pairs[i + 1]);
		const headers = pairs.includes("code") ? { "HX-Request": "true", "HX-Request-Type": "partial" } : {};
		const response = await fetch(%q, { method: "POST", body, headers });
		const tone = (await response.text()).match(/data-tone="(\w*)"/)?.[1] ?? "";
		return { Status: response.status, At: new URL(response.url).pathname, Tone: tone };
	})()`, form, address))
}

// scanUntil scans goods again and again as long as each unit is the right one.
func (p *person) scanUntil(code string, fields ...string) error {
	for {
		pairs := append([]string{"code", code, "key", rand.Text()}, fields...)
		answer, err := p.submit(urls.MerchantScan(), pairs...)
		if err != nil || answer.Tone != "ok" {
			return err
		}
	}
}

// walkBatches builds and picks batches while there is enough for more than one; the rest is picked one by one.
func (p *person) walkBatches(h *house) error {
	const parcels = 4
	for h.Int(`SELECT count(*) FROM fulfillments WHERE status = 'open'`) > 2*parcels {
		begun, err := p.submit(urls.MerchantBatches(), "kind", "totes", "parcels", strconv.Itoa(parcels), "units", "20", "key", rand.Text())
		if err == nil && begun.Status != http.StatusOK {
			err = fmt.Errorf("a batch is answered %d", begun.Status)
		}
		if err != nil {
			return err
		}
		batch := path.Base(begun.At)
		for _, code := range []string{"KETTLE", "LADLE"} {
			if err := p.scanUntil(code, "step", "pick", "batch", batch); err != nil {
				return err
			}
		}
	}
	return nil
}

// pickOneByOne takes the next order until there is none.
func (p *person) pickOneByOne() error {
	for {
		taken, err := p.submit(urls.MerchantQueueNext(), "key", rand.Text())
		if err != nil || taken.At == urls.MerchantQueue() {
			return err
		}
		for _, code := range []string{"KETTLE", "LADLE"} {
			if err := p.scanUntil(code, "step", "pick", "parcel", path.Base(taken.At)+"/1"); err != nil {
				return err
			}
		}
	}
}

// packAll packs and ships whatever is picked, until all orders have left.
func (p *person) packAll(h *house, orders int) error {
	const look, patience = 20 * time.Millisecond, 3 * time.Minute
	tick, given := time.NewTicker(look), time.After(patience)
	defer tick.Stop()
	for shipped := 0; shipped < orders; {
		select {
		case <-given:
			return fmt.Errorf("after %s only %d of %d orders are picked", patience, shipped, orders)
		case <-tick.C:
		}
		next := h.Int(`SELECT coalesce(min(order_id), 0) FROM fulfillments WHERE status = 'picked'`)
		if next == 0 {
			continue
		}
		if err := p.send(shop.OrderID(next).Number()); err != nil {
			return err
		}
		shipped++
	}
	return nil
}

// send verifies, packs and ships the one parcel of an order.
func (p *person) send(number string) error {
	for _, code := range []string{"KETTLE", "LADLE"} {
		if err := p.scanUntil(code, "step", "pack", "parcel", number+"/1"); err != nil {
			return err
		}
	}
	packed, err := p.submit(urls.MerchantPack(number, 1), "parcel", "1")
	if err == nil && packed.Status != http.StatusOK {
		err = fmt.Errorf("packing %s is answered %d", number, packed.Status)
	}
	if err != nil {
		return err
	}
	shipped, err := p.submit(urls.MerchantShip(number), "parcel", "1", "carrier", "DHL", "tracking", "0034"+strings.ReplaceAll(number, "-", ""))
	if err == nil && shipped.Status != http.StatusOK {
		err = fmt.Errorf("shipping %s is answered %d", number, shipped.Status)
	}
	return err
}

// Two pickers and a packer work fifty orders to the last parcel, all at once. Nobody gets an order that somebody else has,
// and the books are right at the end.
func TestADayOnTheFloor(t *testing.T) {
	t.Parallel()
	h, _ := kitchen(t)
	mia, max := h.packers()
	ben := h.staff("ben@north.example", "Ben Packer", shop.RoleMerchant, mia.MerchantID)
	kettle, ladle := h.sku("KETTLE"), h.sku("LADLE")
	h.Stock(kettle, h.Int(`SELECT location_id FROM stock_levels WHERE sku_id = $1`, kettle), 2*dayOrders)
	h.Stock(ladle, h.Int(`SELECT location_id FROM stock_levels WHERE sku_id = $1`, ladle), 2*dayOrders)
	h.Exec(`UPDATE merchants SET scan_required = true`)
	h.paidOrders(dayOrders/2, kettle, ladle)
	h.paidOrders(dayOrders-dayOrders/2, ladle)

	walker, picker, packer := h.as(max), h.as(mia), h.as(ben)
	for _, p := range []*person{walker, picker, packer} {
		p.visit(urls.MerchantQueue())
	}
	var day sync.WaitGroup
	var problems [3]error
	day.Go(func() { problems[0] = walker.walkBatches(h) })
	day.Go(func() { problems[1] = picker.pickOneByOne() })
	day.Go(func() { problems[2] = packer.packAll(h, dayOrders) })
	day.Wait()
	if err := errors.Join(problems[:]...); err != nil {
		t.Fatal(err)
	}
	if n := h.Int(`SELECT count(*) FROM orders WHERE status = 'shipped'`); n != dayOrders {
		t.Errorf("%d orders were shipped", n)
	}
	if n := h.Int(`SELECT count(*) FROM (SELECT order_id FROM order_events WHERE kind = 'claimed' GROUP BY order_id HAVING count(*) > 1) t`); n != 0 {
		t.Errorf("%d orders were claimed twice", n)
	}
	if byTwo := h.Int(`SELECT count(DISTINCT actor_id) FROM order_events WHERE kind = 'picked'`); byTwo != 2 {
		t.Errorf("%d people picked", byTwo)
	}
	if n := h.Int(`SELECT count(*) FROM scan_events WHERE outcome = 'override'`); n != 0 {
		t.Errorf("%d times units were counted by hand", n)
	}
	h.run("verify")
}
