package handlers_test

import (
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"waybill/db"
	"waybill/db/dbtest/factory"
	"waybill/shop"
	"waybill/views/urls"
)

// picker is somebody of a merchant who has looked at the queue, so that it is kept.
type picker struct {
	*site
	*visitor
	user  shop.User
	clock func(time.Duration) // moves the time
	order shop.OrderID
}

func newPicker(t *testing.T) picker {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Second)
	var mu sync.Mutex // jobs of the site read the clock, too
	p := picker{clock: func(by time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(by)
	}}
	p.site = newSite(t, db.WithClock(func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now
	}))
	merchant, _ := p.Merchant("acme")
	customer, address := p.Customer("ada@example.com")
	p.order = p.Paid(customer, address, p.SKU(merchant, "A", 1299, 5))
	p.user = p.account("mara@acme.test", shop.RoleMerchant, merchant, 0)
	p.visitor = p.site.visitor(t)
	p.signIn("mara@acme.test")
	p.visitor.get(urls.MerchantQueue()).wants(http.StatusOK, p.order.Number(), "Claim")
	return p
}

func (p picker) queue() answer {
	p.t.Helper()
	return p.visitor.get(urls.MerchantQueue())
}

// tamper changes what nobody changes, so that a list that is read anew can be told from one that was kept.
func (p picker) tamper() {
	p.Exec(`SET session_replication_role = replica; UPDATE addresses SET city = 'Tampered'; SET session_replication_role = origin`)
}

func TestAnUnchangedQueueIsShownAsItWasRead(t *testing.T) {
	t.Parallel()
	p := newPicker(t)
	p.tamper()
	p.queue().wants(http.StatusOK, p.order.Number()).lacks("Tampered")
	p.visitor.get(urls.MerchantQueue()+"?sort=age").wants(http.StatusOK, "Tampered") // another list
	p.clock(5 * time.Second)
	p.queue().wants(http.StatusOK, "Tampered")
}

func TestAKeptQueueIsNeverShownInPlaceOfAnother(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*testing.T, picker) []string{
		"one's own claim": func(_ *testing.T, p picker) []string {
			p.post(urls.MerchantClaim(p.order.Number()), "parcel", "1")
			return []string{"Everything is picked"}
		},
		"another order": func(_ *testing.T, p picker) []string {
			customer, address := p.Customer("eve@example.com")
			return []string{p.Paid(customer, address, 1).Number()}
		},
		"a view that was saved": func(_ *testing.T, p picker) []string {
			p.post(urls.MerchantQueueViews(""), "name", "My late ones", "list", "due=late")
			return []string{"My late ones"}
		},
		"a service": func(_ *testing.T, p picker) []string {
			p.post(urls.MerchantPromiseServices(), "name", "Express", "cutoff", "12:00", "days", "0", "week", "1", "week", "6")
			return []string{"Express", "Tampered"}
		},
		"a clock that was set back": func(_ *testing.T, p picker) []string {
			p.clock(-time.Second)
			return []string{"Tampered"}
		},
		"a theme": func(_ *testing.T, p picker) []string {
			p.post(urls.Theme(), "theme", "dark", "back", "/")
			return []string{`data-theme="dark"`}
		},
		"a density": func(_ *testing.T, p picker) []string {
			p.post(urls.MerchantQueueDensity(), "density", "compact", "back", urls.MerchantQueue())
			return []string{"data-compact"}
		},
		"a name": func(_ *testing.T, p picker) []string {
			p.Exec(`UPDATE users SET name = 'Countess' WHERE id = $1`, p.user.ID)
			return []string{"Countess", "Tampered"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPicker(t)
			p.tamper()
			texts := change(t, p)
			p.queue().wants(http.StatusOK, texts...)
		})
	}
}

// A colleague's page shares what was read, and shows what is the colleague's.
func TestAKeptQueueIsDrawnForWhoLooks(t *testing.T) {
	t.Parallel()
	p := newPicker(t)
	if _, err := p.Store.ClaimFulfillment(t.Context(), factory.Work(p.order, p.user)); err != nil {
		t.Fatal(err)
	}
	picking := urls.MerchantQueue() + "?stage=picking"
	p.visitor.get(picking).wants(http.StatusOK, "You", "Pick on").lacks("Tampered")
	p.tamper()
	p.account("ben@acme.test", shop.RoleMerchant, p.user.MerchantID, 0)
	other := p.site.visitor(t)
	other.signIn("ben@acme.test")
	other.get(picking).wants(http.StatusOK, p.user.Name).lacks("Pick on")

	merchant, _ := p.Merchant("lamps")
	p.account("eve@lamps.test", shop.RoleMerchant, merchant, 0)
	theirs := p.site.visitor(t)
	theirs.signIn("eve@lamps.test")
	theirs.get(picking).wants(http.StatusOK).lacks(p.order.Number())
}

// What is said once stands on the next page and on none after it.
func TestAMessageIsNotKeptWithAQueue(t *testing.T) {
	t.Parallel()
	p := newPicker(t)
	p.post(urls.MerchantClaim(p.order.Number()), "parcel", "1")
	p.post(urls.MerchantQueueNext(), "key", "nothing-left").sends(urls.MerchantQueue())
	p.queue().wants(http.StatusOK, "toast")
	p.queue().wants(http.StatusOK).lacks("toast")
}

var ownMarks = regexp.MustCompile(`name="key" value="([^"]+)"|Request <span class="code">([^<]+)<`)

// The keys that make a press count once are another page's each time, kept or not, and so is the number of the request.
func TestEachShowingOfAKeptQueueHasItsOwnKeys(t *testing.T) {
	t.Parallel()
	p := newPicker(t)
	p.tamper()
	seen := map[string]bool{}
	const showings = 3
	for range showings {
		page := p.queue().lacks("Tampered")
		for _, mark := range ownMarks.FindAllString(page.body, -1) {
			seen[mark] = true
		}
		if id := page.header.Get("X-Request-Id"); !strings.Contains(page.body, id) {
			t.Errorf("the page does not tell its request %s", id)
		}
	}
	if len(seen) != 3*showings { // for the next order, for ticked parcels, of the request
		t.Errorf("%d showings have %d marks of their own: %v", showings, len(seen), seen)
	}
}
