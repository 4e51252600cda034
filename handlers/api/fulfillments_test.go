package api_test

import (
	"fmt"
	"strings"
	"testing"

	"waybill/shop"
)

// as names the person for whom a program works.
func as(worker shop.User) string { return fmt.Sprintf("Waybill-Worker: %d", worker.ID) }

// paidOrder buys units of the walk's SKU and returns the id of the fulfillment.
func (w *walk) paidOrder(units int) string {
	order := w.post(w.admin, "/orders", w.orderOf(units)).want(201).object()
	w.post(w.admin, fmt.Sprintf("/orders/%v/payments", order["orderId"]), `{"method":"card_ok"}`).want(201)
	return fmt.Sprintf("/fulfillments/%v-1", order["orderId"])
}

// fulfillments draws the answers of the way of a parcel.
func (w *walk) fulfillments() {
	me, other := as(w.sender()), as(w.User("other@example.com", shop.RoleMerchant, w.merchant, 0))
	f := w.paidOrder(3)
	do := func(act string, body any, headers ...string) answered {
		return w.post(w.admin, f+"/"+act, text(body), append(headers, me)...)
	}
	w.post(w.admin, "/fulfillments/next", fmt.Sprintf(`{"merchantId":%d,"locationId":999}`, w.merchant), me).want(404)
	w.post(w.admin, "/fulfillments/next", fmt.Sprintf(`{"merchantId":%d}`, w.merchant), me, "Idempotency-Key: n").want(200)
	w.post(w.admin, "/fulfillments/next", fmt.Sprintf(`{"merchantId":%d,"locationId":9}`, w.merchant), me, "Idempotency-Key: n").want(409)
	f = w.paidOrder(3)
	none := struct{}{}
	do("renew", none).want(409)
	do("claim", none).want(200)
	do("renew", none).want(200)
	w.post(w.admin, f+"/claim", "", other).want(409)
	do("release", none).want(200)
	do("hand-over", map[string]any{"toWorkerId": w.sender().ID, "reason": "end of shift"}).want(200)
	do("scans", map[string]any{"code": "ONE", "step": "pick"}).want(200)
	do("short-picks", exampleOf("shortPickFulfillment")).want(200)
	w.post(w.admin, f+"/short-picks", text(exampleOf("shortPickFulfillment")), other).want(409)
	w.post(w.admin, f+"/scans", `{"code":"ONE","step":"pick"}`, other).want(409)
	do("pack", exampleOf("packFulfillment")).want(409)
	do("pick", map[string]any{"all": true}).want(200)
	w.post(w.admin, f+"/pick", `{"all":true}`, other).want(409)
	do("release", none).want(409)
	do("ship", exampleOf("shipFulfillment")).want(409)
	do("pack", exampleOf("packFulfillment")).want(200)
	do("cancel", none).want(200)
	do("ship", exampleOf("shipFulfillment")).want(409)
	f = strings.TrimSuffix(f, "-1") + "-2"
	do("cancel", none).want(409)
	do("claim", none).want(200)
	do("pick", map[string]any{"all": true}).want(200)
	do("pack", exampleOf("packFulfillment")).want(200)
	do("deliver", none).want(409)
	do("ship", exampleOf("shipFulfillment")).want(200)
	do("hand-over", map[string]any{"toWorkerId": w.sender().ID, "reason": "end of shift"}).want(409)
	do("deliver", none).want(200)
}

// station is a merchant with two people, and a key of a scanner.
type station struct {
	*door
	shelf
	key      string
	ann, bob shop.User
}

func newStation(t *testing.T) *station {
	t.Helper()
	d := newDoor(t)
	s := &station{door: d, shelf: d.shelf("one", 1000)}
	s.key = d.key(shop.NewAPIKey{Role: shop.RoleMerchant, MerchantID: s.merchant, Name: "scanner 3"})
	s.ann, s.bob = d.User("ann@example.com", shop.RoleMerchant, s.merchant, 0), d.User("bob@example.com", shop.RoleMerchant, s.merchant, 0)
	return s
}

// parcel is a paid order of some units, as the path of its fulfillment.
func (s *station) parcel(units int) string {
	s.t.Helper()
	admin := s.admin()
	order := s.post(admin, "/orders", s.orderOf(units)).want(201).object()
	s.post(admin, fmt.Sprintf("/orders/%v/payments", order["orderId"]), `{"method":"card_ok"}`).want(201)
	return fmt.Sprintf("/fulfillments/%v-1", order["orderId"])
}

