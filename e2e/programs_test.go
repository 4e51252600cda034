package e2e_test

import (
	"cmp"
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
	"waybill/views/urls"
)

const (
	rushPrograms = 16               // that ask at the same time
	askTimeout   = 20 * time.Second // how long one waits for an answer before it asks again under the same key
)

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
	transport := &http.Transport{MaxIdleConnsPerHost: rushPrograms}
	h.t.Cleanup(transport.CloseIdleConnections)
	return &programs{t: h.t, site: h.server.URL, secret: secret, client: &http.Client{Transport: transport, Timeout: askTimeout}}
}

// ask is one thing that a program wants, and the answer that it got.
type ask struct {
	key, path, body string

	again    bool   // although it was answered
	status   int    // 0: no answer yet, or none that says whether it was done
	id       int64  // of what was made
	mistaken string // how a second answer differs from the first
}

// orderOf asks for an order of one unit.
func orderOf(customer, address, sku int64, key string) *ask {
	return &ask{key: key, path: "/api/v1/orders", body: fmt.Sprintf(
		`{"userId":%d,"shippingAddressId":%d,"currency":"USD","items":[{"skuId":%d,"quantity":1}]}`, customer, address, sku)}
}

// paymentOf asks to pay an order with the card that pays.
func paymentOf(orderID int64, key string) *ask {
	return &ask{key: key, path: urls.APIOrder(orderID) + "/payments", body: `{"method":"card_ok"}`}
}

// open tells whether the program has to ask.
func (p *ask) open() bool { return p.again || p.status == 0 }

// acknowledged is how many of them the server has said to be done.
func (ps *programs) acknowledged(all []*ask) int {
	n := 0
	for _, p := range all {
		if p.status == http.StatusCreated {
			n++
		}
	}
	return n
}

// unanswered is how many of them the server has neither done nor refused.
func (ps *programs) unanswered(all []*ask) int {
	n := 0
	for _, p := range all {
		if p.open() {
			n++
		}
	}
	return n
}

// rush asks for everything that is open, many programs at once, each of which goes home when the server stops answering.
// After each thing that is done, progress is told how many are in all.
func (ps *programs) rush(all []*ask, progress func(acknowledged int)) {
	ps.t.Helper()
	var done atomic.Int64
	done.Store(int64(ps.acknowledged(all)))
	todo := make(chan *ask, len(all))
	for _, p := range all {
		if p.open() {
			todo <- p
		}
	}
	close(todo)
	var rushing sync.WaitGroup
	for range rushPrograms {
		rushing.Go(func() {
			for p := range todo {
				if err := ps.send(p); err != nil {
					return
				}
				if p.status == http.StatusCreated && progress != nil {
					progress(int(done.Add(1)))
				}
			}
		})
	}
	rushing.Wait()
	for _, p := range all {
		if p.mistaken != "" {
			ps.t.Fatalf("the key %s: %s", p.key, p.mistaken)
		}
	}
}

// send asks once. An error says that there was no answer, or one that promises nothing.
func (ps *programs) send(p *ask) error {
	request, err := http.NewRequestWithContext(ps.t.Context(), http.MethodPost, ps.site+p.path, strings.NewReader(p.body))
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

// take notes an answer and holds it against an earlier one. That something is under way is no answer yet.
func (p *ask) take(answer *http.Response, body []byte) {
	if answer.StatusCode == http.StatusAccepted {
		return
	}
	var made struct{ OrderID, PaymentID int64 }
	if answer.StatusCode == http.StatusCreated {
		if err := json.Unmarshal(body, &made); err != nil || made.OrderID == 0 {
			p.mistaken = fmt.Sprintf("nothing was made: %s (%v)", body, err)
		}
	}
	id := cmp.Or(made.PaymentID, made.OrderID)
	if p.again {
		replayed := answer.Header.Get("Idempotent-Replayed") == "true"
		if answer.StatusCode != p.status || id != p.id || (p.status == http.StatusCreated && !replayed) {
			p.mistaken = fmt.Sprintf("it was answered %d, id %d, and now %d, id %d, replayed %t", p.status, p.id, answer.StatusCode, id, replayed)
		}
	}
	p.again, p.status, p.id = false, answer.StatusCode, id
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
