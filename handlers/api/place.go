package api

import (
	"fmt"
	"net/http"

	"waybill/shop"
)

// placeRequest is the body of POST /orders.
type placeRequest struct {
	UserID            int64
	ShippingAddressID int64
	Currency          string
	Items             []shop.PlaceItem
	DiscountCodes     []string `json:",omitempty"`
	ShipServiceIDs    []int64  `json:",omitempty"`
	ExpectedTotal     string   // as written; empty: not given
}

// PlaceOrder (POST /orders) reserves the stock and places the orders of a checkout.
func (a *API) PlaceOrder(r *http.Request, key shop.APIKey) (answer, error) {
	command, err := placeCommand(r, key)
	if err != nil {
		return answer{}, err
	}
	placed, err := a.Placer.PlaceCheckout(r.Context(), command)
	if err != nil {
		a.Count.OrderRefused(shop.CodeOf(err))
		return answer{}, err
	}
	return a.answerPlaced(placed), nil
}

// answerPlaced is what was placed now, or before under the same key.
func (a *API) answerPlaced(placed shop.PlacedCheckout) answer {
	if !placed.Replayed {
		a.Count.OrdersPlaced(len(placed.Orders))
	}
	made := answer{status: http.StatusCreated, body: viewPlaced(placed), replayed: placed.Replayed}
	if len(placed.Orders) == 1 {
		made.location = orderURL(placed.Orders[0].ID)
	}
	return made
}

func placeCommand(r *http.Request, key shop.APIKey) (shop.PlaceCommand, error) {
	request, err := readPlaceRequest(r)
	if err != nil {
		return shop.PlaceCommand{}, err
	}
	if key.Role == shop.RoleCustomer {
		if request.UserID != 0 && request.UserID != key.CustomerID {
			return shop.PlaceCommand{}, shop.Forbidden("This key orders for its own customer only.")
		}
		request.UserID = key.CustomerID
	}
	command := shop.PlaceCommand{
		CustomerID: request.UserID, ShippingAddressID: request.ShippingAddressID, Items: request.Items,
		Source: "api", Actor: key.Actor(), RequestID: requestID(r),
	}
	if command.DiscountCodes, err = shop.ParseDiscountCodes(request.DiscountCodes); err != nil {
		return shop.PlaceCommand{}, err
	}
	if command.ShipServiceIDs, err = shop.ParseShipServiceIDs(request.ShipServiceIDs); err != nil {
		return shop.PlaceCommand{}, err
	}
	if err := request.money(&command); err != nil {
		return shop.PlaceCommand{}, err
	}
	command.Key, err = idempotencyKey(r, key, request)
	return command, err
}

// money reads what depends on the currency.
func (p placeRequest) money(into *shop.PlaceCommand) error {
	currency, err := shop.ParseCurrency(p.Currency)
	if err != nil {
		return asField("currency", err)
	}
	into.Currency = currency
	if p.ExpectedTotal == "" {
		return nil
	}
	total, err := shop.ParseAmount(p.ExpectedTotal, currency)
	if err != nil {
		return asField("expectedTotal", err)
	}
	into.ExpectedTotalMinor = &total.Minor
	return nil
}

func readPlaceRequest(r *http.Request) (placeRequest, error) {
	var p placeRequest
	err := readBody(r, func(b *bodyReader, name string) bool {
		switch name {
		case "userId":
			p.UserID = b.optionalInteger()
		case "shippingAddressId":
			p.ShippingAddressID = b.integer()
		case "currency":
			p.Currency = b.text()
		case "items":
			p.Items = readItems(b)
		case "discountCodes":
			p.DiscountCodes = readTexts(b, shop.MaxDiscountCodes+1)
		case "shippingServiceIds":
			p.ShipServiceIDs = readServiceIDs(b)
		case "expectedTotal":
			p.ExpectedTotal = b.optionalDecimal()
		default:
			return false
		}
		return true
	})
	return p, err
}

