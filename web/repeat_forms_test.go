package web_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"strconv"
	"testing"
	"time"

	"waybill/adapters/simulated"
	"waybill/db/dbtest/factory"
	"waybill/shop"
	"waybill/views"
	"waybill/views/urls"
)

// pressedEachTime are the forms of which every press counts or nothing is kept, and why.
var pressedEachTime = map[string]string{
	"POST /cart/items":                      "adds what is chosen: whoever presses twice wants two, and sees both in the cart",
	"POST /account/orders/{number}/reorder": "fills the cart, as the button beside a product does",
	"POST /login":                           "opens a session",
	"POST /logout":                          "ends a session",
	"POST /theme":                           "sets a cookie",
	"POST /currency":                        "sets a cookie and the currency of the cart",
	"POST /merchant/queue/density":          "sets a cookie",
	"POST /admin/api-keys":                  "shows the secret of a key once: that of an answer that got lost could be shown to nobody",
	"POST /finance/reconciliation":          "compares once more: what was found before is not found again",
	"POST /merchant/orders/{number}/refunds/{refund}/retry": "is proven where a bank can be told to decline (TestStaffTryAgainWhatTheProcessorDeclined)",
	"POST /support/orders/{number}/refunds/{refund}/retry":  "as the merchant's",
	"POST /webhooks/carriers/{name}":                        "is no form; what a carrier sends twice is proven with the parcels",
}

// Every form of every page can be sent twice, by a double click or after an answer that got lost: it has one effect, and the
// second answer is the first one's. A new route says here how it is sent.
func TestEveryFormCanBeSentTwice(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, card := range simulated.Cards() {
		s.pages.Methods = append(s.pages.Methods, views.PaymentMethod(card))
	}
	r := newRepeats(t, s)
	tr := newTrader(s, "tea")
	for _, part := range []func(*repeats, trader){
		buyersRepeat, accountsRepeat, returnsRepeat, queueRepeats, parcelsRepeat, batchesRepeat, shipmentsRepeat, stockRepeats, countsRepeat,
		productsRepeat, rulesRepeat, officesRepeat, adminsRepeat,
	} {
		part(r, tr)
	}
	for route := range r.routes {
		if why := pressedEachTime[route]; !r.routes[route] && why == "" {
			t.Errorf("%s: say here how it is sent, and that twice is once", route)
		}
	}
	for route := range pressedEachTime {
		if _, known := r.routes[route]; !known {
			t.Errorf("%s is no route any more", route)
		}
	}
	s.CheckBooks()
}

// customer is a new customer with an address, signed in.
func (r *repeats) customer(email string) (v visitor, id, address int64) {
	r.t.Helper()
	id, address = r.Customer(email)
	return r.as(r.User(email, shop.RoleCustomer, 0, id)), id, address
}

func text(id int64) string { return strconv.FormatInt(id, 10) }

func buyersRepeat(r *repeats, tr trader) {
	v, customer, address := r.customer("ana@example.com")
	v.post(urls.CartAdd(), "sku", text(tr.sku), "quantity", "2", "currency", "USD")
	r.twice(v, urls.Cart(), urls.CartUpdate(tr.sku), "quantity", "3")
	r.Exec(`INSERT INTO discounts (code, name, percent_ppm, valid_from) VALUES ('TENTH', 'A tenth off', 100000, now() - interval '1 day')`)
	r.twice(v, urls.Cart(), urls.CartCodes(0), "code", "tenth")
	r.twice(v, urls.Cart(), urls.CartCodeRemove("TENTH", 0))
	r.twice(v, urls.Cart(), urls.CartRemove(tr.sku))
	v.post(urls.CartAdd(), "sku", text(tr.sku), "quantity", "2", "currency", "USD")
	express := r.Int(`INSERT INTO ship_services (merchant_id, name, cutoff_minute, handling_days, working_days, created_at, updated_at)
		SELECT merchant_id, 'Courier', 720, 0, 62, now(), now() FROM skus WHERE id = $1 RETURNING id`, tr.sku)
	r.Exec(`INSERT INTO shipping_rates (merchant_id, ship_service_id, country, currency, from_weight_grams, from_subtotal_minor, price_minor) VALUES ($1, $2, '', 'USD', 0, 0, 900)`, tr.user.MerchantID, express)
	r.twice(v, "", urls.CartServices(0), views.ServiceFieldName(tr.user.MerchantID), text(express))
	r.twice(v, urls.Checkout(), urls.Checkout(), "address", text(address), "method", simulated.TokenOK)
	paid := shop.OrderID(r.Int(`SELECT max(id) FROM orders WHERE customer_id = $1`, customer))
	r.twice(v, urls.AccountOrder(paid.Number()), urls.AccountOrderCancel(paid.Number()))
	unpaid := r.Place(customer, address, tr.sku)
	r.twice(v, urls.CheckoutPay(unpaid.CheckoutID.Number()), urls.CheckoutPay(unpaid.CheckoutID.Number()), "method", simulated.TokenDeclined)
	r.twice(v, urls.CheckoutPay(unpaid.CheckoutID.Number()), urls.CheckoutPay(unpaid.CheckoutID.Number()), "method", simulated.TokenOK)
}

