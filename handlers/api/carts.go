package api

import (
	"net/http"
	"regexp"

	"github.com/go-chi/chi/v5"

	"waybill/shop"
	"waybill/views/urls"
)

// cartView is what a customer is about to buy, priced at this moment.
type cartView struct {
	ID                string               `json:"id"`
	UserID            int64                `json:"userId"`
	Currency          shop.Currency        `json:"currency"`
	ShippingAddressID *int64               `json:"shippingAddressId"`
	ShipServiceIDs    []int64              `json:"shippingServiceIds"`
	ShippingOptions   []shippingOptionView `json:"shippingOptions"`
	Ready             bool                 `json:"ready"`
	Items             []cartItemView       `json:"items"`
	DiscountCodes     []cartCodeView       `json:"discountCodes"`
	Discounts         []discountView       `json:"discounts"`
	Subtotal          decimal              `json:"subtotal"`
	TaxAmount         decimal              `json:"taxAmount"`
	ShippingAmount    decimal              `json:"shippingAmount"`
	DiscountAmount    decimal              `json:"discountAmount"`
	TotalAmount       decimal              `json:"totalAmount"`
}

type cartItemView struct {
	SKUID      int64    `json:"skuId"`
	SKU        string   `json:"sku"`
	Name       string   `json:"name"`
	MerchantID int64    `json:"merchantId"`
	Quantity   int64    `json:"quantity"`
	UnitPrice  *decimal `json:"unitPrice"`
	Problem    *string  `json:"problem"`
}

// cartCodeView is a code that was entered; problem is why it does not apply at this moment.
type cartCodeView struct {
	Code    string  `json:"code"`
	Problem *string `json:"problem"`
}

func viewCart(c shop.QuotedCart) cartView {
	money := func(minor int64) decimal { return decimalOf(shop.Amount{Minor: minor, Currency: c.Currency}) }
	view := cartView{
		ID: c.ID, UserID: c.CustomerID, Currency: c.Currency, ShippingAddressID: idOrNull(c.AddressID), Ready: c.Ready() && c.AddressID != 0 && c.Quote.RefusedServices == nil,
		ShipServiceIDs: append([]int64{}, c.ShipServiceIDs...), ShippingOptions: []shippingOptionView{},
		DiscountCodes: each(c.DiscountCodes, func(code string) cartCodeView { return cartCodeView{code, orNull(c.Quote.Refusal(code))} }),
		Items:         each(c.Lines, func(l shop.CartLine) cartItemView { return viewCartItem(l, c.Currency) }),
		Discounts:     []discountView{}, TotalAmount: money(c.Quote.TotalMinor),
	}
	var subtotal, tax, shipping, discount int64
	for _, o := range c.Quote.Orders {
		subtotal, tax, shipping, discount = subtotal+o.SubtotalMinor, tax+o.TaxMinor, shipping+o.ShippingMinor, discount+o.DiscountMinor
		view.ShippingOptions = append(view.ShippingOptions, viewShippingOptions(o, c.Currency)...)
		view.Discounts = append(view.Discounts, viewDiscounts(o.Discounts, c.Currency)...)
	}
	view.Subtotal, view.TaxAmount, view.ShippingAmount, view.DiscountAmount = money(subtotal), money(tax), money(shipping), money(discount)
	return view
}

// shippingOptionView is a service that a merchant can send its part of a cart with.
type shippingOptionView struct {
	MerchantID int64   `json:"merchantId"`
	ServiceID  *int64  `json:"serviceId"`
	Name       string  `json:"name"`
	Price      decimal `json:"price"`
	ShipBy     stamp   `json:"shipBy"`
	Chosen     bool    `json:"chosen"`
}

func viewShippingOptions(o shop.QuotedOrder, currency shop.Currency) []shippingOptionView {
	return each(o.Offers, func(offer shop.ShippingOffer) shippingOptionView {
		return shippingOptionView{
			MerchantID: o.MerchantID, ServiceID: idOrNull(offer.ServiceID), Name: offer.Name, Price: decimalOf(shop.Amount{Minor: offer.PriceMinor, Currency: currency}),
			ShipBy: stampOf(offer.ShipBy), Chosen: offer.ServiceID == o.Shipping.Rate.Service.ID,
		}
	})
}