// readItems keeps one item more than a checkout may have, so that the checkout is refused and not cut.
func readItems(b *bodyReader) []shop.PlaceItem {
	items := make([]shop.PlaceItem, 0, 4)
	b.array(shop.MaxCheckoutItems+1, func(i int) {
		var item shop.PlaceItem
		b.object(func(b *bodyReader, name string) bool {
			switch name {
			case "productId":
				item.ProductID = b.optionalInteger()
			case "skuId":
				item.SKUID = b.optionalInteger()
			case "quantity":
				item.Quantity = b.integer()
			default:
				return false
			}
			return true
		})
		if item.ProductID != 0 && item.SKUID != 0 {
			b.refuse(fmt.Sprintf("items[%d].productId", i), "Name either the SKU or the product, not both.")
		}
		items = append(items, item)
	})
	return items
}

// readTexts reads a list of texts, cut at a limit that the use case refuses.
func readTexts(b *bodyReader, limit int) []string {
	texts := []string{}
	b.array(limit, func(int) { texts = append(texts, b.text()) })
	return texts
}

// readServiceIDs keeps one more than a checkout may have, so that it is refused and not cut.
func readServiceIDs(b *bodyReader) []int64 {
	ids := []int64{}
	b.array(shop.MaxCheckoutItems+1, func(int) { ids = append(ids, b.integer()) })
	return ids
}

// asField says which field a refused value came in.
func asField(field string, err error) error {
	if shop.CodeOf(err) == shop.CodeInvalid {
		return shop.Invalid(field, messageOf(err))
	}
	return err
}

// placedView is the answer to POST /orders. The contract has one order's names at the top; with several merchants the
// amounts are sums and there is no one order.
type placedView struct {
	OrderID        *int64            `json:"orderId"`
	OrderNumber    *string           `json:"orderNumber"`
	CheckoutID     shop.OrderID      `json:"checkoutId"`
	Status         shop.Status       `json:"status"`
	Currency       shop.Currency     `json:"currency"`
	Subtotal       decimal           `json:"subtotal"`
	TaxAmount      decimal           `json:"taxAmount"`
	ShippingAmount decimal           `json:"shippingAmount"`
	DiscountAmount decimal           `json:"discountAmount"`
	TotalAmount    decimal           `json:"totalAmount"`
	CreatedAt      stamp             `json:"createdAt"`
	ExpiresAt      stamp             `json:"expiresAt"`
	Orders         []placedOrderView `json:"orders"`
}

type placedOrderView struct {
	OrderID        shop.OrderID `json:"orderId"`
	OrderNumber    string       `json:"orderNumber"`
	MerchantID     int64        `json:"merchantId"`
	Status         shop.Status  `json:"status"`
	Subtotal       decimal      `json:"subtotal"`
	TaxAmount      decimal      `json:"taxAmount"`
	ShippingAmount decimal      `json:"shippingAmount"`
	DiscountAmount decimal      `json:"discountAmount"`
	TotalAmount    decimal      `json:"totalAmount"`
	Backordered    int64        `json:"backorderedQuantity"`
}

func viewPlaced(p shop.PlacedCheckout) placedView {
	money := func(minor int64) decimal { return decimalOf(shop.Amount{Minor: minor, Currency: p.Currency}) }
	view := placedView{
		CheckoutID: p.CheckoutID, Status: shop.StatusPending, Currency: p.Currency, TotalAmount: money(p.TotalMinor),
		CreatedAt: stampOf(p.PlacedAt), ExpiresAt: stampOf(p.ExpiresAt), Orders: make([]placedOrderView, len(p.Orders)),
	}
	var subtotal, tax, shipping, discount int64
	for i, o := range p.Orders {
		subtotal, tax, shipping, discount = subtotal+o.SubtotalMinor, tax+o.TaxMinor, shipping+o.ShippingMinor, discount+o.DiscountMinor
		view.Orders[i] = placedOrderView{
			OrderID: o.ID, OrderNumber: o.ID.Number(), MerchantID: o.MerchantID, Status: shop.StatusPending, Subtotal: money(o.SubtotalMinor),
			TaxAmount: money(o.TaxMinor), ShippingAmount: money(o.ShippingMinor), DiscountAmount: money(o.DiscountMinor), TotalAmount: money(o.TotalMinor),
			Backordered: o.Backordered,
		}
	}
	view.Subtotal, view.TaxAmount, view.ShippingAmount, view.DiscountAmount = money(subtotal), money(tax), money(shipping), money(discount)
	if len(p.Orders) == 1 {
		view.OrderID, view.OrderNumber = idOrNull(p.Orders[0].ID), orNull(p.Orders[0].ID.Number())
	}
	return view
}
