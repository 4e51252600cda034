package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/http/httputil"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"waybill/shop"
	"waybill/views/urls"
)

const (
	fanOutChanges = 20
	changeTimeout = 10 * time.Second
	maxEventLine  = 1 << 20
)

// FanOut is how soon a change in a merchant's queue is on every open page of it. Times are from the click that makes the
// change to the last page that has it, in milliseconds.
type FanOut struct {
	Watchers int     `json:"watchers"`
	Changes  int     `json:"changes"`
	Median   float64 `json:"medianMs"`
	Max      float64 `json:"maxMs"`
	Cost     Cost    `json:"cost"` // of one change on one page
}

// polling is how many times as much it would take if each open page asked for itself again every second, while there is a
// change every second: the time of a page for the time of a change on a page. 0 when either was not measured.
func (f FanOut) polling(pages []PageRow) float64 {
	at, live := slices.IndexFunc(pages, func(p PageRow) bool { return p.Page == queuePage }), f.Cost.ServerCPU+f.Cost.PostgresCPU
	if at < 0 || live == 0 {
		return 0
	}
	return (pages[at].Cost.ServerCPU + pages[at].Cost.PostgresCPU) / live
}

// fanOut opens the queue many times and claims orders in it, one after the other.
func (b *bench) fanOut(ctx context.Context) error {
	if err := b.signIn(ctx); err != nil {
		return err
	}
	if err := b.fillQueue(ctx, max(b.Queue, fanOutChanges)); err != nil {
		return err
	}
	watchers := b.Watchers
	b.say("%d open pages of the queue, %d changes", watchers, fanOutChanges)
	crowd, err := b.watch(ctx, watchers)
	if err != nil {
		return err
	}
	defer crowd.close()
	numbers, err := b.openOrders(ctx, fanOutChanges)
	if err != nil {
		return err
	}
	before, err := b.read(ctx)
	if err != nil {
		return err
	}
	took := make([]float64, 0, len(numbers))
	for _, number := range numbers {
		d, err := b.claim(ctx, crowd, number)
		if err != nil {
			return fmt.Errorf("claim order %s: %w", number, err)
		}
		took = append(took, float64(d.Microseconds())/1000)
	}
	after, err := b.read(ctx)
	if err != nil {
		return err
	}
	slices.Sort(took)
	b.report.FanOut = &FanOut{
		Watchers: watchers, Changes: len(took), Median: took[len(took)/2], Max: took[len(took)-1],
		Cost: costBetween(before, after, int64(len(took)*watchers)),
	}
	return nil
}

// openOrders answers the numbers of orders that wait to be picked.
func (b *bench) openOrders(ctx context.Context, n int) ([]string, error) {
	rows, err := b.postgres.pool.Query(ctx, "SELECT order_id FROM fulfillments WHERE status = 'open' ORDER BY order_id LIMIT $1", n)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (string, error) {
		var id shop.OrderID
		err := row.Scan(&id)
		return id.Number(), err
	})
}

// claim takes an order and waits until every watcher was told.
func (b *bench) claim(ctx context.Context, crowd *crowd, number string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, changeTimeout)
	defer cancel()
	wires, err := b.target().connect(ctx, 1)
	if err != nil {
		return 0, err
	}
	defer closeAll(wires)
	clicked := time.Now()
	answer, err := wires[0].do(b.form(nil, urls.MerchantClaim(number), b.people.merchant, url.Values{"parcel": {"1"}}))
	if err != nil {
		return 0, err
	}
	if answer.status != http.StatusSeeOther {
		return 0, fmt.Errorf("it is answered with %d", answer.status)
	}
	told := 0
	for told < crowd.size {
		select {
		case event := <-crowd.events:
			if strings.Contains(event, number) {
				told++
			}
		case <-crowd.gone:
			return 0, errors.Join(errors.New("a watcher was cut off"), crowd.group.Wait())
		case <-ctx.Done():
			return 0, fmt.Errorf("%d of %d watchers were told: %w", told, crowd.size, ctx.Err())
		}
	}
	return time.Since(clicked), nil
}

// crowd is many open pages of one queue.
type crowd struct {
	size   int
	wires  []*wire
	events chan string
	gone   <-chan struct{} // closed when one of them was cut off
	group  *errgroup.Group
	cancel context.CancelFunc
}

// streamPattern finds the address of the stream in the page, where it says from which moment on the page wants news.
var streamPattern = regexp.MustCompile(`hx-sse:connect="([^"]+)"`)

// watch opens the queue's page as one of the merchant's people, and its stream as often as asked for.
func (b *bench) watch(ctx context.Context, watchers int) (*crowd, error) {
	body, err := b.probe(ctx, urls.MerchantQueue(), "Cookie: "+b.people.merchant)
	if err != nil {
		return nil, err
	}
	match := streamPattern.FindSubmatch(body)
	if match == nil {
		return nil, notMeasured("the queue's page is not live")
	}
	request := b.get(nil, html.UnescapeString(string(match[1])), "Cookie: "+b.people.merchant)
	ctx, cancel := context.WithCancel(ctx)
	c := &crowd{size: watchers, events: make(chan string, watchers), cancel: cancel}
	if c.wires, err = b.target().connect(ctx, watchers); err != nil {
		cancel()
		return nil, err
	}
	c.group, ctx = errgroup.WithContext(ctx)
	c.gone = ctx.Done()
	for _, w := range c.wires {
		if err := w.openStream(request); err != nil {
			c.close()
			return nil, err
		}
		c.group.Go(func() error { return w.readEvents(ctx, c.events) })
	}
	return c, nil
}

func (c *crowd) close() {
	c.cancel()
	closeAll(c.wires)
	_ = c.group.Wait() // they end because their connections were closed
}

// openStream asks for a stream of events. It has no deadline: it may be quiet for long.
func (w *wire) openStream(request []byte) error {
	if err := w.conn.SetDeadline(time.Now().Add(requestTimeout)); err != nil {
		return err
	}
	if _, err := w.conn.Write(request); err != nil {
		return err
	}
	answer, length, err := w.readHead()
	if err != nil {
		return err
	}
	if answer.status != http.StatusOK || length != chunked {
		return fmt.Errorf("the stream is answered with %d", answer.status)
	}
	return w.conn.SetDeadline(time.Time{})
}

// readEvents hands the data of each event on until the stream or ctx ends.
func (w *wire) readEvents(ctx context.Context, events chan<- string) error {
	lines := bufio.NewScanner(httputil.NewChunkedReader(w.reader))
	lines.Buffer(nil, maxEventLine)
	var data bytes.Buffer
	for lines.Scan() {
		if text, ok := bytes.CutPrefix(lines.Bytes(), []byte("data: ")); ok {
			data.Write(text)
			continue
		}
		if len(lines.Bytes()) > 0 || data.Len() == 0 {
			continue
		}
		select {
		case events <- data.String():
		case <-ctx.Done():
			return ctx.Err()
		}
		data.Reset()
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return errors.New("the server ended the stream")
}
