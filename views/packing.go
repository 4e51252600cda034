package views

import (
	"net/url"
	"slices"
	"strconv"

	"waybill/shop"
	"waybill/views/format"
	"waybill/views/ui"
)

// PackForm is what was entered at the packing table.
type PackForm struct {
	Box     string
	Weight  string
	Service string
	With    []string // other parcels in the same box, "NUMBER/NO"
	Units   url.Values
}

// units is what stands in the field of a line.
func (m ParcelModel) units(line int, all int64) string {
	if typed := m.Form.Units.Get(unitsField(line)); typed != "" {
		return typed
	}
	return strconv.FormatInt(all, 10)
}

func unitsField(line int) string { return "units[" + strconv.Itoa(line) + "]" }

// divisible tells whether there is something to leave out.
func (m ParcelModel) divisible() bool { return m.Parcel.Units > 1 }

// boxID is the chosen box: as entered, else the one it was packed into.
func (m ParcelModel) boxID() string {
	if m.Form.Box == "" && m.Parcel.BoxID != 0 {
		return strconv.FormatInt(m.Parcel.BoxID, 10)
	}
	return m.Form.Box
}

// weight is what stands in the field: as entered, else as weighed.
func (m ParcelModel) weight() string {
	if m.Form.Weight == "" && m.Parcel.WeightGrams != 0 {
		return shop.Kilograms(m.Parcel.WeightGrams)
	}
	return m.Form.Weight
}

// weightHint says what the scale should show.
func (m ParcelModel) weightHint() string {
	if m.Help.ContentGrams == 0 {
		return "With its box, in kilograms."
	}
	return "The items weigh about " + shop.Kilograms(m.Help.ContentGrams) + " kg by the catalog, without the box."
}

func (m ParcelModel) boxOptions() []ui.Option {
	options := []ui.Option{{Value: "", Label: "Another box"}}
	for _, b := range m.Boxes {
		options = append(options, ui.Option{Value: strconv.FormatInt(b.ID, 10), Label: b.Name + " (" + b.Size() + ")"})
	}
	return options
}

// boxKeys make 1 to 9 choose a box.
func boxAttrs(b shop.Box) map[string]any {
	if b.Hotkey == 0 {
		return nil
	}
	return map[string]any{"data-key": strconv.Itoa(b.Hotkey)}
}

func (m ParcelModel) together(c shop.MergeCandidate) bool {
	return slices.Contains(m.Form.With, withValue(c))
}

func withValue(c shop.MergeCandidate) string {
	return c.OrderID.Number() + "/" + strconv.Itoa(c.No)
}

func withLabel(c shop.MergeCandidate) string {
	return "Order " + c.OrderID.Number() + ", parcel " + strconv.Itoa(c.No) + ": " + format.Plural(c.Units, "unit", "units")
}

// rated tells whether any carrier named a price.
func (m ParcelModel) rated() bool {
	return slices.ContainsFunc(m.Offers, func(o shop.CarrierRates) bool { return len(o.Rates) > 0 })
}

// serviceValue is the value of a service in the form.
func serviceValue(carrier string, rate shop.Rate) string { return carrier + "/" + rate.Service }

// chosen is the service that is ticked: as entered, else the cheapest of the first carrier.
func (m ParcelModel) chosen(carrier string, i int, rate shop.Rate) bool {
	if m.Form.Service != "" {
		return m.Form.Service == serviceValue(carrier, rate)
	}
	return i == 0 && len(m.Offers) > 0 && m.Offers[0].Key == carrier
}

func serviceID(carrier string, i int) string {
	if i == 0 {
		return ui.FieldID("service")
	}
	return ui.FieldID("service-" + carrier + "-" + strconv.Itoa(i))
}

