package views

import (
	"strconv"
	"strings"
	"time"

	"waybill/shop"
	"waybill/views/format"
)

// PaymentMethod is one way to pay. Token is what the payment provider knows it by.
type PaymentMethod struct{ Token, Label, Note string }

// CheckoutForm is what was chosen and typed at the checkout.
type CheckoutForm struct {
	Key       string        // of the cart; makes sending it again harmless
	Currency  shop.Currency // of the total that the form shows
	AddressID string        // of a saved address, or "new"
	Method    string
	Services  []ServicePick // nil: as in the cart
	Code      string        // the discount code that was typed and refused, and why
	CodeError string
	New       shop.Address // the address that was typed
}

// CheckoutModel is the checkout: the cart, quoted for an address.
type CheckoutModel struct {
	Form      CheckoutForm
	Addresses []shop.Address
	To        shop.Address // what the quote is for; without id it is not saved yet
	Cart      shop.QuotedCart
	Methods   []PaymentMethod
	Changed   bool          // what is shown differs from what the buyer agreed to
	AgreedTo  *int64        // the total that the buyer agreed to, if that is why
	WasIn     shop.Currency // the currency of that total, if that is why
	Now       time.Time
	Errors    []shop.FieldError
}

// changes say what is not as the buyer last saw it.
func (m CheckoutModel) changes() []string {
	var changes []string
	if m.WasIn != "" {
		changes = append(changes, "The total was in "+string(m.WasIn)+" and is now in "+string(m.Cart.Currency)+".")
	}
	if m.AgreedTo != nil && m.priced() {
		was := shop.Amount{Minor: *m.AgreedTo, Currency: m.Cart.Currency}
		changes = append(changes, "The total was "+format.Money(was)+" and is now "+format.Money(m.total())+".")
	}
	for _, line := range m.Cart.Lines {
		if line.PriceChanged() {
			was, is := shop.Amount{Minor: line.AddedPriceMinor, Currency: m.Cart.Currency}, shop.Amount{Minor: line.PriceMinor, Currency: m.Cart.Currency}
			changes = append(changes, line.Name+" was "+format.Money(was)+" when you added it and is now "+format.Money(is)+".")
		}
	}
	for _, refused := range m.Cart.Quote.RefusedServices {
		changes = append(changes, refused.Message)
	}
	for _, refused := range m.Cart.Quote.Refused {
		changes = append(changes, refused.Message)
	}
	return changes
}

// sending is how the cart can be sent to the address.
func (m CheckoutModel) sending() shipChoice {
	return shipChoice{Cart: m.Cart, AddressID: m.To.ID, Now: m.Now, Errors: m.Errors}
}

// priced tells whether the quote is for an address that is known, so that the button can name the amount.
func (m CheckoutModel) priced() bool { return m.To.ID != 0 }

func (m CheckoutModel) total() shop.Amount {
	return shop.Amount{Minor: m.Cart.Quote.TotalMinor, Currency: m.Cart.Currency}
}

func (m CheckoutModel) expected() string {
	if !m.priced() {
		return ""
	}
	return strconv.FormatInt(m.Cart.Quote.TotalMinor, 10)
}

func (m CheckoutModel) button() string {
	if !m.priced() {
		return "Continue"
	}
	return "Place order and pay " + format.Money(m.total())
}

// method is the chosen way to pay, the first one to begin with.
func (m CheckoutModel) method() string {
	if m.Form.Method == "" && len(m.Methods) > 0 {
		return m.Methods[0].Token
	}
	return m.Form.Method
}

func (m CheckoutModel) lineAmount(line shop.CartLine) shop.Amount {
	return shop.Amount{Minor: listedMinor(line), Currency: m.Cart.Currency}
}

// PayPoll is how often a page that waits for the bank looks again.
const PayPoll = 3 * time.Second

// PayModel is a placed checkout and where it stands.
type PayModel struct {
	Checkout shop.CheckoutDetail
	State    shop.CheckoutState
	Methods  []PaymentMethod
	Now      time.Time
}

// NewPayModel looks at a checkout at a moment.
func NewPayModel(checkout shop.CheckoutDetail, methods []PaymentMethod, now time.Time) PayModel {
	return PayModel{Checkout: checkout, State: checkout.State(now), Methods: methods, Now: now}
}

// Title says where the checkout stands.
func (m PayModel) Title() string {
	switch m.State {
	case shop.CheckoutPaying:
		return "Your payment is being confirmed"
	case shop.CheckoutPaid:
		return "Thank you"
	case shop.CheckoutOver:
		return "This order was not paid in time"
	default:
		if m.Checkout.Failure() != "" {
			return "The payment did not go through"
		}
		return "Pay your order"
	}
}

func (m PayModel) total() shop.Amount {
	return shop.Amount{Minor: m.Checkout.TotalMinor, Currency: m.Checkout.Currency}
}

// failure is the provider's reason as a sentence.
func (m PayModel) failure() string {
	reason := strings.TrimSuffix(m.Checkout.Failure(), ".")
	if reason == "" {
		return ""
	}
	return strings.ToUpper(reason[:1]) + reason[1:] + ". Nothing was charged, and your items are still held. You can try another card."
}

// retryWith is the method that the form begins with: not the one that just failed.
func (m PayModel) retryWith() string {
	if len(m.Methods) == 0 {
		return ""
	}
	return m.Methods[0].Token
}