func accountsRepeat(r *repeats, _ trader) {
	v, customer, address := r.customer("bea@example.com")
	r.twiceWriting([]string{"users"}, r.guest(), urls.Register(""), urls.Register(""), "name", "Cleo", "email", "cleo@example.com", "password", "correct horse battery")
	where := []string{"name", "Bea", "line1", "5 Side St", "city", "Reno", "region", "NV", "postal_code", "89501", "country", "US"}
	r.twice(v, urls.AccountAddresses(), urls.AccountAddresses(), where...)
	if n := r.Int(`SELECT count(*) FROM addresses WHERE customer_id = $1 AND deleted_at IS NULL`, customer); n != 2 {
		r.t.Errorf("sent twice there are %d addresses", n)
	}
	r.twice(v, urls.AccountAddress(address), urls.AccountAddress(address), append(where, "line2", "Back door")...)
	r.twice(v, urls.AccountAddresses(), urls.AccountAddressRemove(address))
}

func returnsRepeat(r *repeats, tr trader) {
	merchant := r.as(tr.user)
	v, customer, address := r.customer("dora@example.com")
	r.twice(merchant, urls.MerchantReturns(), urls.MerchantReturnsPolicy(), "days", "40", "address", "Dock 4")
	var order shop.OrderID
	ask := func() string {
		order = r.pay(r.Place(customer, address, tr.sku), customer, simulated.TokenOK).Parts[0].OrderID
		r.Shipped(order, tr.user)
		if _, err := r.Store.DeliverFulfillment(r.t.Context(), factory.Work(order, tr.user)); err != nil {
			r.t.Fatal(err)
		}
		wizard := urls.AccountReturn(order.Number())
		r.twice(v, wizard+"?step=review&units[1]=1&reason[1]=other", wizard, "(file)", "")
		return shop.ReturnID(r.Int(`SELECT max(id) FROM returns`)).Number()
	}
	act := func(number, act string, fields ...string) {
		r.twice(merchant, urls.MerchantReturn(number), urls.MerchantReturnAct(number, act), fields...)
	}
	number := ask()
	r.twice(v, urls.AccountOrder(order.Number()), urls.AccountReturnCancel(number))
	act(ask(), "reject", "reason", "worn")
	number = ask()
	act(number, "approve", "units[1]", "1")
	act(number, "cancel", "reason", "kept it")
	number = ask()
	act(number, "approve", "units[1]", "1")
	r.twice(v, urls.AccountOrder(order.Number()), urls.AccountReturnSent(number))
	act(number, "receive", "as_new[1]", "1")
	act(number, "refund")
	other := tr.returned("eda@example.com").Number()
	act(other, "approve", "units[1]", "1")
	act(other, "sent")
	act(other, "receive", "as_new[1]", "1")
	act(other, "close", "reason", "it was not ours")
}