func TestAProgramWorksForAPerson(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	f := s.parcel(2)
	taken := s.post(s.key, f+"/claim", "", as(s.ann)).want(200).object()
	holder := object(taken["holder"])
	if fmt.Sprint(holder["workerId"]) != fmt.Sprint(s.ann.ID) || holder["name"] != s.ann.Name || holder["until"] == nil || taken["status"] != "picking" {
		t.Errorf("claimed, it is %v", taken)
	}
	refused := s.post(s.key, f+"/claim", "", as(s.bob)).want(409).object()
	if !strings.Contains(fmt.Sprint(refused["detail"]), s.ann.Name) {
		t.Errorf("the second is told %v, not who has it", refused["detail"])
	}
	s.post(s.key, f+"/pick", `{"items":[{"lineNo":1,"quantity":1}]}`, as(s.bob)).want(409)
	if n := s.Int(`SELECT count(*) FROM order_events WHERE kind = 'claimed' AND actor_kind = 'staff' AND actor_id = $1 AND data->>'via' = 'API key scanner 3'`, s.ann.ID); n != 1 {
		t.Errorf("%d events say that Ann claimed it with the scanner", n)
	}
	timeline := strings.Replace(strings.TrimSuffix(f, "-1"), "fulfillments", "orders", 1) + "/timeline"
	customer := s.door.key(shop.NewAPIKey{Role: shop.RoleCustomer, CustomerID: s.customer})
	if told := s.get(customer, timeline).want(200); strings.Contains(string(told.Body), "scanner") {
		t.Error("the customer reads the name of the key")
	}
	s.CheckBooks()
}

func TestWhoWorksIsSomebodyOfTheMerchant(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	f := s.parcel(1)
	stranger := s.shelf2("two")
	before := s.rows()
	for _, worker := range []string{"", "0", "-1", "x", "999999", fmt.Sprint(stranger.ID)} {
		for _, act := range []string{"claim", "release", "pick", "pack"} {
			body := map[string]string{"pick": `{"all":true}`}[act]
			names(t, s.post(s.key, f+"/"+act, body, "Waybill-Worker: "+worker).want(422), "Waybill-Worker")
		}
		names(t, s.post(s.key, "/fulfillments/next", "", "Waybill-Worker: "+worker).want(422), "Waybill-Worker")
	}
	names(t, s.post(s.key, f+"/hand-over", fmt.Sprintf(`{"toWorkerId":%d,"reason":"end of shift"}`, stranger.ID), as(s.ann)).want(422), "toWorkerId")
	if after := s.rows(); after != before {
		t.Errorf("rows were %s, are %s", before, after)
	}
}

// shelf2 is somebody of another merchant.
func (s *station) shelf2(slug string) shop.User {
	merchant, _ := s.Merchant(slug)
	return s.User(slug+"@example.com", shop.RoleMerchant, merchant, 0)
}

// The same key does a thing once, and answers what came of it, as it is by now.
func TestWorkIsDoneOnceForEachKey(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	f := s.parcel(3)
	once := func(act, body, key string) answered {
		return s.post(s.key, f+"/"+act, body, as(s.ann), "Idempotency-Key: "+key)
	}
	for _, step := range []struct{ act, body string }{
		{"claim", ""}, {"short-picks", `{"lineNo":1,"quantity":1,"why":"damaged","outcome":"refund"}`}, {"pick", `{"items":[{"lineNo":1,"quantity":1}]}`},
		{"scans", `{"code":"ONE","step":"pick"}`}, {"pack", `{"weightGrams":400}`}, {"ship", `{"carrier":"DHL","trackingNumber":"00340434161094"}`}, {"deliver", ""},
	} {
		if first := once(step.act, step.body, "k-"+step.act).want(200); first.Header.Get("Idempotent-Replayed") != "" {
			t.Errorf("the first %s is called a repetition", step.act)
		}
		if second := once(step.act, step.body, "k-"+step.act).want(200); second.Header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("the second %s is not called a repetition", step.act)
		}
	}
	if kind, _ := once("deliver", "", "k-claim").want(409).problem(); kind != "idempotency-mismatch" {
		t.Errorf("a key of another request is %s", kind)
	}
	if got := s.get(s.key, f).want(200).object(); got["status"] != "delivered" || fmt.Sprint(got["units"]) != "2" {
		t.Errorf("at the end it is %v", got)
	}
	s.CheckBooks()
}

