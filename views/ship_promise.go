package views

import (
	"fmt"
	"strconv"
	"time"

	"waybill/shop"
	"waybill/views/format"
	"waybill/views/ui"
	"waybill/views/urls"
)

// newService is the service that is not there yet.
const newService = -1

// ShipPromiseModel is the page on which a merchant says what is promised.
type ShipPromiseModel struct {
	Terms   shop.ShipTerms
	Zone    *time.Location
	Now     time.Time
	Refused int64             // the service whose form was refused,
	Typed   map[string]string // and what was typed into it
	Day     string            // as typed
	Holiday string
	Undo    *string // as typed; nil: as it is
	Errors  []shop.FieldError
}

// promised is by when an order that is paid now leaves with a service.
func (m ShipPromiseModel) promised(s shop.ShipService) time.Time {
	return shop.ShipBy(m.Now, m.Terms.Policy(s, m.Zone))
}

// undoMinutes is what stands in the field.
func (m ShipPromiseModel) undoMinutes() string {
	if m.Undo != nil {
		return *m.Undo
	}
	return strconv.Itoa(int(m.Terms.Undo / time.Minute))
}

func (m ShipPromiseModel) refused(s shop.ShipService) bool {
	return m.Typed != nil && m.Refused == s.ID
}

func (m ShipPromiseModel) typed(field string, s shop.ShipService, now string) string {
	if m.refused(s) {
		return m.Typed[field]
	}
	return now
}

func (m ShipPromiseModel) errorFor(field string, s shop.ShipService) string {
	if m.refused(s) {
		return ui.ErrorFor(m.Errors, field)
	}
	return ""
}

// fieldID is the id that the error summary links to on the refused form, and one of its own on the others.
func (m ShipPromiseModel) fieldID(field string, s shop.ShipService) string {
	if m.refused(s) {
		return ui.FieldID(field)
	}
	return fmt.Sprintf("f-%s-%d", field, s.ID+1)
}

func shipServiceURL(s shop.ShipService) string {
	if s.ID == newService {
		return urls.MerchantPromiseServices()
	}
	return urls.MerchantPromiseService(s.ID)
}

// weightLimit is what an order may weigh, in kilograms; "" without a limit.
func weightLimit(s shop.ShipService) string {
	if s.MaxWeightGrams == 0 {
		return ""
	}
	return shop.Kilograms(s.MaxWeightGrams)
}

func clockWords(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }

// dayWords writes a day out; one that is none stays as it is.
func dayWords(d shop.Day) string {
	at, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return string(d)
	}
	return format.Date(at)
}
