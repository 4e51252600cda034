package shop

import "time"

// AccountAction is what an administrator does to an account.
type AccountAction string

// The account actions. All but enabling end the sessions that the account has.
const (
	AccountDisable     AccountAction = "disable"
	AccountEnable      AccountAction = "enable"
	AccountEndSessions AccountAction = "sign-out"
	AccountPassword    AccountAction = "password"
)

// ChangeAccount asks for an account action. PasswordHash is set for AccountPassword alone.
type ChangeAccount struct {
	UserID       int64
	Action       AccountAction
	PasswordHash string
	By           User
	RequestID    string
}

// Check refuses what would lock the administrator out of the own account.
func (c ChangeAccount) Check() error {
	if c.UserID == c.By.ID && c.Action == AccountDisable {
		return Conflict("You cannot disable your own account. Ask another administrator.")
	}
	return nil
}

// UserCount is how many accounts a role has, and how many of them are disabled.
type UserCount struct {
	Role     Role
	Users    int64
	Disabled int64
}

// AuditEntry is one line of the audit log.
type AuditEntry struct {
	ID        int64
	At        time.Time
	Actor     Actor
	Action    string // user.created, api_key.revoked, ...
	Subject   string // what it was done to: user:12
	Data      string // JSON
	RequestID string
}

// MaxMerchantsListed is the most merchants of a choice.
const MaxMerchantsListed = 500

// NamedID is an entry of a choice.
type NamedID struct {
	ID   int64
	Name string
}

// RoleRight says what a role may do, in one line for people. It describes web/routes.go, where the rights are enforced.
type RoleRight struct {
	What  string
	Roles []Role
}

// RoleRights is the matrix of the roles page.
func RoleRights() []RoleRight {
	return []RoleRight{
		{"Buy, pay, and see, cancel and repeat one's own orders", []Role{RoleCustomer}},
		{"Claim, pick, pack, ship and deliver the merchant's own orders", []Role{RoleMerchant}},
		{"See and adjust the merchant's own stock", []Role{RoleMerchant}},
		{"See payments, daily totals and exceptions, and export them", []Role{RoleFinance, RoleAdmin}},
		{"Compare the books with the processor, own and resolve exceptions", []Role{RoleFinance, RoleAdmin}},
		{"Find any order and read its whole timeline", []Role{RoleSupport, RoleAdmin}},
		{"Cancel an order and write notes for any customer", []Role{RoleSupport, RoleAdmin}},
		{"Make, disable and sign out accounts; make and revoke API keys", []Role{RoleAdmin}},
		{"Verify the books, read the audit log", []Role{RoleAdmin}},
	}
}