func viewCartItem(l shop.CartLine, currency shop.Currency) cartItemView {
	view := cartItemView{SKUID: l.SKUID, SKU: l.SKUCode, Name: l.Name, MerchantID: l.MerchantID, Quantity: l.Quantity, Problem: orNull(l.Problem(currency))}
	if l.HasPrice {
		price := decimalOf(shop.Amount{Minor: l.PriceMinor, Currency: currency})
		view.UnitPrice = &price
	}
	return view
}

var cartID = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// pathCart is the cart in the address, as the key may see it. A cart that is unknown, somebody else's, or has expired is
// CodeNotFound.
func (a *API) pathCart(r *http.Request, key shop.APIKey) (shop.QuotedCart, error) {
	id := chi.URLParam(r, "cartId")
	if !cartID.MatchString(id) {
		return shop.QuotedCart{}, shop.NotFound("cart")
	}
	return a.Store.CustomerCart(r.Context(), id, key.CustomerID)
}

// answerCart is the cart after a change.
func (a *API) answerCart(r *http.Request, id string, key shop.APIKey, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	cart, err := a.Store.CustomerCart(r.Context(), id, key.CustomerID)
	if err != nil {
		return answer{}, err
	}
	return ok(viewCart(cart)), nil
}

// OpenCart (POST /carts) returns the cart of a customer, made if there is none: asking again changes nothing.
func (a *API) OpenCart(r *http.Request, key shop.APIKey) (answer, error) {
	var userID int64
	var code string
	err := readBody(r, func(b *bodyReader, name string) bool {
		switch name {
		case "userId":
			userID = b.optionalInteger()
		case "currency":
			code = b.text()
		default:
			return false
		}
		return true
	})
	if err != nil {
		return answer{}, err
	}
	if key.Role == shop.RoleCustomer {
		if userID != 0 && userID != key.CustomerID {
			return answer{}, shop.Forbidden("This key has a cart for its own customer only.")
		}
		userID = key.CustomerID
	}
	currency, err := shop.ParseCurrency(code)
	if err != nil {
		return answer{}, asField("currency", err)
	}
	cart, err := a.Store.OpenCart(r.Context(), userID, currency)
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusCreated, body: viewCart(cart), location: urls.APICart(cart.ID)}, nil
}

// GetCart (GET /carts/{cartId}) is a cart, priced at this moment.
func (a *API) GetCart(r *http.Request, key shop.APIKey) (answer, error) {
	if err := queryOf(r).done(); err != nil {
		return answer{}, err
	}
	cart, err := a.pathCart(r, key)
	if err != nil {
		return answer{}, err
	}
	return ok(viewCart(cart)), nil
}

// PutCartItem (PUT /carts/{cartId}/items/{skuId}) sets how many units of a SKU are in a cart.
func (a *API) PutCartItem(r *http.Request, key shop.APIKey) (answer, error) {
	var quantity int64
	err := readBody(r, func(b *bodyReader, name string) bool {
		if name == "quantity" {
			quantity = b.integer()
		}
		return name == "quantity"
	})
	if err != nil {
		return answer{}, err
	}
	cart, skuID, err := a.pathCartItem(r, key)
	if err == nil {
		err = a.Store.PutCartItem(r.Context(), shop.CartRef{CustomerID: cart.CustomerID}, skuID, quantity)
	}
	return a.answerCart(r, cart.ID, key, err)
}

// RemoveCartItem (DELETE /carts/{cartId}/items/{skuId}) takes a SKU out of a cart.
func (a *API) RemoveCartItem(r *http.Request, key shop.APIKey) (answer, error) {
	if err := queryOf(r).done(); err != nil {
		return answer{}, err
	}
	cart, skuID, err := a.pathCartItem(r, key)
	if err == nil {
		_, err = a.Store.RemoveFromCart(r.Context(), shop.CartRef{CustomerID: cart.CustomerID}, skuID)
	}
	return a.answerCart(r, cart.ID, key, err)
}

func (a *API) pathCartItem(r *http.Request, key shop.APIKey) (shop.QuotedCart, int64, error) {
	skuID, err := pathID(r, "skuId", "SKU")
	if err != nil {
		return shop.QuotedCart{}, 0, err
	}
	cart, err := a.pathCart(r, key)
	return cart, skuID, err
}

// SetCartAddress (PUT /carts/{cartId}/address) says where a cart goes.
func (a *API) SetCartAddress(r *http.Request, key shop.APIKey) (answer, error) {
	var addressID int64
	err := readBody(r, func(b *bodyReader, name string) bool {
		if name == "shippingAddressId" {
			addressID = b.integer()
		}
		return name == "shippingAddressId"
	})
	if err != nil {
		return answer{}, err
	}
	cart, err := a.pathCart(r, key)
	if err == nil {
		err = a.Store.SetCartAddress(r.Context(), shop.CartRef{CustomerID: cart.CustomerID}, addressID)
	}
	return a.answerCart(r, cart.ID, key, err)
}

