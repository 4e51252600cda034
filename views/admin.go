package views

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"waybill/shop"
	"waybill/views/format"
	"waybill/views/ui"
	"waybill/views/urls"
)

// VerifyModel is the result of checking the books just now.
type VerifyModel struct {
	Results []shop.InvariantResult
	At      time.Time
}

func (m VerifyModel) broken() int {
	n := 0
	for _, r := range m.Results {
		if !r.OK() {
			n++
		}
	}
	return n
}

func (m VerifyModel) took() time.Duration {
	var sum time.Duration
	for _, r := range m.Results {
		sum += r.Took
	}
	return sum
}

func (m VerifyModel) summary() ui.MessageProps {
	if n := m.broken(); n > 0 {
		return ui.MessageProps{Tone: ui.ToneDanger, Title: strconv.Itoa(n) + " of " + strconv.Itoa(len(m.Results)) + " invariants are broken.", Text: "Each names its cases below."}
	}
	return ui.MessageProps{Tone: ui.ToneSuccess, Title: "All " + strconv.Itoa(len(m.Results)) + " invariants hold.", Text: "Checked in one snapshot in " + m.took().Round(time.Millisecond).String() + "."}
}

func invariantBadge(r shop.InvariantResult) ui.Badge {
	if r.OK() {
		return ui.Badge{Tone: ui.ToneSuccess, Icon: ui.IconDone, Word: "Holds"}
	}
	return ui.Badge{Tone: ui.ToneDanger, Icon: ui.IconAlert, Word: format.Count(r.Broken) + " broken"}
}

// UsersModel is the list of accounts, with the form that adds one.
type UsersModel struct {
	Role     shop.Role
	Text     string // the beginning of the e-mail address
	Counts   []shop.UserCount
	Users    []shop.User
	Form     UserForm
	Now      time.Time
	NextURL  string
	FirstURL string
}

// UserForm is a new account as it was typed; the password is never shown again.
type UserForm struct {
	Email    string
	Name     string
	Role     string
	Merchant string
}

func (m UsersModel) tabs() []ui.Tab {
	var all int64
	tabs := []ui.Tab{{}}
	for _, role := range roleOrder {
		for _, c := range m.Counts {
			if c.Role == role {
				all += c.Users
				tabs = append(tabs, ui.Tab{Label: roleLabel(role), URL: UsersURL(role), Count: format.Count(c.Users), Current: m.Role == role})
			}
		}
	}
	tabs[0] = ui.Tab{Label: "All", URL: urls.AdminUsers(), Count: format.Count(all), Current: m.Role == ""}
	return tabs
}

// UsersURL is the list of the accounts of a role.
func UsersURL(role shop.Role) string {
	return urls.With(urls.AdminUsers(), urls.Query{{Name: "role", Value: string(role)}})
}

var roleOrder = []shop.Role{shop.RoleAdmin, shop.RoleSupport, shop.RoleFinance, shop.RoleMerchant, shop.RoleCustomer}

func roleLabel(role shop.Role) string {
	return map[shop.Role]string{
		shop.RoleAdmin: "Admin", shop.RoleSupport: "Support", shop.RoleFinance: "Finance", shop.RoleMerchant: "Merchant", shop.RoleCustomer: "Customer",
	}[role]
}

func roleOptions() []ui.Option {
	options := []ui.Option{{Value: "", Label: "Choose a role"}}
	for _, role := range roleOrder {
		options = append(options, ui.Option{Value: string(role), Label: roleLabel(role)})
	}
	return options
}

// staffRoleOptions leaves out the customer role: a customer's key is made on the command line, where the customer is named.
func staffRoleOptions() []ui.Option { return roleOptions()[:len(roleOrder)] }

func accountBadge(u shop.User) ui.Badge {
	if u.Disabled {
		return ui.Badge{Tone: ui.ToneDanger, Icon: ui.IconLock, Word: "Disabled"}
	}
	return ui.Badge{Tone: ui.ToneSuccess, Icon: ui.IconDone, Word: "Active"}
}

// UserModel is the page of one account.
type UserModel struct {
	User    shop.User
	Self    bool // the administrator's own account
	Entries []shop.AuditEntry
	Now     time.Time
}

// AuditModel is a page of the audit log.
type AuditModel struct {
	Form     AuditForm
	Entries  []shop.AuditEntry
	OlderURL string
	FirstURL string
}

// AuditForm is the filter of the audit log.
type AuditForm struct{ Action, Subject, Actor string }

func (f AuditForm) query() urls.Query {
	return urls.Query{{Name: "action", Value: f.Action}, {Name: "subject", Value: f.Subject}, {Name: "actor", Value: f.Actor}}
}

