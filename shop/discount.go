package shop

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Limits of discounts.
const (
	MaxDiscountCodes      = 5  // in one checkout
	MaxAutomaticDiscounts = 20 // in force or to come, of one merchant or of the shop
	MaxDiscountName       = 80 // characters
	MaxDiscountCodeLength = 32
)

// DiscountTerms are what a discount means in one currency.
type DiscountTerms struct {
	AmountMinor   int64 // zero when the discount is a share
	MinTotalMinor int64 // the listed prices must come to this much
}

// Discount takes a share or an amount off the goods of a merchant, or of the whole checkout when MerchantID is zero.
// Shipping is not discounted.
type Discount struct {
	ID            int64
	MerchantID    int64
	Code          string // empty: it applies by itself
	Name          string // what buyers read
	PercentPPM    int64  // a share in parts per million; zero: the amounts of Terms
	Terms         map[Currency]DiscountTerms
	From          time.Time
	Until         time.Time // zero: until it is ended
	UsageLimit    int64     // checkouts in all; zero: no limit
	CustomerLimit int64     // checkouts of one customer; zero: no limit
	Used          int64     // checkouts that used the code and were not cancelled
}

// State is where the discount stands at a moment. One that was ended before it began is past.
func (d Discount) State(now time.Time) PriceState {
	if !d.Until.IsZero() && !d.Until.After(d.From) {
		return PricePast
	}
	return SKUPrice{From: d.From, Until: d.Until}.State(now)
}

// Label is what buyers read: the name, and the code if there is one.
func (d Discount) Label() string {
	if d.Code == "" {
		return d.Name
	}
	return d.Name + " (" + d.Code + ")"
}

// ParseDiscountCode reads a code as people type it: without regard to case and spaces around.
func ParseDiscountCode(s string) (string, error) {
	code := strings.ToUpper(strings.Trim(s, asciiSpace))
	if len(code) < 2 || len(code) > MaxDiscountCodeLength || strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" || code[0] == '-' || code[0] == '_' {
		return "", invalid(fmt.Sprintf("A code has 2 to %d letters, digits, dashes or underscores.", MaxDiscountCodeLength))
	}
	return code, nil
}