// SetCartCodes (PUT /carts/{cartId}/discount-codes) sets the discount codes of a cart.
func (a *API) SetCartCodes(r *http.Request, key shop.APIKey) (answer, error) {
	var texts []string
	err := readBody(r, func(b *bodyReader, name string) bool {
		if name == "discountCodes" {
			texts = readTexts(b, shop.MaxDiscountCodes+1)
		}
		return name == "discountCodes"
	})
	if err != nil {
		return answer{}, err
	}
	codes, err := shop.ParseDiscountCodes(texts)
	if err != nil {
		return answer{}, err
	}
	cart, err := a.pathCart(r, key)
	if err == nil {
		err = a.Store.SetCartCodes(r.Context(), shop.CartRef{CustomerID: cart.CustomerID}, codes)
	}
	return a.answerCart(r, cart.ID, key, err)
}

// SetCartServices (PUT /carts/{cartId}/shipping-services) says how a cart is sent.
func (a *API) SetCartServices(r *http.Request, key shop.APIKey) (answer, error) {
	var ids []int64
	err := readBody(r, func(b *bodyReader, name string) bool {
		if name == "shippingServiceIds" {
			ids = readServiceIDs(b)
		}
		return name == "shippingServiceIds"
	})
	if err == nil {
		ids, err = shop.ParseShipServiceIDs(ids)
	}
	if err != nil {
		return answer{}, err
	}
	cart, err := a.pathCart(r, key)
	if err == nil {
		err = a.Store.SetCartServices(r.Context(), shop.CartRef{CustomerID: cart.CustomerID}, ids, cart.To)
	}
	return a.answerCart(r, cart.ID, key, err)
}

// checkoutRequest is the body of POST /carts/{cartId}/checkout.
type checkoutRequest struct {
	ExpectedTotal string // as written; empty: not given
}

// CheckOutCart (POST /carts/{cartId}/checkout) places the orders of a cart and empties it. Repeated under its idempotency
// key it also finishes what a crash left of that.
func (a *API) CheckOutCart(r *http.Request, key shop.APIKey) (answer, error) {
	var body checkoutRequest
	err := readOptionalBody(r, func(b *bodyReader, name string) bool {
		if name == "expectedTotal" {
			body.ExpectedTotal = b.optionalDecimal()
		}
		return name == "expectedTotal"
	})
	if err != nil {
		return answer{}, err
	}
	once, err := idempotencyKey(r, key, body)
	if err != nil {
		return answer{}, err
	}
	cart, err := a.pathCart(r, key)
	if err != nil {
		return answer{}, err
	}
	placed, err := a.Store.PlacedUnder(r.Context(), once)
	if shop.CodeOf(err) == shop.CodeNotFound {
		placed, err = a.placeCart(r, key, cart, body, once)
	}
	if err != nil {
		a.Count.OrderRefused(shop.CodeOf(err))
		return answer{}, err
	}
	if _, err := a.Store.CartOrdered(r.Context(), cart.CustomerID, cart.CheckoutKey, placed.PlacedAt); err != nil {
		return answer{}, err
	}
	return a.answerPlaced(placed), nil
}

func (a *API) placeCart(r *http.Request, key shop.APIKey, cart shop.QuotedCart, body checkoutRequest, once shop.IdempotencyKey) (shop.PlacedCheckout, error) {
	if cart.AddressID == 0 {
		return shop.PlacedCheckout{}, shop.Invalid("shippingAddressId", "Please set the delivery address of the cart first.")
	}
	command := shop.PlaceCommand{
		CustomerID: cart.CustomerID, ShippingAddressID: cart.AddressID, Items: cart.Items(), DiscountCodes: cart.DiscountCodes,
		ShipServiceIDs: cart.ShipServiceIDs,
		Source:         "api", Actor: key.Actor(), RequestID: requestID(r), Key: once,
	}
	if err := (placeRequest{Currency: string(cart.Currency), ExpectedTotal: body.ExpectedTotal}).money(&command); err != nil {
		return shop.PlacedCheckout{}, err
	}
	return a.Placer.PlaceCheckout(r.Context(), command)
}
