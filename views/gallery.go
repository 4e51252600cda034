package views

import (
	"time"

	"waybill/shop"
	"waybill/views/ui"
)

// The samples that the gallery shows; they are made up.

func galleryErrors() []shop.FieldError {
	return []shop.FieldError{
		{Field: "sample-quantity", Message: "Quantity must be 1 or more"},
		{Field: "sample-country", Message: "Choose a country"},
	}
}

func galleryEvents(now time.Time) []ui.Event {
	return []ui.Event{
		{At: now.Add(-20 * time.Minute), Badge: ui.OrderBadge(shop.StatusShipped), Text: "Handed to DHL, tracking number 00340434161094042557.", Actor: "Mara Lindt", ActorKind: "staff", Took: "1 h 5 min"},
		{At: now.Add(-85 * time.Minute), Badge: ui.OrderBadge(shop.StatusProcessing), Actor: "Mara Lindt", ActorKind: "staff", Took: "22 h 40 min"},
		{At: now.Add(-24 * time.Hour), Badge: ui.OrderBadge(shop.StatusConfirmed), Text: "€140.37 captured by card.", Actor: "Payments", ActorKind: "integration", Took: "4 s"},
		{At: now.Add(-24*time.Hour - 4*time.Second), Badge: ui.OrderBadge(shop.StatusPending), Text: "Stock is held for 15 minutes.", Actor: "Ana Silva", ActorKind: "customer"},
	}
}

func gallerySteps() []ui.Step {
	return []ui.Step{
		{Label: "Placed", Note: "22 May", State: ui.StepDone},
		{Label: "Paid", Note: "22 May", State: ui.StepDone},
		{Label: "Packed", Note: "now", State: ui.StepCurrent},
		{Label: "Shipped", State: ui.StepAhead},
		{Label: "Delivered", Note: "by 26 May", State: ui.StepAhead},
	}
}

func galleryChart(id string) ui.ChartProps {
	values := []int64{3, 5, 2, 9, 14, 22, 31, 28, 41, 36, 24, 12}
	bars := make([]ui.Bar, len(values))
	for i, v := range values {
		bars[i] = ui.Bar{Label: time.Date(2026, 1, 1, 7+i, 0, 0, 0, time.UTC).Format("15:04"), Value: v}
	}
	return ui.ChartProps{ID: id, Title: "Orders per hour", Desc: "Few before ten, most at three in the afternoon.", Unit: "Orders", Bars: bars}
}

func galleryStates(id string) ui.ChartProps {
	return ui.ChartProps{ID: id, Title: "Time in each state", Desc: "Most of the time the order waited to be picked.", Unit: "Time", Bars: []ui.Bar{
		{Label: "Unpaid", Value: 4, Display: "4 min", Tone: ui.ToneNeutral},
		{Label: "To pick", Value: 130, Display: "2 h 10 min", Tone: ui.ToneWarning},
		{Label: "Picking and packing", Value: 62, Display: "1 h 2 min", Tone: ui.ToneInfo},
		{Label: "Under way", Value: 90, Display: "1 h 30 min", Tone: ui.ToneSuccess},
	}}
}

type galleryOrder struct {
	number, customer, carrier string
	items                     int
	total                     shop.Amount
	badge                     ui.Badge
	age                       time.Duration
}

func galleryOrders() []galleryOrder {
	eur := func(minor int64) shop.Amount { return shop.Amount{Minor: minor, Currency: "EUR"} }
	return []galleryOrder{
		{"6XKQ3-M8ZT-4P", "Ana Silva", "DHL", 2, eur(14037), ui.FulfillmentBadge(shop.FulfillmentOpen), 4 * time.Minute},
		{"6XKQ3-M8ZS-9T", "Ibrahim Öztürk-Wasserman", "DPD", 11, eur(123450), ui.FulfillmentBadge(shop.FulfillmentPicking), 52 * time.Minute},
		{"6XKQ3-M7B2-2K", "Jo", "PostNL", 1, eur(999), ui.FulfillmentBadge(shop.FulfillmentPacked), 3 * time.Hour},
		{"6XKQ3-M6Y0-D3", "Chidi Okafor", "UPS", 3, eur(-4500), ui.FulfillmentBadge(shop.FulfillmentShipped), 26 * time.Hour},
	}
}

func galleryProducts() []string {
	return []string{"Linen tea towel", "Cast-iron pan 26 cm", "Beeswax candle", "Oak chopping board", "Field notebook", "Enamel mug", "Brass door hook", "Wool blanket"}
}