func queueRepeats(r *repeats, tr trader) {
	v := r.as(tr.user)
	r.twice(v, urls.MerchantQueue(), urls.MerchantQueueNext())
	r.twice(v, "", urls.MerchantRelease(tr.number()), "parcel", "1")
	r.twice(v, urls.MerchantOrder(tr.number()), urls.MerchantClaim(tr.number()))
	r.Exec(`UPDATE fulfillments SET leased_until = now() + interval '1 minute' WHERE order_id = $1`, int64(tr.order))
	v.post(urls.MerchantClaimsRenew(), "parcel", tr.number()+"/1")
	r.mark(urls.MerchantClaimsRenew())
	r.twice(v, urls.MerchantOrder(tr.number()), urls.MerchantRelease(tr.number()))
	lost := tr.paid("given-up@example.com")
	r.Packed(lost, tr.user)
	r.twice(v, urls.MerchantOrder(lost.Number()), urls.MerchantParcelCancel(lost.Number()))
	r.twice(v, urls.MerchantQueue(), urls.MerchantQueueBulk(), "do", "claim", "parcel", tr.number()+"/1")
	r.twice(v, urls.MerchantQueueViews("stage=pack"), urls.MerchantQueueViews(""), "name", "To pack", "shared", "on")
	r.twice(v, urls.MerchantQueueViews("stage=pack"), urls.MerchantQueueViews(""), "name", "Mine")
	view := urls.MerchantQueueView(r.Int(`SELECT id FROM queue_views WHERE name = 'Mine'`))
	r.twice(v, urls.MerchantQueueViews(""), view, "do", "rename", "name", "Ours")
	r.twice(v, urls.MerchantQueueViews(""), view, "do", "delete")
	r.twice(v, urls.MerchantPromise(), urls.MerchantPromiseServices(), "name", "Express", "cutoff", "12:00", "days", "0", "week", "1")
	service := urls.MerchantPromiseService(r.Int(`SELECT max(id) FROM ship_services`))
	r.twice(v, urls.MerchantPromise(), service, "name", "Fast", "cutoff", "13:00", "days", "1", "week", "1")
	r.twice(v, urls.MerchantPromise(), service, "retire", "1")
	r.twice(v, urls.MerchantPromise(), urls.MerchantPromiseHolidays(), "day", "2030-01-01", "holiday", "New Year")
	r.twice(v, urls.MerchantPromise(), urls.MerchantPromiseHolidays(), "remove", "2030-01-01")
}

func parcelsRepeat(r *repeats, tr trader) {
	v, order := r.as(tr.user), tr.paid("fay@example.com")
	number := order.Number()
	v.post(urls.MerchantClaim(number), "parcel", "1")
	pick := urls.MerchantPick(number, 1)
	r.twice(v, "", urls.MerchantScan(), "step", "pick", "parcel", number+"/1", "code", "TEA-1", "key", "one scan")
	r.Exec(`UPDATE fulfillment_items SET picked = 0 WHERE order_id = $1`, int64(order))
	r.Exec(`UPDATE fulfillments SET status = 'picking' WHERE order_id = $1 AND status = 'picked'`, int64(order))
	r.twice(v, pick, pick, "parcel", "1", "all", "1")
	pack := urls.MerchantPack(number, 1)
	r.twice(v, pack, urls.MerchantPack(number, 0), "parcel", "1", "weight", "1.5")
	r.twice(v, pack, urls.MerchantShip(number), "carrier", "DHL", "tracking", "00340434161094")
	r.twice(v, urls.MerchantOrder(number), urls.MerchantDeliver(number))
	short := tr.paid("gil@example.com").Number()
	v.post(urls.MerchantClaim(short), "parcel", "1")
	r.twice(v, urls.MerchantShort(short, 1, 1), urls.MerchantShort(short, 1, 0), "quantity", "1", "why", "missing", "choice", "refund")
	seller, customer, address := r.as(tr.user), int64(0), int64(0)
	_, customer, address = r.customer("hal@example.com")
	refund := r.pay(r.Place(customer, address, tr.sku), customer, simulated.TokenOK).Parts[0].OrderID.Number()
	r.twice(seller, urls.MerchantRefund(refund), urls.MerchantRefund(refund), "units[1]", "1", "do", "refund", "reason", "chipped")
	end := r.pay(r.Place(customer, address, tr.sku), customer, simulated.TokenOK).Parts[0].OrderID.Number()
	r.twice(seller, urls.MerchantOrder(end), urls.MerchantCancel(end), "reason", "broken")
	r.twice(v, urls.MerchantScans(), urls.MerchantScans(), "required", "yes")
	v.post(urls.MerchantScans(), "required", "no")
}

