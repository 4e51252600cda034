package api

import (
	"net/http"

	"waybill/shop"
	"waybill/views/urls"
)

const ordersList = "orders" // names the cursors of GET /orders

// ListOrders (GET /orders) lists orders, newest first. Customer and merchant keys see their own.
func (a *API) ListOrders(r *http.Request, key shop.APIKey) (answer, error) {
	q := queryOf(r)
	asked := shop.OrdersQuery{
		Scope:  shop.OrderScope{CustomerID: q.id("customerId"), MerchantID: q.id("merchantId")},
		Status: q.status(), Limit: q.limit(), Before: shop.OrderID(q.cursor(ordersList)),
	}
	if err := q.done(); err != nil {
		return answer{}, err
	}
	var err error
	if asked.Scope, err = within(key.Scope(), asked.Scope); err != nil {
		return answer{}, err
	}
	orders, more, err := a.Store.Orders(r.Context(), asked)
	if err != nil {
		return answer{}, err
	}
	next := nextCursor(ordersList, orders, more, func(o shop.OrderHead) int64 { return int64(o.ID) })
	return ok(listOf(orders, next, viewOrderHead)), nil
}

// within narrows what a key may see to what it asks for. Who names somebody else is refused, so that an empty list never
// means "you may not".
func within(own, asked shop.OrderScope) (shop.OrderScope, error) {
	if own.CustomerID != 0 && asked.CustomerID != 0 && own.CustomerID != asked.CustomerID {
		return own, shop.Forbidden("This key sees its own customer's orders only.")
	}
	if own.MerchantID != 0 && asked.MerchantID != 0 && own.MerchantID != asked.MerchantID {
		return own, shop.Forbidden("This key sees its own merchant's orders only.")
	}
	return shop.OrderScope{CustomerID: max(own.CustomerID, asked.CustomerID), MerchantID: max(own.MerchantID, asked.MerchantID)}, nil
}

// GetOrder (GET /orders/{id}) is everything about one order.
func (a *API) GetOrder(r *http.Request, key shop.APIKey) (answer, error) {
	if err := queryOf(r).done(); err != nil {
		return answer{}, err
	}
	id, err := pathOrder(r)
	if err != nil {
		return answer{}, err
	}
	order, err := a.Store.OrderByID(r.Context(), id, key.Scope())
	if err != nil {
		return answer{}, err
	}
	return ok(viewOrder(order)), nil
}

func orderURL(id shop.OrderID) string { return urls.APIOrder(int64(id)) }

// orderHeadView is an order in a list.
type orderHeadView struct {
	OrderID        shop.OrderID  `json:"orderId"`
	OrderNumber    string        `json:"orderNumber"`
	CheckoutID     shop.OrderID  `json:"checkoutId"`
	CustomerID     int64         `json:"customerId"`
	MerchantID     int64         `json:"merchantId"`
	MerchantName   string        `json:"merchantName"`
	Status         shop.Status   `json:"status"`
	Currency       shop.Currency `json:"currency"`
	Subtotal       decimal       `json:"subtotal"`
	TaxAmount      decimal       `json:"taxAmount"`
	ShippingAmount decimal       `json:"shippingAmount"`
	DiscountAmount decimal       `json:"discountAmount"`
	TotalAmount    decimal       `json:"totalAmount"`
	Source         string        `json:"source"`
	CreatedAt      stamp         `json:"createdAt"`
	StatusAt       stamp         `json:"statusAt"`
	ExpiresAt      stamp         `json:"expiresAt"`
	CancelReason   *string       `json:"cancelReason"`
}

func viewOrderHead(o shop.OrderHead) orderHeadView {
	return orderHeadView{
		OrderID: o.ID, OrderNumber: o.ID.Number(), CheckoutID: o.CheckoutID, CustomerID: o.CustomerID, MerchantID: o.MerchantID, MerchantName: o.MerchantName,
		Status: o.Status, Currency: o.Currency, Subtotal: decimalOf(o.Amount(o.SubtotalMinor)), TaxAmount: decimalOf(o.Amount(o.TaxMinor)),
		ShippingAmount: decimalOf(o.Amount(o.ShippingMinor)), DiscountAmount: decimalOf(o.Amount(o.DiscountMinor)), TotalAmount: decimalOf(o.Total()),
		Source: o.Source, CreatedAt: stampOf(o.PlacedAt), StatusAt: stampOf(o.StatusAt), ExpiresAt: stampOf(o.ExpiresAt), CancelReason: orNull(o.CancelReason),
	}
}

