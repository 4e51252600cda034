package views

import (
	"fmt"
	"strconv"
	"strings"

	"waybill/shop"
	"waybill/views/format"
	"waybill/views/ui"
	"waybill/views/urls"
)

// ClaimsModel is a list of what a merchant claimed from carriers.
type ClaimsModel struct {
	shop.ClaimPage
	Status shop.ClaimStatus
	First  bool // the newest page
}

// ClaimModel is one claim, with what was typed about its decision.
type ClaimModel struct {
	shop.CarrierClaim
	Status    string
	Paid      string
	Reference string
	Note      string
	Key       string // makes pressing twice one decision
	Failed    string // why what was just tried did not happen
	Errors    []shop.FieldError
}

// ClaimCrumbs lead back to the claims.
func ClaimCrumbs() []ui.Crumb {
	return append(ShipmentCrumbs(), ui.Crumb{Label: "Claims", URL: urls.MerchantCarrierClaims("")})
}

var claimBadges = map[shop.ClaimStatus]ui.Badge{
	shop.ClaimOpen:   {Tone: ui.ToneWarning, Icon: ui.IconHourglass, Word: "Open"},
	shop.ClaimPaid:   {Tone: ui.ToneSuccess, Icon: ui.IconDone, Word: "Paid"},
	shop.ClaimDenied: {Tone: ui.ToneNeutral, Icon: ui.IconBan, Word: "Denied"},
}

func (m ClaimsModel) tabs() []ui.Tab {
	var tabs []ui.Tab
	for _, status := range shop.ClaimStatuses() {
		tabs = append(tabs, ui.Tab{Label: claimBadges[status].Word, URL: urls.MerchantCarrierClaims(string(status)), Current: status == m.Status, Count: format.Count(m.Counts[status])})
	}
	return tabs
}

func (m ClaimsModel) pages() ui.PageLinks {
	var links ui.PageLinks
	list := urls.MerchantCarrierClaims(string(m.Status))
	if !m.First {
		links.Newer = list
	}
	if m.More {
		links.Older = urls.With(list, urls.Query{{Name: "before", Value: strconv.FormatInt(m.Claims[len(m.Claims)-1].ID, 10)}})
	}
	return links
}

func (m ClaimsModel) empty() ui.EmptyProps {
	if m.Status == shop.ClaimOpen {
		return ui.EmptyProps{Icon: ui.IconDone, Title: "Nothing is claimed right now", Text: "Claim the value of a late or lost parcel on the page of its shipment."}
	}
	return ui.EmptyProps{Icon: ui.IconReceipt, Title: "None yet", Text: "Claims come here when their carriers have decided."}
}

// decided is what the form of a decision begins with.
func (m ClaimModel) decided() string {
	if m.Status == "" {
		return string(shop.ClaimPaid)
	}
	return m.Status
}

// paid is the amount that the form begins with: all of it.
func (m ClaimModel) paid() string {
	if m.Key != "" && (m.Errors != nil || m.Failed != "") {
		return m.Paid
	}
	return m.Amount.Decimal()
}

// replacementBadge marks a parcel that was given up, or that replaces one.
func replacementBadge(f shop.Fulfillment) (badge ui.Badge, special bool) {
	switch {
	case !f.GivenUpAt.IsZero():
		return ui.Badge{Tone: ui.ToneDanger, Icon: ui.IconAlert, Word: "Given up"}, true
	case f.ReplacesNo != 0:
		return ui.Badge{Tone: ui.ToneWarning, Icon: ui.IconRefresh, Word: fmt.Sprintf("Instead of parcel %d", f.ReplacesNo)}, true
	}
	return badge, false
}

// shipmentLabel names the shipment of a claim: by its tracking number, if it has one.
func shipmentLabel(c shop.CarrierClaim) string {
	if c.TrackingNumber != "" {
		return c.TrackingNumber
	}
	return strconv.FormatInt(c.ShipmentID, 10)
}

// claimable tells whether a carrier may owe something for the shipment.
func (m ShipmentModel) claimable() bool {
	return m.Status.Left() && m.Problem != "" && m.Problem != shop.ProblemWaiting
}

// refundLabel names the order only where there are several.
func (m ShipmentModel) refundLabel(parcel shop.ParcelRef) string {
	if len(m.Parcels) == 1 {
		return "Refund these items"
	}
	return "Refund those of " + parcel.OrderID.Number()
}

// TooFewToReship says what is missing to send a parcel again, and what can be done instead.
func TooFewToReship(short []shop.ShortLine) string {
	var missing []string
	for _, line := range short {
		missing = append(missing, fmt.Sprintf("%s: %d needed, %d there", line.Name, line.Requested, max(line.Available, 0)))
	}
	return "There is not enough to send it again (" + strings.Join(missing, "; ") + "). Receive stock first, or refund the customer."
}