func batchesRepeat(r *repeats, tr trader) {
	v := r.as(tr.user)
	first, second := tr.paid("ida@example.com").Number(), tr.paid("jon@example.com").Number()
	start := func(number string) string {
		r.twice(v, "", urls.MerchantBatches(), "kind", "chosen", "parcel", number+"/1", "key", "batch of "+number)
		return urls.MerchantBatch(r.Int(`SELECT max(id) FROM pick_batches`))
	}
	batch := start(first)
	r.twice(v, batch, batch, "take", first+"/1:1:1")
	r.twice(v, "", start(second)+"/end")
}

func shipmentsRepeat(r *repeats, tr trader) {
	v := r.as(tr.user)
	box := []string{"name", "M", "length", "300", "width", "200", "height", "150", "tare", "90", "hotkey", "2"}
	r.twice(v, urls.MerchantBoxes(), urls.MerchantBoxes(), box...)
	m := r.Int(`SELECT id FROM boxes`)
	r.twice(v, urls.MerchantBox(m), urls.MerchantBox(m), append(box[2:], "name", "Medium")...)
	r.twice(v, urls.MerchantBoxes(), urls.MerchantBoxRetire(m))
	r.twice(v, urls.MerchantSender(), urls.MerchantSender(), "name", "Tea & Co", "line1", "1 Leaf St", "city", "Oakland", "region", "CA", "postal_code", "94601", "country", "US")
	label := func(email string) shop.Shipment {
		order := tr.packed(email)
		pack := urls.MerchantPack(order.Number(), 1)
		r.twice(v, pack, urls.MerchantLabel(order.Number()), "service", "simulated/express")
		return tr.shipmentOf(order)
	}
	sent, voided := label("kim@example.com"), label("leo@example.com")
	r.twice(v, urls.MerchantShipment(sent.ID), urls.MerchantHandOver(), "id", text(sent.ID))
	r.twice(v, urls.MerchantShipment(voided.ID), urls.MerchantShipmentVoid(voided.ID))
	r.twice(v, urls.MerchantShipment(sent.ID), urls.MerchantShipmentUndo(sent.ID))
	r.twice(v, urls.MerchantShipments("ready"), urls.MerchantHandOver(), "id", text(sent.ID))
	r.twice(v, urls.MerchantShipments("ready"), urls.MerchantManifestUndo(r.Int(`SELECT max(id) FROM manifests`)))
	v.post(urls.MerchantHandOver(), "id", text(sent.ID))
	r.twice(v, urls.MerchantPromise(), urls.MerchantPromiseUndo(), "undo", "20")
	sealed := tr.packed("max@example.com")
	r.twice(v, urls.MerchantPack(sealed.Number(), 1), urls.MerchantUnpack(sealed.Number()), "parcel", "1")
	r.Exec(`UPDATE shipments SET problem = 'late', problem_at = now() WHERE id = $1`, sent.ID)
	r.twice(v, "", urls.MerchantShipmentResolve(sent.ID), "answer", "arrived after all", "note", "by phone")
	lost := label("lou@example.com")
	v.post(urls.MerchantHandOver(), "id", text(lost.ID))
	tr.lose(text(lost.ID))
	page := urls.MerchantShipment(lost.ID)
	r.twice(v, page, urls.MerchantShipmentClaim(lost.ID), "amount", "10.00")
	r.twice(v, page, urls.MerchantShipmentReship(lost.ID))
	claim := urls.MerchantCarrierClaim(r.Int(`SELECT max(id) FROM carrier_claims`))
	r.twice(v, claim, claim, "status", "paid", "paid", "8.50", "reference", "C-77")
}

