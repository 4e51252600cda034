package views

import (
	"fmt"
	"time"

	"waybill/shop"
	"waybill/views/format"
	"waybill/views/ui"
	"waybill/views/urls"
)

// DayCrumbs lead back to the first page of a merchant.
func DayCrumbs() []ui.Crumb { return []ui.Crumb{{Label: "Today", URL: urls.MerchantDay()}} }

// DayShortcuts are the keys of the first page, beside those of every page.
func DayShortcuts() []Shortcut {
	return []Shortcut{{Keys: "n", Meaning: "Take the next order"}, {Keys: "w", Meaning: "Show the queue on the wall"}}
}

// WaitingModel is what of the orders waits for stock.
type WaitingModel struct {
	Lines []shop.WaitingLine
	More  bool
	Now   time.Time
}

func queueAt(stage shop.QueueStage, due shop.QueueDue) string {
	return QueueList{}.with(func(f *shop.QueueFilter) { f.Stage, f.Due = stage, due })
}

// tile is a figure that leads to what it counts. A tone is only for what somebody should look at, so zero has none.
func tile(label string, count int64, url string, icon ui.IconName, tone ui.Tone, note string) ui.StatProps {
	props := ui.StatProps{Label: label, Value: format.Count(count), URL: url, Icon: icon}
	if count > 0 {
		props.Tone, props.Note = tone, note
	}
	return props
}

// dayUrgent is what runs out of time.
func dayUrgent(d shop.MerchantDay) []ui.StatProps {
	return []ui.StatProps{
		tile("Late", d.Queue.Late, queueAt(shop.QueueStuck, shop.QueueDueLate), ui.IconAlert, ui.ToneDanger, "past their promise"),
		tile("Due today", d.Queue.DueToday-d.Queue.Late, queueAt(shop.QueueToPick, shop.QueueDueToday), ui.IconClock, ui.ToneWarning, "to leave before midnight"),
		tile("Stuck", d.Queue.Stages[shop.QueueStuck], queueAt(shop.QueueStuck, ""), ui.IconHourglass, ui.ToneWarning, "late, or left lying"),
		tile("Ready to ship", d.Queue.Stages[shop.QueueReady], queueAt(shop.QueueReady, ""), ui.IconTruck, "", ""),
	}
}

// dayStages is where the work is.
func dayStages(d shop.MerchantDay) []ui.StatProps {
	return []ui.StatProps{
		tile("To pick", d.Queue.Stages[shop.QueueToPick], queueAt(shop.QueueToPick, ""), ui.IconInbox, "", ""),
		tile("Being picked", d.Queue.Stages[shop.QueuePicking], queueAt(shop.QueuePicking, ""), ui.IconHand, "", ""),
		tile("To pack", d.Queue.Stages[shop.QueueToPack], queueAt(shop.QueueToPack, ""), ui.IconBoxOpen, "", ""),
		tile("Shipped today", d.Queue.Stages[shop.QueueShipped], queueAt(shop.QueueShipped, ""), ui.IconDone, ui.ToneSuccess, ""),
	}
}

// dayBeside is what waits elsewhere than in the queue.
func dayBeside(d shop.MerchantDay) []ui.StatProps {
	returns := func(status shop.ReturnStatus) (int64, string) {
		return d.Returns[status], urls.MerchantReturnsIn(string(status))
	}
	asked, askedURL := returns(shop.ReturnRequested)
	coming, comingURL := returns(shop.ReturnInTransit)
	arrived, arrivedURL := returns(shop.ReturnReceived)
	shipments := func(filter shop.ShipmentFilter) (int64, string) {
		return d.Shipments[filter], urls.MerchantShipments(string(filter))
	}
	late, lateURL := shipments(shop.ShipmentsLate)
	lost, lostURL := shipments(shop.ShipmentsLost)
	return []ui.StatProps{
		tile("Units waited for", d.Waiting, urls.MerchantWaiting(), ui.IconBoxes, ui.ToneWarning, "ordered, not in stock"),
		tile("Low stock", d.LowStock, urls.MerchantLowStock(), ui.IconTag, ui.ToneWarning, "at the reorder point"),
		tile("Returns to decide", asked, askedURL, ui.IconReturn, ui.ToneWarning, "customers wait"),
		tile("Returns to receive", coming, comingURL, ui.IconReturn, "", ""),
		tile("Returns to refund", arrived, arrivedURL, ui.IconCoins, ui.ToneWarning, "received"),
		tile("Late parcels", late, lateURL, ui.IconTruck, ui.ToneWarning, "with their carriers"),
		tile("Lost parcels", lost, lostURL, ui.IconFail, ui.ToneDanger, "to be claimed"),
	}
}