// orderView is everything about one order.
type orderView struct {
	orderHeadView
	ExternalID      *string           `json:"externalId"`
	ShippingAddress addressView       `json:"shippingAddress"`
	ShippingService *string           `json:"shippingService"`
	Items           []orderItemView   `json:"items"`
	Discounts       []discountView    `json:"discounts"`
	Payments        []paymentView     `json:"payments"`
	Refunds         []refundView      `json:"refunds"`
	Fulfillments    []fulfillmentView `json:"fulfillments"`
}

// discountView is what a discount took off.
type discountView struct {
	Code   *string `json:"code"` // null: it applied by itself
	Name   string  `json:"name"`
	Amount decimal `json:"amount"`
}

func viewDiscounts(discounts []shop.AppliedDiscount, currency shop.Currency) []discountView {
	return each(discounts, func(d shop.AppliedDiscount) discountView {
		return discountView{orNull(d.Code), d.Name, decimalOf(shop.Amount{Minor: d.AmountMinor, Currency: currency})}
	})
}

type orderItemView struct {
	LineNo         int     `json:"lineNo"`
	SKUID          int64   `json:"skuId"`
	SKU            string  `json:"sku"`
	Name           string  `json:"name"`
	Quantity       int64   `json:"quantity"`
	UnitPrice      decimal `json:"unitPrice"`
	TaxIncluded    bool    `json:"taxIncluded"`
	TaxRate        ratio   `json:"taxRate"`
	Subtotal       decimal `json:"subtotal"`
	DiscountAmount decimal `json:"discountAmount"`
	TaxAmount      decimal `json:"taxAmount"`
	TotalAmount    decimal `json:"totalAmount"`
	Backordered    int64   `json:"backorderedQuantity"`
	RefundedUnits  int64   `json:"refundedQuantity"`
	RefundedAmount decimal `json:"refundedAmount"`
}

type fulfillmentView struct {
	ID             string                 `json:"id"`
	No             int                    `json:"no"`
	Status         shop.FulfillmentStatus `json:"status"`
	LocationID     *int64                 `json:"locationId"`
	Units          int64                  `json:"units"`
	ShipBy         stamp                  `json:"shipBy"`
	ShipmentID     *int64                 `json:"shipmentId"`
	Carrier        *string                `json:"carrier"`
	TrackingNumber *string                `json:"trackingNumber"`
	ShippedAt      stamp                  `json:"shippedAt"`
	DeliveredAt    stamp                  `json:"deliveredAt"`
	Items          []fulfillmentItemView  `json:"items"`
}

type fulfillmentItemView struct {
	LineNo   int   `json:"lineNo"`
	Quantity int64 `json:"quantity"`
}

func viewOrder(o shop.OrderDetail) orderView {
	view := orderView{
		orderHeadView: viewOrderHead(o.OrderHead), ExternalID: orNull(o.ExternalID), ShippingAddress: viewAddress(o.ShipTo), ShippingService: orNull(o.ShipService),
		Items:        make([]orderItemView, len(o.Lines)),
		Discounts:    viewDiscounts(o.Discounts, o.Currency),
		Payments:     each(o.Payments, viewPayment),
		Refunds:      each(o.Refunds, viewRefund),
		Fulfillments: each(o.Fulfillments, viewFulfillment),
	}
	for i, l := range o.Lines {
		view.Items[i] = orderItemView{
			LineNo: l.LineNo, SKUID: l.SKUID, SKU: l.SKUCode, Name: l.Name, Quantity: l.Quantity, UnitPrice: decimalOf(o.Amount(l.UnitPriceMinor)),
			TaxIncluded: l.TaxIncluded, TaxRate: ratioOf(l.TaxRatePPM), Subtotal: decimalOf(o.Amount(l.SubtotalMinor)),
			DiscountAmount: decimalOf(o.Amount(l.DiscountMinor)), TaxAmount: decimalOf(o.Amount(l.TaxMinor)), TotalAmount: decimalOf(o.Amount(l.TotalMinor)),
			Backordered: l.Waiting, RefundedUnits: l.Refunded.Quantity, RefundedAmount: decimalOf(o.Amount(l.Refunded.TotalMinor)),
		}
	}
	return view
}

func viewFulfillment(f shop.Fulfillment) fulfillmentView {
	return fulfillmentView{
		ID: parcelID(shop.ParcelRef{OrderID: f.OrderID, No: f.No}), ShipmentID: idOrNull(f.ShipmentID), No: f.No, Status: f.Status, LocationID: idOrNull(f.LocationID), Units: f.Units, ShipBy: stampOf(f.ShipByAt), Carrier: orNull(f.Carrier),
		TrackingNumber: orNull(f.TrackingNumber), ShippedAt: stampOf(f.ShippedAt), DeliveredAt: stampOf(f.DeliveredAt),
		Items: each(f.Items, func(i shop.FulfillmentItem) fulfillmentItemView { return fulfillmentItemView{i.LineNo, i.Quantity} }),
	}
}
