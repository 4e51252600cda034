package views

import (
	"strconv"
	"strings"
	"time"

	"waybill/shop"
	"waybill/views/format"
	"waybill/views/ui"
	"waybill/views/urls"
)

// PaymentsForm is the filter of the payments list as people fill it in.
type PaymentsForm struct {
	Q        string
	Status   string
	Provider string
	Method   string
	Currency string
	From     string // days
	Until    string
	Least    string // major units
	Most     string
}

func (f PaymentsForm) query() urls.Query {
	return urls.Query{
		{Name: "q", Value: f.Q}, {Name: "status", Value: f.Status}, {Name: "provider", Value: f.Provider}, {Name: "method", Value: f.Method},
		{Name: "currency", Value: f.Currency}, {Name: "from", Value: f.From}, {Name: "until", Value: f.Until}, {Name: "least", Value: f.Least}, {Name: "most", Value: f.Most},
	}
}

// URL is the address of a page or an export with this filter.
func (f PaymentsForm) URL(path string) string { return urls.With(path, f.query()) }

// tags are the filters that are on. Each word of the search is one.
func (f PaymentsForm) tags() []ui.FilterTag {
	var tags []ui.FilterTag
	words := strings.Fields(f.Q)
	for i, word := range words {
		rest := f
		rest.Q = strings.Join(append(append([]string{}, words[:i]...), words[i+1:]...), " ")
		tags = append(tags, ui.FilterTag{Label: word, RemoveURL: rest.URL(urls.FinancePayments())})
	}
	labels := map[string]string{
		"status": "Status", "provider": "Provider", "method": "Method", "currency": "Currency", "from": "From", "until": "Until", "least": "At least", "most": "At most",
	}
	for i, p := range f.query()[1:] {
		if p.Value == "" {
			continue
		}
		rest := f.query()
		rest[i+1].Value = ""
		tags = append(tags, ui.FilterTag{Label: labels[p.Name] + ": " + p.Value, RemoveURL: urls.With(urls.FinancePayments(), rest)})
	}
	return tags
}

// PaymentsModel is a page of the payments list.
type PaymentsModel struct {
	Form     PaymentsForm
	Choices  shop.PaymentChoices
	Payments []shop.Payment
	Totals   []shop.PaymentTotal
	// TotalsLate says that the totals took too long to add up; the page lives without them.
	TotalsLate bool
	Refused    bool // the filter was not understood; nothing was looked up
	NewestURL  string
	OlderURL   string
	Now        time.Time
}

// matching counts the payments that the filter lets through.
func (m PaymentsModel) matching() int64 {
	var n int64
	for _, t := range m.Totals {
		n += t.Payments
	}
	return n
}

func (m PaymentsModel) summary() string {
	if m.TotalsLate {
		return ""
	}
	return format.Count(len(m.Payments)) + " of " + format.Plural(m.matching(), "payment", "payments")
}

// options are the choices of a filter; "" is any.
func options[T ~string](values []T, current string) []ui.Option {
	out := []ui.Option{{Value: "", Label: "Any"}}
	known := current == ""
	for _, v := range values {
		out = append(out, ui.Option{Value: string(v), Label: string(v)})
		known = known || string(v) == current
	}
	if !known {
		out = append(out, ui.Option{Value: current, Label: current})
	}
	return out
}

func paymentStatusOptions() []ui.Option {
	out := []ui.Option{{Value: "", Label: "Any"}}
	for _, s := range shop.PaymentStatuses() {
		out = append(out, ui.Option{Value: string(s), Label: ui.PaymentBadge(s).Word})
	}
	return out
}

// searchWords explain the search grammar by example, key by key.
func searchWords() []LabelledText {
	return []LabelledText{
		{"amount:>100", "more than 100 of any currency; also >=, <, <=, 10..20"},
		{"status:failed,unknown", "in one of these states"},
		{"method:boleto", "paid this way"},
		{"provider:olist", "through this provider"},
		{"currency:BRL", "in this currency"},
		{"created:last-week", "made then; also today, last-month, 2026-05-01..2026-05-23"},
		{"order:6XKQ3-M8ZT-4K", "for this order"},
		{"payment:603990621470172", "the payment with this id"},
		{"ref:ch_1234", "with this reference at the provider, or this key"},
		{"last4:4242", "with this card"},
	}
}

// paymentNumber is the id of a payment as people copy it.
func paymentNumber(id int64) string { return strconv.FormatInt(id, 10) }

// paymentMeans is how it was paid: "card •••• 4242", "boleto", "–".
func paymentMeans(p shop.Payment) string {
	switch {
	case p.CardLast4 != "":
		return strings.TrimSpace(p.Method + " •••• " + p.CardLast4)
	case p.Method != "":
		return strings.ReplaceAll(p.Method, "_", " ")
	}
	return "–"
}

// PaymentModel is the page of one payment.
type PaymentModel struct {
	Record shop.PaymentRecord
	// Asked is what the provider answered just now, nil when it was not asked.
	Asked *ProviderAnswer
	// CanAsk tells whether there is a provider to ask.
	CanAsk bool
	Now    time.Time
}

// ProviderAnswer is what a provider says of a charge.
type ProviderAnswer struct {
	Tone ui.Tone
	Text string
	Rows []LabelledText
}

// LabelledText is a text and what it is.
type LabelledText struct{ Label, Value string }

// AnswerOf puts a provider's answer about a charge into words, beside what our books have of it.
func AnswerOf(o shop.Outcome, r shop.PaymentRecord) *ProviderAnswer {
	a := &ProviderAnswer{Tone: ui.ToneInfo}
	booked := r.Status == shop.PaymentCaptured || r.Status == shop.PaymentAuthorized
	switch o.State {
	case shop.OutcomeSucceeded:
		a.Text = "the charge is authorized."
		if o.Captured {
			a.Text = "the charge is captured."
		}
		if o.Amount != (shop.Amount{Minor: r.ChargeMinor(), Currency: r.Currency}) || !booked {
			a.Tone, a.Text = ui.ToneWarning, a.Text+" Our books say something else; compare the period in reconciliation."
		}
		a.Rows = []LabelledText{{"Amount", format.Money(o.Amount)}, {"Reference", o.Ref}, {"When", format.DateTime(o.At)}, {"Method", o.Method}}
	case shop.OutcomeDeclined:
		a.Tone, a.Text = ui.ToneDanger, "the charge was declined. "+o.Reason
	case shop.OutcomeNeverHeard:
		a.Text = "it has never heard of this charge."
	default:
		a.Tone, a.Text = ui.ToneWarning, "something that cannot be understood."
	}
	return a
}

func refundBadge(status string) ui.Badge {
	switch status {
	case "succeeded":
		return ui.Badge{Tone: ui.ToneSuccess, Icon: ui.IconDone, Word: "Paid out"}
	case "failed":
		return ui.Badge{Tone: ui.ToneDanger, Icon: ui.IconFail, Word: "Failed"}
	case "sending":
		return ui.Badge{Tone: ui.ToneInfo, Icon: ui.IconRefresh, Word: "Being sent"}
	}
	return ui.Badge{Tone: ui.ToneWarning, Icon: ui.IconHelp, Word: "Unknown"}
}
