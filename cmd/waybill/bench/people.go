package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"waybill/shop"
	"waybill/views/urls"
)

const (
	readers        = 8  // customers with an account
	ordersOfReader = 25 // more than a page of history
	walkers        = 4  // customers with an account who look at each of their orders in turn
	ordersOfWalker = 800
	accounts       = readers + walkers
	fillers        = 32 // who fill the queue at once
	merchantEmail  = "merchant@example.com"
)

// people have accounts, sessions and, the customers, a history.
type people struct {
	customers []reader
	walkers   []reader
	steps     atomic.Int64
	merchant  string // the Cookie header of a picker's session
}

// walk chooses the orders of the walkers one after the other. There are more than a server keeps pages of, so each look is
// the first as far as it knows.
func (p *people) walk(*rand.Rand) (path, credentials string) {
	step := p.steps.Add(1)
	who := p.walkers[step%walkers]
	return urls.AccountOrder(who.orders[step/walkers%ordersOfWalker].Number()), "Cookie: " + who.cookie
}

// reader is a customer who is signed in.
type reader struct {
	id     int64
	cookie string
	orders []shop.OrderID // the newest first
}

// signIn makes the accounts, signs everybody in and gives each customer a history, once in a run.
func (b *bench) signIn(ctx context.Context) error {
	if b.people != nil {
		return nil
	}
	b.say("make %d accounts, each with a history", readers+walkers+1)
	p := &people{customers: make([]reader, readers), walkers: make([]reader, walkers)}
	if _, err := b.program.run(ctx, "user", "create", "--role", "merchant", "--merchant", merchantSlug, "--email", merchantEmail); err != nil {
		return err
	}
	var err error
	if p.merchant, err = b.session(ctx, merchantEmail); err != nil {
		return err
	}
	for i := range p.customers {
		if p.customers[i], err = b.newReader(ctx, int64(i), ordersOfReader); err != nil {
			return err
		}
	}
	group, walking := errgroup.WithContext(ctx)
	for i := range p.walkers {
		group.Go(func() (err error) {
			p.walkers[i], err = b.newReader(walking, int64(readers+i), ordersOfWalker)
			return err
		})
	}
	b.people = p
	return group.Wait()
}

// newReader gives a customer an account, a session and some orders.
func (b *bench) newReader(ctx context.Context, n int64, orders int) (reader, error) {
	who := b.world.buyer(n)
	email := fmt.Sprintf("buyer%d@example.com", n+1)
	if _, err := b.program.run(ctx, "user", "create", "--role", "customer", "--email", email); err != nil {
		return reader{}, err
	}
	r := reader{id: who.customerID}
	var err error
	if r.cookie, err = b.session(ctx, email); err != nil {
		return reader{}, err
	}
	r.orders, err = b.history(ctx, who, orders)
	return r, err
}

// session signs somebody in through the form and returns the Cookie header of the session.
func (b *bench) session(ctx context.Context, email string) (string, error) {
	wires, err := b.target().connect(ctx, 1)
	if err != nil {
		return "", err
	}
	defer closeAll(wires)
	answer, err := wires[0].do(b.form(nil, urls.Login(""), "", url.Values{"email": {email}, "password": {b.program.password}}))
	if err != nil {
		return "", err
	}
	if answer.status == http.StatusNotFound {
		return "", notMeasured("there is no page to sign in on")
	}
	if answer.status != http.StatusSeeOther || answer.cookie == "" {
		return "", fmt.Errorf("signing %s in is answered with %d", email, answer.status)
	}
	return answer.cookie, nil
}

// history places orders for a customer and returns the newest.
func (b *bench) history(ctx context.Context, who buyer, orders int) ([]shop.OrderID, error) {
	wires, err := b.target().connect(ctx, 1)
	if err != nil {
		return nil, err
	}
	defer closeAll(wires)
	for i := range int64(orders) {
		if _, err := b.place(wires[0], who, b.world.firstSKU+i, b.world.firstSKU+i+1); err != nil {
			return nil, err
		}
	}
	rows, err := b.postgres.pool.Query(ctx, "SELECT id FROM orders WHERE customer_id = $1 ORDER BY id DESC LIMIT $2", who.customerID, orders)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[shop.OrderID])
}

