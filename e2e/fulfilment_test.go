package e2e_test

import (
	"net/http"
	"sync"
	"testing"

	"waybill/e2e/browser"
	"waybill/shop"
	"waybill/views/urls"
)

// packers are two people of North Kitchen.
func (h *house) packers() (mia, max shop.User) {
	h.t.Helper()
	north := h.Int(`SELECT id FROM merchants WHERE slug = 'north'`)
	return h.staff("mia@north.example", "Mia Packer", shop.RoleMerchant, north), h.staff("max@north.example", "Max Picker", shop.RoleMerchant, north)
}

// watchQueue opens the queue and stays: until stillThere, nothing may load the page again.
func (p *person) watchQueue() {
	p.t.Helper()
	p.visit(urls.MerchantQueue())
	p.awaitLive()
	p.stay()
}

func (p *person) awaitLive() {
	p.t.Helper()
	p.must(p.tab.Await("the page is live", `document.querySelector("[data-connection]").dataset.state === "live"`))
}

// stillThere fails when the page was loaded again since stay.
func (p *person) stillThere() {
	p.t.Helper()
	there, err := browser.Evaluate[bool](p.tab, "window.watching === true")
	p.must(err)
	if !there {
		p.t.Error("the page was loaded again")
	}
}

func TestAnOrderFromTheCartToTheDoor(t *testing.T) {
	t.Parallel()
	h, ada := kitchen(t)
	mia, max := h.packers()
	watcher, picker, buyer := h.as(mia), h.as(max), h.as(ada)

	watcher.watchQueue()
	watcher.see("Everything is picked")
	number := buyer.order()
	watcher.see("1 new parcel: show it", "To pick 1")
	watcher.stillThere()
	watcher.follow(browser.Link("1 new parcel"))
	watcher.see(number, "Enamel kettle")
	watcher.watchQueue()

	picker.visit(urls.MerchantQueue())
	picker.follow(browser.Button("Claim").In(number))
	picker.see("Pick "+number, "Bin")
	watcher.see("Max Picker")
	watcher.stillThere()
	picker.follow(browser.Button("Everything is picked"))
	picker.see("Into the parcel")
	picker.follow(browser.Button("Packed"))
	picker.fill("Tracking number", "00340434161094021501")
	picker.must(picker.tab.Choose(browser.Field("Carrier"), "DHL"))
	picker.follow(browser.Button("Shipped"))
	picker.see("On its way", "00340434161094021501")
	watcher.see("Shipped")
	watcher.stillThere()

	buyer.visit(urls.AccountOrder(number))
	buyer.see("DHL", "00340434161094021501", "Track it at DHL", "on its way")
	picker.follow(browser.Button("Mark delivered"))
	picker.see("The parcel is marked as delivered")
	buyer.visit(urls.AccountOrder(number))
	buyer.see("Delivered", "What happened")
	h.run("verify")
}

func TestTwoPeopleClaimAtOnce(t *testing.T) {
	t.Parallel()
	h, ada := kitchen(t)
	mia, max := h.packers()
	number := h.as(ada).order()
	people := []*person{h.as(mia), h.as(max)}
	for _, p := range people {
		p.visit(urls.MerchantQueue())
		p.see(number)
	}
	var statuses [2]int
	var errs [2]error
	var both sync.WaitGroup
	for i, p := range people {
		both.Go(func() { statuses[i], errs[i] = p.tab.Follow(browser.Button("Claim").In(number)) })
	}
	both.Wait()
	people[0].must(errs[0])
	people[1].must(errs[1])
	winner, loser, name := people[0], people[1], mia.Name
	if statuses[1] == http.StatusOK {
		winner, loser, name = people[1], people[0], max.Name
	}
	if statuses[0]+statuses[1] != http.StatusOK+http.StatusConflict {
		t.Fatalf("they are answered %v", statuses)
	}
	winner.see("Pick " + number)
	loser.see(name, "Nothing was changed")
	if n := h.Int(`SELECT count(*) FROM order_events WHERE kind = 'claimed'`); n != 1 {
		t.Errorf("the parcel was claimed %d times", n)
	}
}

func TestTheQueueByKeyboard(t *testing.T) {
	t.Parallel()
	h, ada := kitchen(t)
	mia, _ := h.packers()
	buyer := h.as(ada)
	first, second := buyer.order(), buyer.order()
	p := h.as(mia)
	p.visit(urls.MerchantQueue())
	focused := func(number string) {
		t.Helper()
		p.must(p.tab.Await("the row of "+number+" has the focus", `document.activeElement.closest("tr")?.innerText.includes("`+number+`")`))
	}
	p.press("j")
	focused(first)
	p.press("j")
	focused(second)
	p.press("j") // there is no third
	focused(second)
	p.press("k")
	focused(first)
	p.press("x")
	p.must(p.tab.Await("the row is ticked", `document.activeElement.closest("tr").querySelector("input[type=checkbox]").checked`))

	p.press("?")
	p.must(p.tab.Await("the shortcuts are shown", `document.querySelector("#shortcuts").open`))
	p.see("Next and previous row of a list")
	p.must(p.tab.Await("keys that do nothing here are not listed", `document.querySelector("#shortcuts [data-keys=u]").hidden && !document.querySelector("#shortcuts [data-keys=c]").hidden`))
	p.press("\x1b")
	p.must(p.tab.Await("the shortcuts are closed", `!document.querySelector("#shortcuts").open`))

	p.press("/")
	p.must(p.tab.Await("the search has the focus", `document.activeElement.matches("[data-search]")`))
	p.press("j?") // in a field they are letters
	p.must(p.tab.Await("the letters are typed", `document.activeElement.value === "j?"`))

	p.visit(urls.MerchantProducts())
	p.press("?")
	p.must(p.tab.Await("a key that only a button names is listed", `document.querySelector("#shortcuts [data-keys=n] dd").innerText === "New product"`))
	p.press("\x1b")

	p.visit(urls.MerchantQueue())
	p.press("j")
	p.press("j")
	focused(second)
	p.pressOn("\r")
	p.see("Order " + second)
}