func stockRepeats(r *repeats, tr trader) {
	v, work := r.as(tr.user), urls.MerchantInventoryWork(tr.sku)
	r.twice(v, urls.MerchantInventorySKU(tr.sku), urls.MerchantInventoryAdjust(tr.sku), "delta", "-1", "reason", "count")
	r.twice(v, work, work, "do", "receive", "receive-quantity", "10")
	r.twice(v, work, work, "do", "rules", "rules-backorderLimit", "5", "rules-buyerLimit", "", "rules-reorderPoint", "8")
	main := text(r.Int(`SELECT location_id FROM stock_levels WHERE sku_id = $1`, tr.sku))
	r.twice(v, work, work, "do", "place", "place-locationId", main, "place-bin", "A-1")
	r.twice(v, work, work, "do", "count", "count-onHand", "90")
	second := text(r.Location(tr.user.MerchantID, "SECOND", 2))
	r.twice(v, urls.MerchantLocations(), urls.MerchantLocations(), "code", "annex", "name", "Annex", "priority", "3")
	annex := urls.MerchantLocation(r.Int(`SELECT id FROM locations WHERE code = 'ANNEX'`))
	r.twice(v, annex, annex, "name", "The annex", "priority", "4")
	r.twice(v, work, work, "do", "move", "move-quantity", "2", "move-fromLocationId", main, "move-toLocationId", second)
}

func countsRepeat(r *repeats, tr trader) {
	v, main := r.as(tr.user), text(r.Int(`SELECT min(location_id) FROM stock_levels WHERE sku_id = $1`, tr.sku))
	open := func() int64 {
		r.twice(v, urls.MerchantCounts(), urls.MerchantCounts(), "locationId", main, "bins", "")
		return r.Int(`SELECT max(id) FROM stock_counts`)
	}
	sheet := open()
	r.twice(v, urls.MerchantCount(sheet), urls.MerchantCountEnter(sheet), fmt.Sprintf("counted[%d]", tr.sku), "87")
	r.twice(v, urls.MerchantCount(sheet), urls.MerchantCountApprove(sheet))
	sheet = open()
	r.twice(v, urls.MerchantCount(sheet), urls.MerchantCountDiscard(sheet))
}

func productsRepeat(r *repeats, tr trader) {
	v := r.as(tr.user)
	r.twice(v, urls.MerchantProductNew(), urls.MerchantProducts(), mug()[2:]...)
	product := r.Int(`SELECT max(id) FROM products`)
	page := urls.MerchantProduct(product)
	r.twice(v, page, page, "name", "Green Mug", "slug", "green-mug", "description", "Holds more tea.", "category", "", "status", "active")
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewRGBA(image.Rect(0, 0, 40, 30))); err != nil {
		r.t.Fatal(err)
	}
	r.twice(v, page, urls.MerchantProductPicture(product), "(file)", "picture:"+picture.String())
	r.twice(v, page, urls.MerchantProductPictureRemove(product))
	r.twice(v, urls.MerchantSKUNew(product), urls.MerchantSKUs(product), "code", "MUG-XL", "variant", "XL", "taxCategory", "standard", "status", "active", "weight", "500", "priceUSD", "19", "attributes", "Size: XL", "barcode", "")
	sku := r.Int(`SELECT max(id) FROM skus`)
	one, prices := urls.MerchantSKU(product, sku), urls.MerchantSKUPrices(product, sku)
	r.twice(v, one, one, "code", "MUG-XXL", "variant", "XXL", "taxCategory", "standard", "status", "active", "weight", "600", "attributes", "Size: XXL", "barcode", "")
	r.twice(v, one, urls.MerchantSKURules(product, sku), "rules-reorderPoint", "5", "rules-backorderLimit", "", "rules-buyerLimit", "2")
	r.twice(v, one, prices, "currency", "USD", "price", "18")
	r.twice(v, one, prices, "currency", "USD", "price", "17", "validFrom", time.Now().Add(48*time.Hour).Format("2006-01-02T15:04"))
	r.twice(v, one, urls.MerchantSKUPriceCancel(product, sku, r.Int(`SELECT max(id) FROM sku_prices WHERE sku_id = $1`, sku)))
	r.twice(v, one, prices, "end", "USD")
	r.twice(v, page, urls.MerchantProductDelete(product))
	r.twice(v, page, urls.MerchantProductRestore(product))
	r.twice(v, urls.MerchantCatalogFiles(), urls.MerchantCatalogFiles(), "(file)", "file:"+teaFile)
	file := r.Int(`SELECT max(id) FROM catalog_imports`)
	r.twice(v, urls.MerchantCatalogFile(file), urls.MerchantCatalogApply(file))
}

