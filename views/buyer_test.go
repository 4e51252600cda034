package views_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"waybill/shop"
	"waybill/views"
	"waybill/views/ui"
)

var update = flag.Bool("update", false, "write the golden files anew")

var noon = time.Date(2026, 5, 23, 12, 0, 0, 0, time.UTC)

// spriteHash changes with every new icon, which is no change of the markup.
var spriteHash = regexp.MustCompile(`icons\.[0-9a-f]+\.svg`)

// compareGolden holds markup against the file of that name, one element a line.
func compareGolden(t *testing.T, name, html string) {
	t.Helper()
	got := spriteHash.ReplaceAllString(html, "icons.svg")
	got = strings.ReplaceAll(strings.TrimSpace(got), "><", ">\n<") + "\n"
	path := filepath.Join("testdata", name+".html")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s has changed; if that is wanted, run go test ./views -update and read the difference.\n%s", name, got)
	}
}

func quotedCart() shop.QuotedCart {
	var catalog shop.Catalog
	catalog.AddPrice(shop.CatalogSKU{ID: 1, MerchantID: 1, Name: "Pan", TaxCategory: "standard", WeightGrams: 1450, Sellable: true}, "EUR", 1000)
	catalog.AddPrice(shop.CatalogSKU{ID: 2, MerchantID: 2, Name: "Mug", TaxCategory: "standard", Sellable: true, TaxInclusive: true}, "EUR", 595)
	catalog.TaxRates = []shop.TaxRate{{Country: "NL", Category: "standard", RatePPM: 190_000}}
	catalog.ShippingRates = []shop.ShippingRate{{MerchantID: 1, Currency: "EUR", PriceMinor: 450}}
	catalog.Discounts = []shop.Discount{{ID: 1, MerchantID: 1, Code: "SPRING", Name: "Spring sale", PercentPPM: 100_000}}
	to, codes := shop.Destination{Country: "NL"}, []string{"SPRING", "OLD"}
	quote, err := catalog.QuoteItems(shop.QuoteRequest{Items: []shop.PlaceItem{{SKUID: 1, Quantity: 2}, {SKUID: 2, Quantity: 1}}, Currency: "EUR", To: to, Codes: codes})
	if err != nil {
		panic(err) // the catalog above is complete
	}
	return shop.QuotedCart{To: to, Quote: quote, Cart: shop.Cart{ID: "c", Currency: "EUR", CheckoutKey: "k-1", DiscountCodes: codes, Lines: []shop.CartLine{
		{SKUID: 1, Name: "Pan", MerchantID: 1, MerchantName: "Fjord", Quantity: 2, PriceMinor: 1000, HasPrice: true, Sellable: true, Available: 9},
		{SKUID: 2, Name: `Mug "Ada"`, MerchantID: 2, MerchantName: "Kiln", Quantity: 1, PriceMinor: 595, HasPrice: true, Sellable: true, Available: 9},
	}}}
}

func TestGoldenFragmentsOfBuyers(t *testing.T) {
	t.Parallel()
	checkout := shop.CheckoutDetail{ID: 1 << 40, Currency: "EUR", TotalMinor: 1000, Orders: []shop.OrderDetail{{
		OrderHead: shop.OrderHead{ID: 1<<40 + 1, Status: shop.StatusPending, Currency: "EUR", TotalMinor: 1000, ExpiresAt: noon.Add(4 * time.Minute)},
		Payments:  []shop.Payment{{Status: shop.PaymentFailed, Failure: "the bank declined the card", StatusAt: noon}},
	}}}
	methods := []views.PaymentMethod{{Token: "card_ok", Label: "Card •••• 4242", Note: "pays"}, {Token: "card_no", Label: "Card •••• 0002", Note: "is declined"}}
	pages := map[string]string{
		"product_stocks":   render(t, views.ProductStocks([]shop.ProductSKU{{ID: 7, OnSale: true, Available: 12}, {ID: 8, OnSale: true, Available: 2}, {ID: 9}})),
		"checkout_summary": render(t, views.CheckoutSummary(views.CheckoutModel{To: shop.Address{ID: 3}, Cart: quotedCart(), Methods: methods})),
		"pay_declined":     render(t, views.PayState(views.NewPayModel(checkout, methods, noon), []shop.FieldError{{Field: "method", Message: "Choose how to pay"}})),
		"address":          render(t, views.AddressText(shop.Address{Name: "<Ada>", Line1: "Damrak 1", City: "Amsterdam", PostalCode: "1012 LG", Country: "NL"})),
	}
	for name, got := range pages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compareGolden(t, name, got)
		})
	}
}