// dayHours is what left, hour by hour of the merchant's day.
func dayHours(d shop.MerchantDay) ui.ChartProps {
	chart := ui.ChartProps{
		ID: "hours", Title: "Parcels shipped today, by the hour", Unit: "Parcels",
		Desc: format.Plural(d.Shipped(), "parcel", "parcels") + " since midnight in " + d.Zone.String() + ".",
	}
	for _, h := range d.Hours {
		chart.Bars = append(chart.Bars, ui.Bar{Label: fmt.Sprintf("%02d:00", h.Hour), Value: h.Parcels})
	}
	return chart
}

// calm tells whether nothing waits for anybody.
func calm(d shop.MerchantDay) bool {
	open := d.Waiting + d.LowStock + d.Shipments[shop.ShipmentsProblems]
	for stage, n := range d.Queue.Stages {
		if stage != shop.QueueShipped {
			open += n
		}
	}
	for _, n := range d.Returns {
		open += n
	}
	return open == 0
}

func dayTitle(d shop.MerchantDay) string { return d.Clock.Now.In(d.Zone).Format("Monday 2 January") }

// firstStep is something that a new merchant does once.
type firstStep struct {
	title, text, label, url string
	done                    bool
}

func firstSteps(s shop.MerchantSetup) []firstStep {
	return []firstStep{
		{"Add a product", "With a price, and a picture if you have one.", "Add a product", urls.MerchantProductNew(), s.Products},
		{"Put stock on a shelf", "Say how many units lie where; nothing is sold that is not there.", "Open the inventory", urls.MerchantInventory(), s.Stock},
		{"Say what shipping costs", "Until then parcels go free of charge.", "Set the rates", urls.MerchantShipping(), s.Rates},
		{"Add your boxes", "Carriers price by their size. You can do it later.", "Add boxes", urls.MerchantBoxes(), s.Boxes},
	}
}

// wallFigure is one of the large numbers on the wall.
type wallFigure struct {
	label string
	count int64
	tone  ui.Tone
	icon  ui.IconName
}

func wallFigures(d shop.MerchantDay) []wallFigure {
	stage := func(label string, s shop.QueueStage, icon ui.IconName) wallFigure {
		return wallFigure{label: label, count: d.Queue.Stages[s], tone: ui.ToneNeutral, icon: icon}
	}
	late := wallFigure{label: "Late", count: d.Queue.Late, tone: ui.ToneNeutral, icon: ui.IconAlert}
	if late.count > 0 {
		late.tone = ui.ToneDanger
	}
	due := wallFigure{label: "Due today", count: d.Queue.DueToday - d.Queue.Late, tone: ui.ToneNeutral, icon: ui.IconClock}
	if due.count > 0 {
		due.tone = ui.ToneWarning
	}
	return []wallFigure{
		late, due, stage("To pick", shop.QueueToPick, ui.IconInbox), stage("Picking", shop.QueuePicking, ui.IconHand),
		stage("To pack", shop.QueueToPack, ui.IconBoxOpen), stage("Ready", shop.QueueReady, ui.IconBox),
		{label: "Shipped", count: d.Queue.Stages[shop.QueueShipped], tone: ui.ToneSuccess, icon: ui.IconDone},
	}
}