func rulesRepeat(r *repeats, tr trader) {
	v, boss := r.as(tr.user), r.staff(shop.RoleAdmin)
	r.twice(v, urls.MerchantShipping(), urls.MerchantShipping(), "country", "US", "currency", "USD", "weight", "", "subtotal", "", "price", "6")
	r.twice(v, urls.MerchantShipping(), urls.MerchantShippingRemove(r.Int(`SELECT max(id) FROM shipping_rates`)))
	r.twice(v, urls.MerchantDiscounts(), urls.MerchantDiscounts(), "name", "Regulars", "code", "REGULAR", "percent", "20")
	r.twice(v, urls.MerchantDiscounts(), urls.MerchantDiscountEnd(r.Int(`SELECT max(id) FROM discounts`)))
	r.twice(boss, urls.AdminDiscounts(), urls.AdminDiscounts(), "name", "All", "code", "ALL", "percent", "5")
	r.twice(boss, urls.AdminDiscounts(), urls.AdminDiscountEnd(r.Int(`SELECT max(id) FROM discounts`)))
	r.twice(v, urls.MerchantTaxes(), urls.MerchantTaxes(), "prices", views.TaxIncluded)
	r.twice(boss, urls.AdminTaxes(), urls.AdminTaxes(), "country", "DE", "region", "", "category", "standard", "name", "VAT", "rate", "19", "from", "")
	end := urls.AdminTaxEnd(r.Int(`SELECT max(id) FROM tax_rates`))
	r.twice(boss, end, end)
	r.twice(boss, urls.AdminSettings(), urls.AdminSettings(), "rounding", "half_even")
}

func officesRepeat(r *repeats, tr trader) {
	finance, support := r.staff(shop.RoleFinance), r.staff(shop.RoleSupport)
	today := r.Store.Now().Format(time.DateOnly)
	_, customer, address := r.customer("mia@example.com")
	buy := func() shop.PaymentAttempt {
		return r.pay(r.Place(customer, address, tr.sku), customer, simulated.TokenOK)
	}
	paid := buy()
	if err := r.processor.Misstate(r.t.Context(), r.refOf(paid), 700); err != nil {
		r.t.Fatal(err)
	}
	finance.post(urls.FinanceReconciliation(), "provider", "simulated", "from", today, "until", today)
	exception := r.Int(`SELECT min(id) FROM reconciliation_exceptions WHERE status <> 'resolved'`)
	r.twice(finance, urls.FinanceException(exception), urls.FinanceExceptionOwn(exception))
	r.twice(finance, urls.FinanceException(exception), urls.FinanceExceptionResolve(exception), "resolution", "Written off")
	number := buy().Parts[0].OrderID.Number()
	page := urls.SupportOrder(number)
	r.twice(support, page, urls.SupportNote(number), "text", "Called")
	refunded := buy().Parts[0].OrderID.Number()
	r.twice(support, urls.SupportRefund(refunded), urls.SupportRefund(refunded), "units[1]", "1", "do", "refund", "reason", "chipped")
	r.twice(support, page, urls.SupportOrderCancel(number), "reason", "asked by phone")
}

func adminsRepeat(r *repeats, _ trader) {
	boss := r.as(r.User("boss@example.com", shop.RoleAdmin, 0, 0))
	r.twice(boss, urls.AdminUsers(), urls.AdminUsers(), "email", "new@example.com", "name", "New", "role", "finance", "password", "correct horse")
	r.twice(boss, urls.AdminMerchants(), urls.AdminMerchants(), "name", "Leaf & Co", "slug", "", "country", "DE", "timeZone", "Europe/Berlin", "location", "HH", "locationName", "")
	user := r.Int(`SELECT id FROM users WHERE email = 'new@example.com'`)
	page := urls.AdminUser(user)
	ends := []string{"audit_log", "users"} // each press ends the sessions that there are by then
	r.twiceWriting(ends, boss, page, urls.AdminUserPassword(user), "password", "another correct horse")
	r.twiceWriting(ends, boss, page, urls.AdminUserSignOut(user))
	r.twice(boss, page, urls.AdminUserDisable(user))
	r.twice(boss, page, urls.AdminUserEnable(user))
	boss.post(urls.AdminAPIKeys(), "name", "warehouse", "role", "admin", "rate", "")
	r.twice(boss, urls.AdminAPIKeys(), urls.AdminAPIKeyRevoke(r.Int(`SELECT max(id) FROM api_keys`)))
}
