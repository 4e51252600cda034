package views

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"waybill/shop"
)

// CartForm is what was typed and refused: the quantity of a line, or a discount code.
type CartForm struct {
	SKUID    int64
	Quantity string
	Code     string
}

// CartModel is a cart by merchants.
type CartModel struct {
	Cart     shop.QuotedCart
	To       shop.Address // where the taxes and shipping shown are for; without a country they are not known yet
	Groups   []CartGroup
	Currency CurrencyChoice
	Form     CartForm
	Now      time.Time
}

// CartGroup is what of a cart one merchant will ship.
type CartGroup struct {
	Merchant string
	Lines    []shop.CartLine
}

func (g CartGroup) title() string {
	if g.Merchant == "" {
		return "Not sold any more"
	}
	return "From " + g.Merchant
}

// NewCartModel groups the lines by merchant, in the order in which they were added.
func NewCartModel(cart shop.QuotedCart, to shop.Address, currency CurrencyChoice, form CartForm, now time.Time) CartModel {
	return CartModel{Cart: cart, To: to, Groups: groupLines(cart.Lines), Currency: currency, Form: form, Now: now}
}

func groupLines(lines []shop.CartLine) []CartGroup {
	var groups []CartGroup
	for _, line := range lines {
		at := slices.IndexFunc(groups, func(g CartGroup) bool { return g.Lines[0].MerchantID == line.MerchantID })
		if at < 0 {
			at = len(groups)
			groups = append(groups, CartGroup{Merchant: line.MerchantName})
		}
		groups[at].Lines = append(groups[at].Lines, line)
	}
	return groups
}

// QuantityField names the quantity of a line among the fields of the cart.
func QuantityField(skuID int64) string { return "quantity-" + strconv.FormatInt(skuID, 10) }

// typed is what the quantity field of a line shows.
func (m CartModel) typed(line shop.CartLine) string {
	if m.Form.SKUID == line.SKUID {
		return m.Form.Quantity
	}
	return strconv.FormatInt(line.Quantity, 10)
}

func (m CartModel) amount(minor int64) shop.Amount {
	return shop.Amount{Minor: minor, Currency: m.Cart.Currency}
}

// rows are the totals: all of them once it is known where the cart goes, before that the goods alone.
func (m CartModel) rows() []TotalRow {
	if m.To.Country != "" {
		return QuoteRows(m.Cart.Quote)
	}
	if len(m.Cart.DiscountCodes) > 0 {
		return goodsRows(m.Cart.Quote)
	}
	var listed int64
	for _, line := range m.Cart.Lines {
		if line.Orderable() {
			listed += listedMinor(line)
		}
	}
	return []TotalRow{{Label: "Items", Amount: m.amount(listed), Sum: true}}
}

// place is the destination in a few words: "Oakland, CA, US".
func place(a shop.Address) string {
	parts := []string{a.City}
	if a.Region != "" {
		parts = append(parts, a.Region)
	}
	return strings.Join(append(parts, shop.CountryName(a.Country)), ", ")
}

// chooser offers the other currencies, once there is something to price.
func (m CartModel) chooser() CurrencyChoice {
	if len(m.Cart.Lines) == 0 {
		return CurrencyChoice{}
	}
	return m.Currency
}