// ParseDiscountCodes reads the codes of a checkout; one that is given twice counts once. Errors name "discountCodes[1]".
func ParseDiscountCodes(texts []string) ([]string, error) {
	if len(texts) > MaxDiscountCodes {
		return nil, Invalid("discountCodes", fmt.Sprintf("A checkout can have at most %d discount codes.", MaxDiscountCodes))
	}
	var codes []string
	var fields []FieldError
	for i, text := range texts {
		code, err := ParseDiscountCode(text)
		if err != nil {
			fields = append(fields, FieldError{codeField(i), err.(*Error).Message})
		} else if !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	if fields != nil {
		return nil, InvalidFields(fields...)
	}
	return codes, nil
}

func codeField(i int) string { return fmt.Sprintf("discountCodes[%d]", i) }

// AppliedDiscount is what a discount took off an order.
type AppliedDiscount struct {
	DiscountID  int64
	Code        string
	Name        string
	AmountMinor int64
}

// RefusedCode is a code that does not apply, and why.
type RefusedCode struct {
	Code    string
	Message string
}

// CustomerUses is how often customers have used codes: the part of the books that limits per customer depend on.
type CustomerUses map[CustomerCode]int64

// CustomerCode is a customer and a discount.
type CustomerCode struct{ CustomerID, DiscountID int64 }

// UsedUp says why a code cannot be used once more by a customer who has used it own times; "" if it can.
func (d Discount) UsedUp(own int64) string {
	switch {
	case d.UsageLimit > 0 && d.Used >= d.UsageLimit:
		return "The code " + d.Code + " is used up."
	case d.CustomerLimit > 0 && own >= d.CustomerLimit:
		return "You have used the code " + d.Code + " already, as often as it can be."
	}
	return ""
}

// unfit says why the discount takes nothing off goods that are listed at a sum in a currency; "" if it does.
func (d Discount) unfit(listed int64, currency Currency, now time.Time) string {
	terms, named := d.Terms[currency]
	switch {
	case d.State(now) == PriceScheduled:
		return "The code " + d.Code + " is not valid yet."
	case d.State(now) == PricePast:
		return "The code " + d.Code + " is no longer valid."
	case d.PercentPPM == 0 && !named:
		return fmt.Sprintf("The code %s cannot be used in %s.", d.Code, currency)
	case listed < terms.MinTotalMinor:
		least := Amount{Minor: terms.MinTotalMinor, Currency: currency}
		return fmt.Sprintf("The code %s needs goods for at least %s %s.", d.Code, least.Decimal(), currency)
	}
	return ""
}

// off is what the discount takes off goods that cost left after the discounts before it.
func (d Discount) off(left int64, currency Currency, rounding Rounding) int64 {
	if d.PercentPPM > 0 {
		return TaxOf(left, min(d.PercentPPM, ppmScale), rounding)
	}
	return min(d.Terms[currency].AmountMinor, left)
}

// compareDiscounts is the order in which discounts are taken off: those of merchants before those of the whole checkout,
// shares before amounts, those without a code before those with one, older ones first.
func compareDiscounts(a, b Discount) int {
	return cmp.Or(
		compareBool(a.MerchantID == 0, b.MerchantID == 0), compareBool(a.PercentPPM == 0, b.PercentPPM == 0),
		compareBool(a.Code != "", b.Code != ""), cmp.Compare(a.ID, b.ID))
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// takeOff takes the discounts that apply off the lines of a quote, one after the other: a share is a share of what is left,
// and nothing falls below zero. What one takes is spread over its lines by largest remainder. Codes that do not apply are
// in quote.Refused.
func (c *Catalog) takeOff(quote *Quote, asked QuoteRequest) {
	apply := c.chosen(quote, asked)
	slices.SortFunc(apply, compareDiscounts)
	for _, d := range apply {
		lines, listed, left := quote.goodsOf(d.MerchantID)
		if len(lines) == 0 || d.unfit(listed, quote.Currency, c.At) != "" {
			if d.Code != "" {
				quote.refuse(d.Code, cmp.Or(d.unfit(listed, quote.Currency, c.At), "Nothing in your cart is sold by whom the code "+d.Code+" is for."))
			}
			continue
		}
		quote.spread(d, lines, d.off(left, quote.Currency, c.Rounding))
	}
}

// chosen are the discounts without a code, and those whose codes were asked for.
func (c *Catalog) chosen(quote *Quote, asked QuoteRequest) []Discount {
	var chosen []Discount
	for _, d := range c.Discounts {
		if d.Code == "" && d.State(c.At) == PriceCurrent {
			chosen = append(chosen, d)
		}
	}
	for _, code := range asked.Codes {
		at := slices.IndexFunc(c.Discounts, func(d Discount) bool { return d.Code == code })
		if at < 0 {
			quote.refuse(code, "There is no code "+code+".")
			continue
		}
		d := c.Discounts[at]
		if problem := d.UsedUp(c.Uses[CustomerCode{asked.CustomerID, d.ID}]); problem != "" {
			quote.refuse(code, problem)
			continue
		}
		chosen = append(chosen, d)
	}
	return chosen
}

func (q *Quote) refuse(code, message string) {
	q.Refused = append(q.Refused, RefusedCode{code, message})
}

// Refusal is why a code does not apply; "" if it does.
func (q Quote) Refusal(code string) string {
	at := slices.IndexFunc(q.Refused, func(r RefusedCode) bool { return r.Code == code })
	if at < 0 {
		return ""
	}
	return q.Refused[at].Message
}

// goodsOf are the lines of a merchant, or all for zero, with their listed prices and what is left of these. Prices that do
// not fit 64 bits are left to PriceLines, which names them.
func (q *Quote) goodsOf(merchantID int64) (lines []*QuotedLine, listed, left int64) {
	for i := range q.Orders {
		if merchantID != 0 && q.Orders[i].MerchantID != merchantID {
			continue
		}
		for n := range q.Orders[i].Lines {
			line := &q.Orders[i].Lines[n]
			price, fits := mulInt64(line.UnitPriceMinor, line.Quantity)
			sum, sumFits := addInt64(listed, price)
			if !fits || !sumFits {
				return nil, 0, 0
			}
			lines, listed, left = append(lines, line), sum, left+price-line.DiscountMinor
		}
	}
	return lines, listed, left
}

// spread takes an amount off lines, in proportion to what is left of each.
func (q *Quote) spread(d Discount, lines []*QuotedLine, amount int64) {
	if amount <= 0 {
		return
	}
	weights := make([]int64, len(lines))
	for i, line := range lines {
		weights[i] = line.UnitPriceMinor*line.Quantity - line.DiscountMinor
	}
	perOrder := map[int64]int64{}
	for i, share := range Allocate(amount, weights) {
		lines[i].DiscountMinor += share
		perOrder[lines[i].SKU.MerchantID] += share
	}
	for i := range q.Orders {
		if taken := perOrder[q.Orders[i].MerchantID]; taken > 0 {
			q.Orders[i].Discounts = append(q.Orders[i].Discounts, AppliedDiscount{d.ID, d.Code, d.Name, taken})
		}
	}
}

// Used are the discounts with a code that took something off, by id.
func (q Quote) Used() []int64 {
	var ids []int64
	for _, order := range q.Orders {
		for _, d := range order.Discounts {
			if d.Code != "" && !slices.Contains(ids, d.DiscountID) {
				ids = append(ids, d.DiscountID)
			}
		}
	}
	return ids
}