func TestBadWorkOnFulfillmentsNamesItsField(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	f := s.parcel(2)
	s.post(s.key, f+"/claim", "", as(s.ann)).want(200)
	for _, c := range []struct{ act, body, field string }{
		{"pick", ``, "items"},
		{"pick", `{"all":true,"items":[{"lineNo":1,"quantity":1}]}`, "items"},
		{"pick", `{"items":[{"lineNo":1,"quantity":3}]}`, "items[0].quantity"},
		{"pick", `{"items":[{"lineNo":1,"quantity":1},{"lineNo":2,"quantity":1}]}`, "items[1].quantity"},
		{"pick", `{"items":[{"lineNo":1,"quantity":-1}]}`, "items[0].quantity"},
		{"short-picks", `{"lineNo":1,"quantity":3,"why":"missing","outcome":"refund"}`, "quantity"},
		{"short-picks", `{"lineNo":9,"quantity":1,"why":"missing","outcome":"refund"}`, "lineNo"},
		{"short-picks", `{"lineNo":1,"quantity":1,"why":"stolen","outcome":"refund"}`, "why"},
		{"short-picks", `{"lineNo":1,"quantity":1,"why":"missing","outcome":"nothing"}`, "outcome"},
		{"short-picks", `{"lineNo":1,"quantity":1,"why":"missing","outcome":"elsewhere"}`, "outcome"},
		{"scans", `{"code":"ONE","step":"queue"}`, "step"},
		{"hand-over", `{"toWorkerId":8}`, "reason"},
		{"claim", `{"workerId":8}`, "workerId"},
	} {
		names(t, s.post(s.key, f+"/"+c.act, c.body, as(s.ann)).want(422), c.field)
	}
	s.post(s.key, f+"/pick", `{"all":true}`, as(s.ann)).want(200)
	for _, c := range []struct{ act, body, field string }{
		{"pack", `{"items":[{"lineNo":1,"quantity":3}]}`, "items[0].quantity"},
		{"pack", `{"items":[{"lineNo":1,"quantity":0}]}`, "items"},
		{"pack", `{"boxId":999}`, "boxId"},
		{"pack", `{"weightGrams":70001}`, "weightGrams"},
	} {
		names(t, s.post(s.key, f+"/"+c.act, c.body, as(s.ann)).want(422), c.field)
	}
	s.post(s.key, f+"/pack", "", as(s.ann)).want(200)
	names(t, s.post(s.key, f+"/ship", `{"carrier":"Pigeon","trackingNumber":"1234567"}`, as(s.ann)).want(422), "carrier")
	names(t, s.post(s.key, f+"/ship", `{"carrier":"DHL","trackingNumber":"ä"}`, as(s.ann)).want(422), "trackingNumber")
	for _, id := range []string{"1", "1-", "-1", "1-0", "x-1", "99999999999999999999-1", "1-99999", "1--1"} {
		s.post(s.key, "/fulfillments/"+id+"/claim", "", as(s.ann)).want(404)
		s.get(s.key, "/fulfillments/"+id).want(404)
	}
	number := s.get(s.key, f).want(200).object()["orderNumber"]
	s.get(s.key, fmt.Sprintf("/fulfillments/%v-1", number)).want(200)
}

func TestTheQueueIsListedAsThePagesShowIt(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	var all []string
	for range 5 {
		all = append(all, strings.TrimPrefix(s.parcel(1), "/fulfillments/"))
	}
	s.post(s.key, "/fulfillments/"+all[0]+"/claim", "", as(s.ann)).want(200)
	ids := func(query string) string {
		t.Helper()
		var got []string
		for next := ""; ; {
			page := s.get(s.key, "/fulfillments?limit=2"+query+next).want(200).object()
			for _, row := range page["data"].([]any) {
				got = append(got, fmt.Sprint(object(row)["id"]))
			}
			if page["nextCursor"] == nil {
				return strings.Join(got, " ")
			}
			next = "&cursor=" + fmt.Sprint(page["nextCursor"])
		}
	}
	backwards := func(ids []string) string {
		var list []string
		for i := len(ids) - 1; i >= 0; i-- {
			list = append(list, ids[i])
		}
		return strings.Join(list, " ")
	}
	for query, want := range map[string]string{
		"":                      strings.Join(all[1:], " "),
		"&stage=picking":        all[0],
		"&stage=ready":          "",
		"&sort=age":             strings.Join(all[1:], " "),
		"&sort=-age":            backwards(all[1:]),
		"&sku=on":               strings.Join(all[1:], " "),
		"&sku=two":              "",
		"&country=us&sort=-age": backwards(all[1:]),
		"&country=DE":           "",
		"&service=standard":     strings.Join(all[1:], " "),
		"&service=99":           "",
		"&value=<1":             "",
		"&value=>1":             strings.Join(all[1:], " "),
		"&due=late":             "",
		fmt.Sprintf("&locationId=%d", s.location):           strings.Join(all[1:], " "),
		"&locationId=999":                                   "",
		fmt.Sprintf("&stage=picking&workerId=%d", s.ann.ID): all[0],
		fmt.Sprintf("&stage=picking&workerId=%d", s.bob.ID): "",
	} {
		if got := ids(query); got != want {
			t.Errorf("%s lists %s, want %s", query, got, want)
		}
	}
	cursor := s.get(s.key, "/fulfillments?limit=1").want(200).object()["nextCursor"]
	for query, field := range map[string]string{
		"stage=packed": "stage", "sort=size": "sort", "due=tomorrow": "due", "country=Atlantis": "country", "service=fast": "service", "value=much": "value",
		"merchantId=999": "merchantId", "sku=" + strings.Repeat("x", 65): "sku", "cursor=AAAA": "cursor", "status=open": "status",
		fmt.Sprintf("sort=age&cursor=%v", cursor): "cursor",
	} {
		names(t, s.get(s.key, "/fulfillments?"+query).want(422), field)
	}
}