// What a breakdown lists must add up to its foot, with taxes on top and taxes within, discounts and all.
func TestBreakdownAddsUp(t *testing.T) {
	t.Parallel()
	order := shop.OrderDetail{OrderHead: shop.OrderHead{Currency: "EUR", ShippingMinor: 500, TotalMinor: 500 + 1190 + 2180}, Lines: []shop.OrderLine{
		{Quantity: 1, SubtotalMinor: 1000, TaxMinor: 190, TaxRatePPM: 190_000, TotalMinor: 1190, TaxIncluded: true},
		{Quantity: 2, SubtotalMinor: 2200, DiscountMinor: 200, TaxMinor: 180, TaxRatePPM: 90_000, TotalMinor: 2180},
	}}
	bare := shop.OrderDetail{OrderHead: shop.OrderHead{Currency: "BRL", SubtotalMinor: 900, TaxMinor: 70, ShippingMinor: 30, DiscountMinor: 100, TotalMinor: 900}}
	for name, rows := range map[string][]views.TotalRow{
		"quote":    views.QuoteRows(quotedCart().Quote),
		"order":    views.OrderRows(order),
		"no lines": views.OrderRows(bare),
		"checkout": views.CheckoutRows(shop.CheckoutDetail{Currency: "EUR", Orders: []shop.OrderDetail{order, order}}),
	} {
		var sum, foot int64
		for _, row := range rows {
			switch {
			case row.Sum:
				foot = row.Amount.Minor
			case !row.Note:
				sum += row.Amount.Minor
			}
		}
		if sum != foot || foot == 0 {
			t.Errorf("%s: the parts are %d, the foot is %d: %+v", name, sum, foot, rows)
		}
	}
}

func orderIn(status shop.Status, parcels ...shop.Fulfillment) shop.OrderDetail {
	order := shop.OrderDetail{
		OrderHead:    shop.OrderHead{ID: 1 << 40, MerchantName: "Acme", Status: status, Currency: "EUR", PlacedAt: noon, StatusAt: noon, ExpiresAt: noon.Add(time.Minute)},
		Lines:        []shop.OrderLine{{LineNo: 1, Name: "Pan", Quantity: 3}, {LineNo: 2, Name: "Mug", Quantity: 1}},
		Fulfillments: parcels,
	}
	if status != shop.StatusPending && status != shop.StatusCancelled {
		order.Events = []shop.Event{{Kind: shop.EventStatus, From: shop.StatusPending, To: shop.StatusConfirmed, OccurredAt: noon}}
	}
	return order
}

