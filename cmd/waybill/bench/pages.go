package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"waybill/shop"
	"waybill/views/urls"
)

const pageClients = 32

// PageRow is one page or endpoint under readers who each wait for an answer.
type PageRow struct {
	Page  string `json:"page"`
	Bytes int    `json:"bytes"` // of one body
	Load
	Cost Cost `json:"cost"`
}

// page is what is asked for. The path and its credentials are chosen anew for each request.
type page struct {
	short   string // by which it is asked for alone
	name    string
	choose  func(*rand.Rand) (path, credentials string)
	mention string // what a right answer holds
}

// The pages that the design promises a speed for, by the names in the report.
const (
	historyPage = "order history, 20 orders"
	detailPage  = "order detail"
	firstPage   = "order detail, each for the first time"
	queuePage   = "merchant's queue, 100 rows"
	zipped      = ", gzip"

	orderEndpoint = "API: an order"

	queueShort = "queue"
)

// gzip is what browsers send. Without it a page comes as it is, as to a proxy that compresses for everybody.
const gzip = "\r\nAccept-Encoding: gzip"

func (b *bench) listPages() []page {
	history := func(more string) func(*rand.Rand) (string, string) {
		return func(random *rand.Rand) (string, string) {
			return urls.AccountOrders(), "Cookie: " + b.people.customers[random.IntN(readers)].cookie + more
		}
	}
	detail := func(more string) func(*rand.Rand) (string, string) {
		return func(random *rand.Rand) (string, string) {
			who := b.people.customers[random.IntN(readers)]
			return urls.AccountOrder(anyOf(who.orders, random).Number()), "Cookie: " + who.cookie + more
		}
	}
	queue := func(more string) func(*rand.Rand) (string, string) {
		return func(*rand.Rand) (string, string) { return urls.MerchantQueue(), "Cookie: " + b.people.merchant + more }
	}
	key := "Authorization: Bearer " + b.key
	return []page{
		{"history", historyPage, history(""), "<html"},
		{"history-gzip", historyPage + zipped, history(gzip), "\x1f\x8b"},
		{"order", detailPage, detail(""), "<html"},
		{"order-gzip", detailPage + zipped, detail(gzip), "\x1f\x8b"},
		{"order-first", firstPage, b.people.walk, "<html"},
		{queueShort, queuePage, queue(""), "<html"},
		{queueShort + "-gzip", queuePage + zipped, queue(gzip), "\x1f\x8b"},
		{"api-order", orderEndpoint, func(random *rand.Rand) (string, string) {
			return apiOrder(anyOf(b.people.customers[random.IntN(readers)].orders, random)), key
		}, `"orderId"`},
		{"api-orders", "API: orders of a customer", func(random *rand.Rand) (string, string) {
			return "/api/v1/orders?limit=20&customerId=" + strconv.FormatInt(b.people.customers[random.IntN(readers)].id, 10), key
		}, `"data"`},
	}
}

// PageNames are the pages that can be measured alone.
func PageNames() []string {
	var names []string
	for _, p := range new(bench).listPages() {
		names = append(names, p.short)
	}
	return names
}

func (b *bench) wantsPage(p page) bool { return len(b.Pages) == 0 || slices.Contains(b.Pages, p.short) }

func anyOf(orders []shop.OrderID, random *rand.Rand) shop.OrderID {
	return orders[random.IntN(len(orders))]
}

func apiOrder(id shop.OrderID) string { return "/api/v1/orders/" + strconv.FormatInt(int64(id), 10) }

// pages measures each page alone.
func (b *bench) pages(ctx context.Context) error {
	if err := b.signIn(ctx); err != nil {
		return err
	}
	wanted := slices.DeleteFunc(b.listPages(), func(p page) bool { return !b.wantsPage(p) })
	if slices.ContainsFunc(wanted, func(p page) bool { return strings.HasPrefix(p.short, queueShort) }) {
		if err := b.fillQueue(ctx, b.Queue); err != nil {
			return err
		}
	}
	for _, p := range wanted {
		b.say("%s, %d readers", p.name, pageClients)
		row, err := b.pageRow(ctx, p)
		var missing notMeasured
		if errors.As(err, &missing) {
			b.note("%s: %v.", p.name, missing)
			continue
		} else if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		b.report.Pages = append(b.report.Pages, row)
	}
	return nil
}

func (b *bench) pageRow(ctx context.Context, p page) (PageRow, error) {
	path, credentials := firstOf(p.choose)
	body, err := b.probe(ctx, path, credentials)
	if err != nil {
		return PageRow{}, err
	}
	if !bytes.Contains(body, []byte(p.mention)) {
		return PageRow{}, fmt.Errorf("the answer does not hold %q", p.mention)
	}
	row := PageRow{Page: p.name, Bytes: len(body)}
	before, err := b.read(ctx)
	if err != nil {
		return PageRow{}, err
	}
	if row.Load, err = b.target().closedLoop(ctx, pageClients, b.lasting(), b.pageMaker(p)); err != nil {
		return PageRow{}, err
	}
	if len(row.Answers) > 1 || row.wanted("200") == 0 {
		return PageRow{}, fmt.Errorf("it is answered with %v", row.Answers)
	}
	after, err := b.read(ctx)
	row.Cost = costBetween(before, after, row.wanted("200"))
	return row, err
}

func firstOf(choose func(*rand.Rand) (string, string)) (path, credentials string) {
	return choose(rand.New(rand.NewPCG(1, 1))) //nolint:gosec // any will do
}

func (b *bench) pageMaker(p page) maker {
	return func(buf []byte, random *rand.Rand) []byte {
		path, credentials := p.choose(random)
		return b.get(buf, path, credentials)
	}
}
