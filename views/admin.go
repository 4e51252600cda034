package views

import (
	"strconv"
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
	Role      shop.Role
	Counts    []shop.UserCount
	Users     []shop.User
	Merchants []shop.NamedID
	Form      UserForm
	Now       time.Time
	NextURL   string
	FirstURL  string
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

func (m UsersModel) merchantOptions() []ui.Option { return merchantOptions(m.Merchants) }

func merchantOptions(merchants []shop.NamedID) []ui.Option {
	options := []ui.Option{{Value: "", Label: "None"}}
	for _, merchant := range merchants {
		options = append(options, ui.Option{Value: strconv.FormatInt(merchant.ID, 10), Label: merchant.Name})
	}
	return options
}

func accountBadge(u shop.User) ui.Badge {
	if u.Disabled {
		return ui.Badge{Tone: ui.ToneDanger, Icon: ui.IconLock, Word: "Disabled"}
	}
	return ui.Badge{Tone: ui.ToneSuccess, Icon: ui.IconDone, Word: "Active"}
}

// UserModel is the page of one account.
type UserModel struct {
	User shop.User
	Self bool // the administrator's own account
	Now  time.Time
}

// AuditModel is a page of the audit log.
type AuditModel struct {
	Action   string
	Actions  []string
	Entries  []shop.AuditEntry
	OlderURL string
	FirstURL string
}

func (m AuditModel) options() []ui.Option {
	options := []ui.Option{{Value: "", Label: "Everything"}}
	for _, action := range m.Actions {
		options = append(options, ui.Option{Value: action, Label: action})
	}
	return options
}

func (m AuditModel) tags() []ui.FilterTag {
	if m.Action == "" {
		return nil
	}
	return []ui.FilterTag{{Label: "Action: " + m.Action, RemoveURL: urls.AdminAudit()}}
}

// KeysModel is the list of API keys, with the form that makes one.
type KeysModel struct {
	Keys      []shop.APIKey
	Merchants []shop.NamedID
	Form      KeyForm
	Secret    string // of the key just made; shown this once
	Now       time.Time
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
	Counts  []shop.UserCount
	Keys    int
	Verify  VerifyModel
	Entries []shop.AuditEntry
}

func (m AdminModel) users() (all, disabled int64) {
	for _, c := range m.Counts {
		all += c.Users
		disabled += c.Disabled
	}
	return all, disabled
}

func (m AdminModel) verifyStat() ui.StatProps {
	stat := ui.StatProps{Label: "Invariants of the books", Value: "all hold", URL: urls.AdminVerify(), Icon: ui.IconDone, Tone: ui.ToneSuccess, Note: strconv.Itoa(len(m.Verify.Results)) + " checked just now"}
	if n := m.Verify.broken(); n > 0 {
		stat.Value, stat.Tone, stat.Icon = strconv.Itoa(n)+" broken", ui.ToneDanger, ui.IconAlert
	}
	return stat
}