func TestStepsOfParcels(t *testing.T) {
	t.Parallel()
	states := func(p views.Parcel) (s string) {
		for _, step := range p.Steps {
			s += string(step.State[0])
		}
		return s
	}
	packed := shop.Fulfillment{No: 1, Status: shop.FulfillmentPacked, PackedAt: noon, Items: []shop.FulfillmentItem{{LineNo: 1, Quantity: 2}}}
	shipped := shop.Fulfillment{No: 2, Status: shop.FulfillmentShipped, PackedAt: noon, ShippedAt: noon, Items: []shop.FulfillmentItem{{LineNo: 1, Quantity: 1}, {LineNo: 2, Quantity: 1}}}
	off := shop.Fulfillment{No: 3, Status: shop.FulfillmentCancelled}
	cases := map[string]struct {
		order shop.OrderDetail
		want  []string // done, current, ahead, failed; by parcel
	}{
		"unpaid":           {orderIn(shop.StatusPending), []string{"dcaaa"}},
		"paid":             {orderIn(shop.StatusConfirmed, shop.Fulfillment{Status: shop.FulfillmentOpen}), []string{"ddcaa"}},
		"two parcels":      {orderIn(shop.StatusProcessing, packed, shipped, off), []string{"dddca", "dddca"}},
		"cancelled unpaid": {orderIn(shop.StatusCancelled), []string{"df"}},
		"refunded":         {orderIn(shop.StatusRefunded, off), []string{"ddf"}},
		"opened again":     {orderIn(shop.StatusProcessing, shop.Fulfillment{Status: shop.FulfillmentPicked}), []string{"ddcaa"}},
		"arrived":          {orderIn(shop.StatusDelivered, shop.Fulfillment{PackedAt: noon, ShippedAt: noon, DeliveredAt: noon, Status: shop.FulfillmentDelivered}), []string{"ddddd"}},
	}
	for name, tt := range cases {
		m := views.NewOrderModel(tt.order, noon)
		var got []string
		for _, parcel := range m.Parcels {
			got = append(got, states(parcel))
		}
		if strings.Join(got, " ") != strings.Join(tt.want, " ") {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
	if m := views.NewOrderModel(cases["two parcels"].order, noon); m.Parcels[0].Title != "Parcel 1 of 2" || len(m.Parcels[1].Lines) != 2 || m.Parcels[1].Lines[0].Quantity != 1 {
		t.Errorf("%+v", m.Parcels)
	}
}

// What is current is not done: a parcel that waits to be packed, or was opened again, is not called packed.
func TestTheCurrentStepSaysWhatGoesOn(t *testing.T) {
	t.Parallel()
	packed := shop.Fulfillment{Status: shop.FulfillmentPacked, PackedAt: noon}
	gone := shop.Fulfillment{Status: shop.FulfillmentShipped, PackedAt: noon, ShippedAt: noon}
	for want, order := range map[string]shop.OrderDetail{
		"To be paid":    orderIn(shop.StatusPending),
		"Being packed":  orderIn(shop.StatusProcessing, shop.Fulfillment{Status: shop.FulfillmentPicked}),
		"Ready to ship": orderIn(shop.StatusProcessing, packed),
		"On its way":    orderIn(shop.StatusShipped, gone),
	} {
		var current []string
		for _, step := range views.NewOrderModel(order, noon).Parcels[0].Steps {
			if step.State == ui.StepCurrent {
				current = append(current, step.Label)
			}
		}
		if strings.Join(current, ", ") != want {
			t.Errorf("the current step is %q, want %q", current, want)
		}
	}
}

func TestBuyersReadPublicEventsWithoutNames(t *testing.T) {
	t.Parallel()
	order := orderIn(shop.StatusConfirmed)
	order.Events = append(order.Events,
		shop.Event{Kind: shop.EventNote, Visibility: shop.VisibilityStaff, Data: map[string]string{shop.DataText: "secret"}},
		shop.Event{Kind: shop.EventPacked, Visibility: shop.VisibilityPublic, Actor: shop.Actor{Kind: shop.ActorStaff, Name: "Mara Lindt"}, OccurredAt: noon},
		shop.Event{Kind: "brand_new", Visibility: shop.VisibilityPublic, Actor: shop.Actor{Kind: shop.ActorSystem}, OccurredAt: noon},
	)
	events := views.NewOrderModel(order, noon).Events
	if len(events) != 2 || events[1].Actor != "Acme" || events[1].Badge.Word != "Packed" || events[0].Actor != "Waybill" || events[0].Badge.Icon == "" {
		t.Errorf("%+v", events)
	}
}

func TestStockIsToldInWords(t *testing.T) {
	t.Parallel()
	for available, want := range map[int64]ui.Badge{
		-1:   {Tone: ui.ToneNeutral, Icon: ui.IconBan, Word: "Out of stock"},
		0:    {Tone: ui.ToneNeutral, Icon: ui.IconBan, Word: "Out of stock"},
		1:    {Tone: ui.ToneWarning, Icon: ui.IconHourglass, Word: "Only 1 left"},
		5:    {Tone: ui.ToneWarning, Icon: ui.IconHourglass, Word: "Only 5 left"},
		6:    {Tone: ui.ToneSuccess, Icon: ui.IconCheck, Word: "6 in stock"},
		1234: {Tone: ui.ToneSuccess, Icon: ui.IconCheck, Word: "1,234 in stock"},
	} {
		if got := views.StockBadge(available); got != want {
			t.Errorf("%d: %+v", available, got)
		}
	}
}
