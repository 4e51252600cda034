package api_test

import (
	"fmt"
	"testing"

	"waybill/shop"
)

// A program sees what a cart can be sent with, chooses, and finds the choice in total and order.
func TestAProgramChoosesHowACartIsSent(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	s := d.shelf("one", 100)
	merchant := d.Int(`SELECT merchant_id FROM skus WHERE id = $1`, s.sku)
	express := d.Int(`INSERT INTO ship_services (merchant_id, name, cutoff_minute, handling_days, working_days, created_at, updated_at)
		VALUES ($1, 'Express', 600, 0, 62, now(), now()) RETURNING id`, merchant)
	d.Exec(`INSERT INTO shipping_rates (merchant_id, ship_service_id, country, currency, price_minor) VALUES ($1, $2, 'US', 'USD', 1500)`, merchant, express)
	key := d.key(shop.NewAPIKey{Role: shop.RoleCustomer, CustomerID: s.customer})
	cart := d.cartOf(key, s)
	d.put(key, fmt.Sprintf("%s/items/%d", cart, s.sku), `{"quantity":1}`).want(200)
	choose := fmt.Sprintf(`{"shippingServiceIds":[%d]}`, express)
	if _, fields := d.put(key, cart+"/shipping-services", choose).want(422).problem(); fields[0] != "shippingServiceIds[0]" {
		t.Errorf("before it is known where it goes: %v", fields)
	}
	before := d.put(key, cart+"/address", fmt.Sprintf(`{"shippingAddressId":%d}`, s.address)).want(200).object()
	if offers := before["shippingOptions"].([]any); len(offers) != 2 || fmt.Sprint(offers[1].(map[string]any)["price"]) != "15.00" || offers[1].(map[string]any)["chosen"] != false {
		t.Errorf("offers %v", offers)
	}
	after := d.put(key, cart+"/shipping-services", choose).want(200).object()
	if fmt.Sprint(after["shippingAmount"]) != "15.00" || after["ready"] != true {
		t.Errorf("chosen: %v", after)
	}
	d.post(key, cart+"/checkout", fmt.Sprintf(`{"expectedTotal":%v}`, before["totalAmount"])).want(409)
	placed := d.post(key, cart+"/checkout", fmt.Sprintf(`{"expectedTotal":%v}`, after["totalAmount"])).want(201).object()
	order := d.get(key, fmt.Sprintf("/orders/%v", placed["orderId"])).want(200).object()
	if order["shippingService"] != "Express" || fmt.Sprint(order["shippingAmount"]) != "15.00" {
		t.Errorf("order %v", order)
	}
	d.Exec(`UPDATE ship_services SET name = 'Slow', retired_at = now(), updated_at = now()`)
	if order := d.get(key, fmt.Sprintf("/orders/%v", placed["orderId"])).want(200).object(); order["shippingService"] != "Express" {
		t.Errorf("renamed and retired, the order says %v", order["shippingService"])
	}
	d.Exec(`UPDATE ship_services SET name = 'Express', retired_at = NULL, updated_at = now()`)
	if again := d.get(key, cart).want(200).object(); len(again["shippingServiceIds"].([]any)) != 0 {
		t.Errorf("the next cart begins with %v", again["shippingServiceIds"])
	}
	direct := d.post(key, "/orders", fmt.Sprintf(`{"shippingAddressId":%d,"currency":"USD","items":[{"skuId":%d,"quantity":1}],"shippingServiceIds":[%d]}`, s.address, s.sku, express)).want(201).object()
	if fmt.Sprint(direct["shippingAmount"]) != "15.00" {
		t.Errorf("ordered at once: %v", direct)
	}
}

// A service that stops being offered while it is in a cart is said to be missing, not replaced behind the buyer's back.
func TestAServiceThatIsGoneKeepsACartFromBeingOrdered(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	s := d.shelf("one", 100)
	merchant := d.Int(`SELECT merchant_id FROM skus WHERE id = $1`, s.sku)
	express := d.Int(`INSERT INTO ship_services (merchant_id, name, cutoff_minute, handling_days, working_days, created_at, updated_at)
		VALUES ($1, 'Express', 600, 0, 62, now(), now()) RETURNING id`, merchant)
	d.Exec(`INSERT INTO shipping_rates (merchant_id, ship_service_id, currency, price_minor) VALUES ($1, $2, 'USD', 1500)`, merchant, express)
	key := d.key(shop.NewAPIKey{Role: shop.RoleCustomer, CustomerID: s.customer})
	cart := d.cartOf(key, s)
	d.put(key, fmt.Sprintf("%s/items/%d", cart, s.sku), `{"quantity":1}`).want(200)
	d.put(key, cart+"/address", fmt.Sprintf(`{"shippingAddressId":%d}`, s.address)).want(200)
	d.put(key, cart+"/shipping-services", fmt.Sprintf(`{"shippingServiceIds":[%d]}`, express)).want(200)
	d.Exec(`UPDATE ship_services SET retired_at = now()`)
	if got := d.get(key, cart).want(200).object(); got["ready"] != false {
		t.Errorf("ready with a service that is gone: %v", got)
	}
	if _, fields := d.post(key, cart+"/checkout", "").want(422).problem(); fields[0] != "shippingServiceIds[0]" {
		t.Errorf("checked out: %v", fields)
	}
	if n := d.Int(`SELECT count(*) FROM orders`); n != 0 {
		t.Errorf("%d orders", n)
	}
}