// place places an order and returns its id.
func (b *bench) place(w *wire, who buyer, skuIDs ...int64) (shop.OrderID, error) {
	answer, err := w.do(b.placeRequest(nil, who, nextKey(), skuIDs...))
	if err != nil {
		return 0, err
	}
	if answer.status != http.StatusCreated {
		return 0, fmt.Errorf("an order is answered with %d: %s", answer.status, answer.body)
	}
	var placed struct {
		OrderID shop.OrderID `json:"orderId"`
	}
	return placed.OrderID, json.Unmarshal(answer.body, &placed)
}

// fillQueue places and pays orders until n of them wait in the merchant's queue, and returns some of those.
func (b *bench) fillQueue(ctx context.Context, n int) error {
	var have int64
	if err := b.postgres.pool.QueryRow(ctx, "SELECT count(*) FROM fulfillments WHERE status = 'open'").Scan(&have); err != nil {
		return err
	}
	missing := int64(n) - have
	if missing <= 0 {
		return nil
	}
	b.say("place and pay %d orders for the merchant's queue", missing)
	wires, err := b.target().connect(ctx, fillers)
	if err != nil {
		return err
	}
	defer closeAll(wires)
	var turns atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for _, w := range wires {
		group.Go(func() error {
			for turn := turns.Add(1); turn <= missing && ctx.Err() == nil; turn = turns.Add(1) {
				if err := b.placeAndPay(w, turn); err != nil {
					return err
				}
			}
			return ctx.Err()
		})
	}
	return group.Wait()
}

func (b *bench) placeAndPay(w *wire, turn int64) error {
	sku := b.world.firstSKU + turn%(skuCount-1)
	id, err := b.place(w, b.world.buyer(accounts+turn%(customerCount-accounts)), sku, sku+1)
	if err != nil {
		return err
	}
	answer, err := w.do(b.post(nil, "/api/v1/orders/"+strconv.FormatInt(int64(id), 10)+"/payments", nextKey(), []byte(`{"method":"card_ok"}`)))
	switch {
	case err != nil:
		return err
	case answer.status == http.StatusNotFound:
		return notMeasured("orders cannot be paid over the API")
	case answer.status != http.StatusCreated:
		return fmt.Errorf("a payment is answered with %d: %s", answer.status, answer.body)
	}
	return nil
}

// get writes a page's or an endpoint's request. credentials is a whole header line.
func (b *bench) get(buf []byte, path, credentials string) []byte {
	return fmt.Appendf(buf, "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n\r\n", path, b.server.address, credentials)
}

// form writes a form's request.
func (b *bench) form(buf []byte, path, cookie string, values url.Values) []byte {
	body := values.Encode()
	buf = fmt.Appendf(buf, "POST %s HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n",
		path, b.server.address, cookie, len(body))
	return append(buf, body...)
}

// post writes an API request.
func (b *bench) post(buf []byte, path, key string, body []byte) []byte {
	buf = fmt.Appendf(buf, "POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nIdempotency-Key: %s\r\nContent-Length: %d\r\n\r\n",
		path, b.server.address, b.key, key, len(body))
	return append(buf, body...)
}

// probe asks for a page once and returns its body, or says why it cannot be measured.
func (b *bench) probe(ctx context.Context, path, credentials string) ([]byte, error) {
	wires, err := b.target().connect(ctx, 1)
	if err != nil {
		return nil, err
	}
	defer closeAll(wires)
	answer, err := wires[0].do(b.get(nil, path, credentials))
	switch {
	case err != nil:
		return nil, err
	case answer.status == http.StatusNotFound:
		return nil, notMeasured(path + " is not there")
	case answer.status != http.StatusOK:
		return nil, fmt.Errorf("%s is answered with %d", path, answer.status)
	case len(answer.body) == 0:
		return nil, errors.New(path + " is empty")
	}
	return answer.body, nil
}