// shipmentBadge is how a shipment stands, to the merchant.
func shipmentBadge(s shop.Shipment) ui.Badge {
	switch s.Status {
	case shop.ShipmentBuying:
		return ui.Badge{Tone: ui.ToneWarning, Icon: ui.IconHourglass, Word: "Waiting for the carrier"}
	case shop.ShipmentFailed:
		return ui.Badge{Tone: ui.ToneDanger, Icon: ui.IconFail, Word: "Refused"}
	case shop.ShipmentReady:
		return ui.Badge{Tone: ui.ToneInfo, Icon: ui.IconTag, Word: "Ready for the carrier"}
	case shop.ShipmentVoiding:
		return ui.Badge{Tone: ui.ToneWarning, Icon: ui.IconHourglass, Word: "Taking the label back"}
	case shop.ShipmentVoided:
		return ui.Badge{Tone: ui.ToneNeutral, Icon: ui.IconBan, Word: "Label taken back"}
	case shop.ShipmentDelivered:
		return ui.Badge{Tone: ui.ToneSuccess, Icon: ui.IconDone, Word: "Delivered"}
	case shop.ShipmentReturned:
		return ui.Badge{Tone: ui.ToneWarning, Icon: ui.IconReturn, Word: "Came back"}
	case shop.ShipmentLost:
		return ui.Badge{Tone: ui.ToneDanger, Icon: ui.IconAlert, Word: "Lost"}
	}
	return ui.Badge{Tone: ui.ToneInfo, Icon: ui.IconTruck, Word: "In transit"}
}

// problemBadge is what is wrong with a shipment and has no answer; ok is false when nothing is.
func problemBadge(s shop.Shipment) (badge ui.Badge, ok bool) {
	switch s.OpenProblem() {
	case shop.ProblemWaiting:
		return ui.Badge{Tone: ui.ToneWarning, Icon: ui.IconClock, Word: s.ProblemWords()}, true
	case shop.ProblemLate:
		return ui.Badge{Tone: ui.ToneWarning, Icon: ui.IconHourglass, Word: s.ProblemWords()}, true
	case shop.ProblemException:
		return ui.Badge{Tone: ui.ToneDanger, Icon: ui.IconBan, Word: s.ProblemWords()}, true
	case shop.ProblemLost, shop.ProblemReturned:
		return ui.Badge{Tone: ui.ToneDanger, Icon: ui.IconAlert, Word: s.ProblemWords()}, true
	}
	return ui.Badge{}, false
}

// trackingEvents are the events of a shipment as a timeline, the latest first.
func trackingEvents(s shop.Shipment) []ui.Event {
	var events []ui.Event
	for _, e := range slices.Backward(s.Events) {
		text := e.Text
		if e.Place != "" {
			text += ", " + e.Place
		}
		events = append(events, ui.Event{At: e.OccurredAt, Badge: trackingBadge(e.Kind), Text: text, Actor: s.Carrier})
	}
	return events
}

func trackingBadge(k shop.TrackingKind) ui.Badge {
	badge := ui.Badge{Tone: ui.ToneInfo, Icon: ui.IconMapPin, Word: k.CustomerWords()}
	switch k {
	case shop.TrackDelivered:
		badge.Tone, badge.Icon = ui.ToneSuccess, ui.IconDone
	case shop.TrackDelayed, shop.TrackAttempted, shop.TrackReturning, shop.TrackReturned:
		badge.Tone, badge.Icon = ui.ToneWarning, ui.IconHourglass
	case shop.TrackLost:
		badge.Tone, badge.Icon = ui.ToneDanger, ui.IconAlert
	case shop.TrackAddress, shop.TrackRefused, shop.TrackDamaged, shop.TrackCustoms, shop.TrackException:
		badge.Tone, badge.Icon = ui.ToneDanger, ui.IconBan
	case shop.TrackAnnounced:
		badge.Tone, badge.Icon = ui.ToneNeutral, ui.IconTag
	case shop.TrackOut:
		badge.Icon = ui.IconTruck
	}
	return badge
}

func boxFieldID(i int) string {
	if i == 0 {
		return ui.FieldID("box")
	}
	return ui.FieldID("box-" + strconv.Itoa(i))
}
