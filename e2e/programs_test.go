package e2e_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"waybill/shop"
)

// askTimeout is how long a program waits for an answer before it asks again under the same key.
const askTimeout = 20 * time.Second

// programs order over the JSON API, many at a time.
type programs struct {
	t      *testing.T
	site   string
	secret string
	client *http.Client
}

// programs are such that may order for anybody.
func (h *house) programs() *programs {
	h.t.Helper()
	secret := strings.TrimSpace(h.run("api-key", "create", "--role", string(shop.RoleAdmin), "--name", "rush"))
	transport := &http.Transport{MaxIdleConnsPerHost: crashShoppers}
	h.t.Cleanup(transport.CloseIdleConnections)
	return &programs{t: h.t, site: h.server.URL, secret: secret, client: &http.Client{Transport: transport, Timeout: askTimeout}}
}

// purchase is one order that a program wants, and the answer that it got.
type purchase struct {
	key, body string

	again    bool // although it was answered
	status   int  // 0: no answer yet, or none that says whether the order was placed
	orderID  int64
	mistaken string // how a second answer differs from the first
}

func newPurchase(customer, address, sku int64, key string) *purchase {
	return &purchase{key: key, body: fmt.Sprintf(
		`{"userId":%d,"shippingAddressId":%d,"currency":"USD","items":[{"skuId":%d,"quantity":1}]}`, customer, address, sku)}
}

// open tells whether the program has to ask.
func (p *purchase) open() bool { return p.again || p.status == 0 }

// acknowledged is how many orders the server has said to be placed.
func (ps *programs) acknowledged(all []*purchase) int {
	n := 0
	for _, p := range all {
		if p.status == http.StatusCreated {
			n++
		}
	}
	return n
}

// unanswered is how many orders the server has neither placed nor refused.
func (ps *programs) unanswered(all []*purchase) int {
	n := 0
	for _, p := range all {
		if p.open() {
			n++
		}
	}
	return n
}

// buy asks for everything that is open, by so many programs at once, each of which goes home when the server stops
// answering. After each order that is placed, progress is told how many were in all.
func (ps *programs) buy(all []*purchase, shoppers int, progress func(acknowledged int)) {
	ps.t.Helper()
	var placed atomic.Int64
	placed.Store(int64(ps.acknowledged(all)))
	todo := make(chan *purchase, len(all))
	for _, p := range all {
		if p.open() {
			todo <- p
		}
	}
	close(todo)
	var shopping sync.WaitGroup
	for range shoppers {
		shopping.Go(func() {
			for p := range todo {
				if err := ps.order(p); err != nil {
					return
				}
				if p.status == http.StatusCreated && progress != nil {
					progress(int(placed.Add(1)))
				}
			}
		})
	}
	shopping.Wait()
	for _, p := range all {
		if p.mistaken != "" {
			ps.t.Fatalf("the key %s: %s", p.key, p.mistaken)
		}
	}
}

// order asks once. An error says that there was no answer, or one that promises nothing.
func (ps *programs) order(p *purchase) error {
	request, err := http.NewRequestWithContext(ps.t.Context(), http.MethodPost, ps.site+"/api/v1/orders", strings.NewReader(p.body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+ps.secret)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", p.key)
	answer, err := ps.client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode >= http.StatusInternalServerError {
		return fmt.Errorf("%s: %s", answer.Status, body)
	}
	p.take(answer, body)
	return nil
}

// take notes an answer and holds it against an earlier one.
func (p *purchase) take(answer *http.Response, body []byte) {
	var order struct {
		OrderID int64 `json:"orderId"`
	}
	if answer.StatusCode == http.StatusCreated {
		if err := json.Unmarshal(body, &order); err != nil || order.OrderID == 0 {
			p.mistaken = fmt.Sprintf("no order in %s (%v)", body, err)
		}
	}
	if p.again {
		replayed := answer.Header.Get("Idempotent-Replayed") == "true"
		if answer.StatusCode != p.status || order.OrderID != p.orderID || (p.status == http.StatusCreated && !replayed) {
			p.mistaken = fmt.Sprintf("it was answered %d, order %d, and now %d, order %d, replayed %t", p.status, p.orderID, answer.StatusCode, order.OrderID, replayed)
		}
	}
	p.again, p.status, p.orderID = false, answer.StatusCode, order.OrderID
}

// status is what a page answers.
func (h *house) status(path string) int {
	h.t.Helper()
	request, err := http.NewRequestWithContext(h.t.Context(), http.MethodGet, h.server.URL+path, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		h.t.Fatal(err)
	}
	defer answer.Body.Close()
	return answer.StatusCode
}