// URL is the address of the log with this filter.
func (f AuditForm) URL() string { return urls.With(urls.AdminAudit(), f.query()) }

func (f AuditForm) tags() []ui.FilterTag {
	var tags []ui.FilterTag
	for i, p := range f.query() {
		if p.Value != "" {
			rest := f.query()
			rest[i].Value = ""
			tags = append(tags, ui.FilterTag{Label: sentenceCase(p.Name) + ": " + p.Value, RemoveURL: urls.With(urls.AdminAudit(), rest)})
		}
	}
	return tags
}

// auditData writes the data of an entry, sorted by key.
func auditData(e shop.AuditEntry) string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(e.Data)) {
		parts = append(parts, key+"="+e.Data[key])
	}
	return strings.Join(parts, "  ")
}

// subjectURL leads to what an entry is about, "" where there is no page for it.
func subjectURL(subject string) string {
	kind, number, _ := strings.Cut(subject, ":")
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return ""
	}
	switch kind {
	case "user":
		return urls.AdminUser(id)
	case "merchant":
		return urls.AdminMerchants()
	case "exception":
		return urls.FinanceException(id)
	case "reconciliation":
		return urls.FinanceReconciliationRun(id)
	case "api_key":
		return urls.AdminAPIKeys()
	}
	return ""
}

// KeysModel is the list of API keys, with the form that makes one.
type KeysModel struct {
	Keys   []shop.APIKey
	Form   KeyForm
	Secret string // of the key just made; shown this once
	Now    time.Time
}

// KeyForm is a new key as it was typed.
type KeyForm struct {
	Name     string
	Role     string
	Merchant string
	Rate     string
}

func keyBadge(k shop.APIKey) ui.Badge {
	if k.RevokedAt.IsZero() {
		return ui.Badge{Tone: ui.ToneSuccess, Icon: ui.IconDone, Word: "In force"}
	}
	return ui.Badge{Tone: ui.ToneNeutral, Icon: ui.IconLock, Word: "Revoked"}
}

func rateLabel(perMinute int) string {
	if perMinute == 0 {
		return "not limited"
	}
	return format.Count(int64(perMinute)) + " a minute"
}

// AdminModel is the administrator's overview.
type AdminModel struct {
	Overview shop.AdminOverview
	Entries  []shop.AuditEntry
	Now      time.Time
}

func (m AdminModel) stats() []ui.StatProps {
	o := m.Overview
	var users, disabled int64
	for _, c := range o.Users {
		users += c.Users
		disabled += c.Disabled
	}
	open := urls.With(urls.FinancePayments(), urls.Query{{Name: "q", Value: "status:sending,unknown"}})
	stats := []ui.StatProps{
		{Label: "Orders, last 24 hours", Value: format.Count(o.Orders), Icon: ui.IconBox},
		{Label: "Payments without an outcome", Value: format.Count(o.OpenPayments), URL: open, Icon: ui.IconHelp, Tone: toneOf(o.OpenPayments > 0, ui.ToneWarning)},
		{Label: "Open exceptions", Value: format.Count(o.Exceptions), URL: urls.FinanceExceptions(), Icon: ui.IconAlert, Tone: toneOf(o.Exceptions > 0, ui.ToneWarning)},
		{Label: "Accounts", Value: format.Count(users), Note: format.Count(disabled) + " disabled", URL: urls.AdminUsers(), Icon: ui.IconUsers},
		{Label: "API keys in force", Value: format.Count(o.Keys), URL: urls.AdminAPIKeys(), Icon: ui.IconKey},
		{Label: "Merchants", Value: format.Count(o.Merchants), URL: urls.AdminMerchants(), Icon: ui.IconStore},
		{Label: "Room for orders until", Value: o.ReadyUntil.Format("Jan 2006"), Note: "months are made ahead", Icon: ui.IconCalendar, Tone: toneOf(o.ReadyUntil.Before(m.Now.AddDate(0, 2, 0)), ui.ToneDanger)},
		{Label: "Database", Value: bytesWords(o.SizeBytes), Note: "PostgreSQL " + o.Database, Icon: ui.IconLayers},
	}
	return stats
}

// toneOf is the tone of a figure that is news, none of one that is not.
func toneOf(news bool, tone ui.Tone) ui.Tone {
	if news {
		return tone
	}
	return ""
}

// bytesWords writes a size in its largest unit: "512 kB", "3.4 GB".
func bytesWords(n int64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	size, unit := float64(n), 0
	for size >= 1000 && unit < len(units)-1 {
		size /= 1000
		unit++
	}
	if size < 10 && unit > 0 {
		return strconv.FormatFloat(size, 'f', 1, 64) + " " + units[unit]
	}
	return strconv.FormatFloat(size, 'f', 0, 64) + " " + units[unit]
}
